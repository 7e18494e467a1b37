import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startWorkerProcess, type WorkerProcess } from '../../src/cli/worker-process.ts';
import type { Run } from '../../src/domain/run.ts';
import type { ExpectedImage } from '../../src/stack/sample/expected.ts';
import { eventually } from '../support/tiny-town.ts';
import { sound } from '../support/vehicle-truth.ts';
import { type Dump, openVehicleWorld, type Row, type VehicleWorld } from '../support/vehicle-world.ts';

/** Every test starts from the database as it was at first, and must lead back to it. */
let world: VehicleWorld;
let worker: { stop(): Promise<void> };
let before: Dump;

beforeAll(async () => {
  world = await openVehicleWorld({ images: 60, vehicles: 4, seed: 22 });
  worker = await world.work();
  before = await world.dump();
}, 60_000);
afterAll(() => world.close());

beforeEach(async () => {
  await world.simulator.set({ latencyMs: 0 });
  expect(await world.dump()).toEqual(before);
});

const EVERYTHING = { selection: { only: 'all' } } as const;

test('after the rollback of a run over everything each table is as before it, and a second one does nothing', async () => {
  const run = await world.run(EVERYTHING);
  const written = await world.dump();
  expect(Object.keys(written).sort()).toEqual(
    [
      ...Object.keys(before),
      'component_conditions',
      'image_tags',
      'paint_quality_assessments',
      'vehicle_spid_data',
    ].sort(),
  );
  expect(written.vehicles).not.toEqual(before.vehicles);

  const rollback = await world.rollBack(run);
  expect(await world.dump()).toEqual(before);
  expect(rollback).toMatchObject({ spent: 0, counts: { failed: 0, conflicts: 0 } });
  expect(rollback.counts.written).toBe(rollback.counts.total);
  expect((await world.client.run(run.runId)).state).toBe('rolled-back');

  expect((await world.client.startRollback(run.runId)).kind).toBe('empty');
  expect(await world.dump()).toEqual(before);
});

test('what another hand has changed since is kept and listed, everything else goes back', async () => {
  const run = await world.run(EVERYTHING);
  const written = await world.dump();
  const [one, two] = sound(world.owned('never')).filter(({ truth }) => truth.appraisal) as [Named, Named];
  const tag = written.image_tags!.find(({ image_id }) => image_id === one.id)!;
  const vehicle = written.vehicles!.find(({ id, vin }) => vin !== vinOf(before, id))!;
  const theirs = { id: randomUUID(), image_id: two.id, tag_name: 'by hand', step: 'hand', position: 0 };
  const { postgres } = world;
  await postgres.query(`UPDATE vehicle_images SET document_category = 'by hand' WHERE id = $1`, [one.id]);
  await postgres.query(
    `UPDATE vehicle_images SET ai_scan_metadata = jsonb_set(ai_scan_metadata, '{appraiser}', '"by hand"') WHERE id = $1`,
    [two.id],
  );
  await postgres.query(`UPDATE image_tags SET tag_name = 'by hand' WHERE id = $1`, [tag.id]);
  await postgres.query(
    'INSERT INTO image_tags (id, image_id, tag_name, step, position) VALUES ($1, $2, $3, $4, $5)',
    Object.values(theirs),
  );
  await postgres.query(`UPDATE vehicles SET vin = 'BY HAND' WHERE id = $1`, [vehicle.id]);

  const rollback = await world.rollBack(run);
  const tags = (await world.dump()).image_tags!;
  expect(await world.dump()).toEqual({
    ...before,
    image_tags: [tag, theirs]
      .sort(byId)
      .map((row) => (row === tag ? { ...tag, tag_name: 'by hand' } : expect.objectContaining(theirs))),
    vehicle_images: before.vehicle_images!.map((row) => {
      if (row.id === one.id) return { ...row, document_category: 'by hand' };
      if (row.id === two.id) return { ...row, ai_scan_metadata: { appraiser: 'by hand' } };
      return row;
    }),
    vehicles: before.vehicles!.map((row) => (row.id === vehicle.id ? { ...row, vin: 'BY HAND' } : row)),
  });
  expect(tags).toHaveLength(2);
  expect(rollback.counts).toMatchObject({ conflicts: 4, written: rollback.counts.total - 4 });
  const listed = await world.client.surroundings.journalOf('vehicle-images').conflicts(rollback.runId);
  expect(listed).toHaveLength(4);
  const said = listed.map(({ message }) => message).join('\n');
  for (const [table, id, field] of [
    ['vehicle_images', one.id, 'document_category'],
    ['vehicle_images', two.id, 'ai_scan_metadata.appraiser'],
    ['image_tags', tag.id, '*'],
    ['vehicles', vehicle.id, 'vin'],
  ]) {
    expect(said).toContain(`${table}, row ${id}, field ${field}`);
  }
  expect((await world.client.startRollback(run.runId)).kind).toBe('empty');

  await postgres.query('DELETE FROM image_tags');
  await putBack('vehicle_images', [one.id, two.id]);
  await putBack('vehicles', [vehicle.id]);
});

test('of two runs the earlier can be rolled back first: the later one stays whole, and then goes back to the start', async () => {
  const earlier = await world.run();
  const [one, two, three] = sound(world.owned('never')).filter(({ copyOf }) => !copyOf) as [
    Named,
    Named,
    Named,
  ];
  // Other pictures in the same rows: the later run finds other things, and more or fewer of them.
  await rotatePictures([one.id, two.id, three.id]);
  const start = { ...before, vehicle_images: await withColumns(['image_url', 'storage_path']) };
  const between = await world.dump();
  const later = await world.run(EVERYTHING);
  const written = await world.dump();
  expect(written.image_tags).not.toEqual(between.image_tags);

  await world.rollBack(earlier);
  expect(await world.dump()).toEqual({ ...written, vehicles: await filledBy(later, written) });
  await world.rollBack(later);
  expect(await world.dump()).toEqual(start);
  await putBack('vehicle_images', [one.id, two.id, three.id]);
});

