import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pending } from '../../src/domain/counts.ts';
import { buildReport, type Report } from '../../src/report.ts';
import type { ExpectedImage } from '../../src/stack/sample/expected.ts';
import { numberOf } from '../../src/stack/sample/identity.ts';
import { analysisIn, analysisOf, purchasesFor, sound } from '../support/vehicle-truth.ts';
import { BACKFILL, openVehicleWorld, type VehicleWorld } from '../support/vehicle-world.ts';
import { launch, type Outcome } from './cli-world.ts';

let world: VehicleWorld;
let images: ExpectedImage[];

describe('a provider that fails', () => {
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
});

describe('an account that is refused pauses the run at once, in words, with no item at fault', () => {
  const CONCURRENCY = 3;
  const MODEL = 'gpt-4o';
  let total: number;

  beforeAll(async () => {
    // Nothing is planted among so few.
    world = await openVehicleWorld({ images: 13, vehicles: 1, seed: 23 });
    images = world.owned('never');
    await world.work();
    await world.simulator.set({ badKeys: [String(world.env.AWS_ACCESS_KEY_ID)] });
  }, 60_000);
  afterAll(() => world.close());

  const backfill = (...args: string[]) => launch('backfill', args, world.env).outcome;

  test('a key that Rekognition does not know', async () => {
    const flags = ['--yes', '--json', '--concurrency', String(CONCURRENCY), '--model', MODEL];
    await expectPaused(launch('start-backfill', [BACKFILL, ...flags], world.env).outcome, /AWS credentials/);
    expect((await world.simulator.bill()).billedCalls).toBe(0);
  });

  test.each([
    [
      'a key that OpenAI does not know',
      () => ({ badKeys: [String(world.env.OPENAI_API_KEY)] }),
      /OPENAI_API_KEY/,
    ],
    [
      'an account without quota',
      () => ({ faults: [{ kind: 'insufficient_quota' as const }] }),
      /no quota left: add credit/,
    ],
    [
      'a model that was retired',
      () => ({ retiredModels: ['gpt-4o-2024-08-06'] }),
      /gpt-4o.* has been deprecated.*another model/,
    ],
  ])('%s', async (_, account, why) => {
    await world.simulator.set({ badKeys: [], faults: [], retiredModels: [], ...account() });
    const before = (await world.simulator.calls()).length;
    await resume();
    await expectPaused(backfill('watch', '--json'), why);
    const since = (await world.simulator.calls()).slice(before);
    const { rejected = [] } = Object.groupBy(since, ({ fate }) => fate);
    expect(rejected.length).toBeGreaterThan(0);
    expect(rejected.length).toBeLessThanOrEqual(CONCURRENCY);
  });

  test('and mended, it goes on to its end; everything was bought once', async () => {
    await world.simulator.set({ badKeys: [], faults: [], retiredModels: [] });
    await resume();
    const done = await backfill('watch', '--json');
    expect(done, done.stderr).toMatchObject({ code: 0 });
    const { costUsd } = await world.simulator.bill();
    expect(done.json()).toMatchObject({
      status: 'done',
      counts: { total, failed: 0, unknown: 0, pending: 0 },
      cost: { spentUsd: costUsd, possiblyPaidTwiceUsd: 0 },
      unknownCalls: [],
    });
    expect(await world.simulator.purchases()).toEqual(purchasesFor(images));
    const after = await world.dump();
    for (const image of images) expect(analysisIn(after, image.id)).toEqual(analysisOf(image));
  });

  async function resume(): Promise<void> {
    const resumed = await backfill('resume', BACKFILL);
    expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
  }

  async function expectPaused(watching: Promise<Outcome>, why: RegExp): Promise<void> {
    const stopped = await watching;
    expect(stopped, stopped.stderr).toMatchObject({ code: 1 });
    const { status, reason, counts, runId } = stopped.json() as unknown as Report;
    expect(status).toBe('paused');
    expect(reason).toMatchObject({ kind: 'configuration', message: expect.stringMatching(why) });
    expect(reason?.until).toBeUndefined();
    expect(stopped.stderr).toMatch(why);
    expect(stopped.stderr).toContain(`'backfill resume ${BACKFILL}' goes on when that is mended`);
    expect(stopped.stderr + stopped.stdout).not.toContain(world.env.OPENAI_API_KEY);
    expect(counts).toMatchObject({ failed: 0, unknown: 0, conflicts: 0 });
    total = counts.total;
    const run = await world.client.run(runId);
    expect([run.unknownCalls, ...Object.values(run.holds).map(({ amount }) => amount)]).toEqual([0]);
    const { length } = await world.simulator.calls();
    await sleep(700);
    expect(await world.simulator.calls()).toHaveLength(length);
  }
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
