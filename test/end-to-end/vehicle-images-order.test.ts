import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Run } from '../../src/domain/run.ts';
import { eventually } from '../support/tiny-town.ts';
import { openVehicleWorld, type VehicleWorld } from '../support/vehicle-world.ts';

let world: VehicleWorld;

beforeAll(async () => {
  world = await openVehicleWorld({ images: 60, vehicles: 5, seed: 131 });
  await world.work();
}, 60_000);
afterAll(() => world.close());

/** One image after the other, so that the time of its analysis tells when its turn came. */
const ONE_BY_ONE = { window: 1, concurrency: 1, page: 4 };
const ORDER = { units: 'size:desc', items: 'created_at:desc' };

test('--order with --limit analyses the newest photos of the largest vehicles, in that order, and no others', async () => {
  const wanted = await missingInOrder();
  const run = await world.run({
    selection: { only: 'missing', order: ORDER },
    limit: 20,
    settings: ONE_BY_ONE,
  });
  expect(run.counts).toMatchObject({ total: 20, skipped: 0 });
  expect(run.counts.written + run.counts.failed).toBe(20);
  const written = await analysedBy(run.runId);
  expect(written).toHaveLength(run.counts.written);
  expect(written).toEqual(wanted.slice(0, 20).filter((id) => written.includes(id)));
});

test('a run in an order that is paused goes on where it was', async () => {
  const wanted = await missingInOrder();
  await world.simulator.set({ latencyMs: 30 });
  const run = await world.start({ selection: { only: 'missing', order: ORDER }, settings: ONE_BY_ONE });
  const when = (pleases: (now: Run) => boolean) =>
    eventually(
      () => world.client.run(run.runId),
      pleases,
      30_000,
      ({ state }) => `it is ${state}`,
    );
  await when(({ counts }) => counts.written > 0);
  await world.client.pause(run.backfill, 'a test');
  const { counts: soFar } = await world.until(run, 'paused');
  expect(soFar.written + soFar.failed).toBeLessThan(wanted.length);
  await world.client.resume(run.backfill, 'a test');
  await when(({ state }) => state !== 'paused');
  const { counts } = await world.until(run, 'done');
  expect(counts.written + counts.failed).toBe(wanted.length);
  const written = await analysedBy(run.runId);
  expect(written).toEqual(wanted.filter((id) => written.includes(id)));
});

test('a column that photos do not have is refused before anything is started', async () => {
  const runs = await world.client.runs();
  const start = world.start({ selection: { only: 'all', order: { items: 'colour' } } });
  await expect(start).rejects.toThrow('cannot order items by colour: vehicle_images has no such column');
  expect(await world.client.runs()).toEqual(runs);
});

/** Photos that were never analysed, as {@link ORDER} has them. */
async function missingInOrder(): Promise<string[]> {
  const { rows } = await world.postgres.query<{ id: string }>(
    `SELECT id::text FROM vehicle_images i JOIN
       (SELECT vehicle_id, count(*) AS size FROM vehicle_images WHERE ai_last_scanned IS NULL GROUP BY 1) v USING (vehicle_id)
      WHERE ai_last_scanned IS NULL ORDER BY size DESC, vehicle_id, created_at DESC, id`,
  );
  return rows.map(({ id }) => id);
}

/** What the run wrote, in the order of its analysis. */
async function analysedBy(runId: string): Promise<string[]> {
  const { rows } = await world.postgres.query<{ id: string }>(
    `SELECT i.id::text FROM temporal_backfill.journal j JOIN vehicle_images i ON i.id::text = j.row_id
      WHERE j.run_id = $1 AND j.field = 'ai_last_scanned' ORDER BY i.ai_last_scanned, j.seq`,
    [runId],
  );
  return rows.map(({ id }) => id);
}
