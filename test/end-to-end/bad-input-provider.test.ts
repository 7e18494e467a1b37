import { afterAll, beforeAll, expect, test } from 'vitest';
import { pending } from '../../src/domain/counts.ts';
import { buildReport, type Report } from '../../src/report.ts';
import type { ExpectedImage } from '../../src/stack/sample/expected.ts';
import { numberOf } from '../../src/stack/sample/identity.ts';
import { analysisIn, analysisOf, purchasesFor, sound } from '../support/vehicle-truth.ts';
import { openVehicleWorld, type VehicleWorld } from '../support/vehicle-world.ts';

let world: VehicleWorld;
let images: ExpectedImage[];

beforeAll(async () => {
  world = await openVehicleWorld({ images: 60, vehicles: 4, seed: 22, callTimeoutMs: 1_500 });
  await world.work();
  images = sound(world.owned('never'));
}, 60_000);
afterAll(() => world.close());

test('with one call in ten throttled and one in ten lost in every way, each image ends right and each loss is listed', async () => {
  await world.simulator.set({
    // A draw that has every kind of fault in it, and no photo that loses its call three times: it is tried so often.
    seed: 72,
    faults: [
      { kind: 'throttle', rate: 0.05, retryAfterMs: 200 },
      { kind: 'throttle-no-header', rate: 0.05 },
      { kind: 'error-500', rate: 0.015 },
      { kind: 'error-503', rate: 0.015 },
      { kind: 'timeout', rate: 0.02 },
      { kind: 'cut', rate: 0.02 },
      { kind: 'cut-after-billing', rate: 0.03 },
    ],
  });
  const run = await world.run();
  const planted = world.owned('never').length - images.length;
  expect(run.counts).toMatchObject({ failed: planted, unknown: 0, conflicts: 0 });
  expect(run.counts.written + run.counts.cached).toBe(images.length);
  expect(pending(run.counts)).toBe(0);
  const after = await world.dump();
  for (const image of images) expect(analysisIn(after, image.id), image.id).toEqual(analysisOf(image));
  await expectAccounts(await buildReport(world.client, run));
});

/** The providers' own record is the witness of what the report says about money. */
async function expectAccounts(report: Report): Promise<void> {
  const bill = await world.simulator.bill();
  const calls = await world.simulator.calls();
  const lost = calls.filter(({ fate }) => ['failed', 'hung', 'cut'].includes(fate));
  const kinds = Object.groupBy(calls, ({ fate }) => fate);
  for (const fate of ['throttled', 'failed', 'hung', 'cut'])
    expect(kinds[fate]?.length, fate).toBeGreaterThan(0);

  // Every call whose outcome nobody knows is listed, and no other.
  expect(
    report.unknownCalls.map(({ item, account }) => `${account.split('/')[0]} photo:${numberOf(item)}`).sort(),
  ).toEqual(lost.map(({ provider, content }) => `${provider} ${content}`).sort());
  // Billed twice is only what was lost after it was billed, and it is listed as possibly paid twice.
  expect(bill.repeats.length).toBeGreaterThan(0);
  for (const { content, times } of bill.repeats) {
    const repaid = report.unknownCalls.filter(
      ({ item, repaid }) => repaid && content === `photo:${numberOf(item)}`,
    );
    expect(repaid.length, content).toBeGreaterThanOrEqual(times - 1);
  }
  expect(report.duplicates).toEqual([]);
  const { spentUsd, possiblyPaidTwiceUsd } = report.cost;
  expect(bill.costUsd).toBeGreaterThan(spentUsd);
  expect(bill.costUsd).toBeLessThanOrEqual(spentUsd + possiblyPaidTwiceUsd);
  const answered = new Map<string, number>();
  for (const { operation, content, fate } of calls) {
    if (fate === 'answered')
      answered.set(`${operation} ${content}`, (answered.get(`${operation} ${content}`) ?? 0) + 1);
  }
  expect(answered).toEqual(purchasesFor(images));
}