test('a run that was cancelled halfway goes back as well', async () => {
  await world.simulator.set({ latencyMs: 150 });
  const run = await world.start({
    options: { model: 'gpt-4o-2024-08-06' },
    settings: { page: 4, concurrency: 2, window: 2 },
  });
  await eventually(
    () => world.client.run(run.runId),
    ({ counts }) => counts.written > 0,
    20_000,
    () => 'nothing was written',
  );
  await world.client.cancel('vehicle-images');
  const cancelled = await world.until(run, 'cancelled');
  expect(cancelled.counts.written).toBeGreaterThan(0);
  expect(cancelled.counts.written).toBeLessThan(sound(world.owned('never')).length);
  expect(await world.dump()).not.toEqual(before);

  await world.rollBack(run);
  expect(await world.dump()).toEqual(before);
});

test('a rollback whose worker is killed in the middle goes on with the next worker', async () => {
  const run = await world.run(EVERYTHING);
  await worker.stop();
  const doomed = await processWorker();
  // A row that was written early goes back late: holding it stops the rollback in its middle.
  const { rows } = await world.postgres.query(
    `SELECT row_id FROM temporal_backfill.journal WHERE run_id = $1 AND table_name = 'public.vehicle_images' ORDER BY seq LIMIT 1`,
    [run.runId],
  );
  const holder = await world.postgres.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT FROM vehicle_images WHERE id = $1 FOR UPDATE', [rows[0].row_id]);
    const started = await world.client.startRollback(run.runId);
    expect(started.kind).toBe('started');
    await eventually(
      () => restored(run),
      ({ done, waiting }) => done > 0 && waiting > 0,
      30_000,
      (now) => `it does not wait in its middle: ${JSON.stringify(now)}`,
    );
    process.kill(doomed.pid, 'SIGKILL');
    await doomed.failed.catch(() => undefined);
  } finally {
    await holder.query('ROLLBACK');
    holder.release();
  }
  expect((await restored(run)).left).toBeGreaterThan(0);

  worker = await world.work();
  const rollback = (await world.client.runs()).find(({ rollbackOf }) => rollbackOf === run.runId)!;
  const ended = await world.until(rollback, 'done');
  expect(await world.dump()).toEqual(before);
  expect(ended.counts).toMatchObject({ written: ended.counts.total, conflicts: 0, failed: 0 });
});

type Named = ExpectedImage;

/** Not the usual one in this process, but one that can be killed. */
async function processWorker(): Promise<WorkerProcess> {
  Object.assign(process.env, world.env);
  return startWorkerProcess();
}

async function restored({ runId }: Run): Promise<{ done: number; left: number; waiting: number }> {
  const { rows } = await world.postgres.query(
    `SELECT count(rollback_state)::int AS done, (count(*) - count(rollback_state))::int AS left,
            (SELECT count(*)::int FROM pg_stat_activity
              WHERE datname = current_database() AND wait_event_type = 'Lock') AS waiting
       FROM temporal_backfill.journal WHERE run_id = $1`,
    [runId],
  );
  return rows[0];
}

/** Gives each of these rows the picture of the next. */
async function rotatePictures(ids: string[]): Promise<void> {
  const next = [...ids.slice(1), ids[0]];
  await world.postgres.query(
    `UPDATE vehicle_images i SET image_url = n.image_url, storage_path = n.storage_path
       FROM unnest($1::uuid[], $2::uuid[]) AS pairs (id, next) JOIN vehicle_images n ON n.id = pairs.next
      WHERE i.id = pairs.id`,
    [ids, next],
  );
}

/** The images as at first, but with these columns as they are now. */
async function withColumns(columns: string[]): Promise<Row[]> {
  const now = (await world.dump()).vehicle_images!;
  return before.vehicle_images!.map((row, index) => ({
    ...row,
    ...Object.fromEntries(columns.map((column) => [column, now[index]![column]])),
  }));
}

/** Vehicles of which only this run's own fields are filled in. */
async function filledBy({ runId }: Run, written: Dump): Promise<Row[]> {
  const { rows } = await world.postgres.query<{ row_id: string; field: string }>(
    `SELECT row_id, field FROM temporal_backfill.journal WHERE run_id = $1 AND table_name = 'public.vehicles'`,
    [runId],
  );
  return before.vehicles!.map((row, index) => {
    const own = rows.filter(({ row_id }) => row_id === row.id).map(({ field }) => field);
    return { ...row, ...Object.fromEntries(own.map((field) => [field, written.vehicles![index]![field]])) };
  });
}

/** Undoes a test's own edits. */
async function putBack(table: 'vehicles' | 'vehicle_images', ids: string[]): Promise<void> {
  const rows = before[table]!.filter(({ id }) => ids.includes(id));
  const columns = Object.keys(rows[0]!).filter((column) => column !== 'id');
  await world.postgres.query(
    `UPDATE ${table} t SET (${columns}) = (SELECT ${columns.map((column) => `r.${column}`)})
       FROM jsonb_populate_recordset(NULL::${table}, $1) r WHERE t.id = r.id`,
    [JSON.stringify(rows)],
  );
}

function vinOf(dump: Dump, vehicle: string): unknown {
  return dump.vehicles!.find(({ id }) => id === vehicle)?.vin;
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1;
}
