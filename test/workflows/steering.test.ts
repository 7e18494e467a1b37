import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nanodollars } from '../../src/domain/money.ts';
import type { Run } from '../../src/domain/run.ts';
import { TINY_COST, TINY_WORST_CASE } from '../support/tiny.ts';
import { eventually, openTinyTown, type TinyJob, type TinyTown } from '../support/tiny-town.ts';

let town: TinyTown;
beforeAll(async () => {
  town = await openTinyTown('steering');
});
afterAll(() => town.close());

describe.concurrent('a run with a canary', () => {
  test('asks about its canary, spread over the units, and then waits for approval, with nothing in flight', async () => {
    const job = await town.job({ units: 10, items: 10, settings: { canary: 20 } });
    await job.start();
    const run = await job.until('awaiting-approval');
    expect(run.counts).toMatchObject({ total: 100, written: 20 });
    expect(run.holds).toEqual({});
    const { rows } = await town.client.surroundings.stores.postgres.query(
      `SELECT count(DISTINCT unit)::int AS units FROM ${job.table} WHERE answer IS NOT NULL`,
    );
    expect(rows[0].units).toBe(10);
    await sleep(1_000);
    expect(job.provider.arrivals).toHaveLength(20);
    await job.approve();
    const { run: done } = await job.expectDone();
    expect(done.approval).toMatchObject({ by: 'a test' });
    expect(job.provider.arrivals).toHaveLength(100);
  });

  test('is not resumed by a resume, and approved only when it waits for that', async () => {
    const job = await town.job({ units: 2, items: 20, settings: { canary: 4, concurrency: 2 } });
    job.provider.latencyMs = 500;
    await job.start();
    await job.asked(1);
    await expect(job.approve()).rejects.toThrow(/waits for no approval: it is running/);
    await job.until('awaiting-approval');
    await job.resume();
    await sleep(1_000);
    expect((await job.run()).state).toBe('awaiting-approval');
    await job.cancel();
    expect((await job.until('cancelled')).counts).toMatchObject({ written: 4 });
  });

  test('goes through pauses and full histories of its canary, and counts each item once', async () => {
    const job = await town.job({
      units: 4,
      items: 20,
      settings: { canary: 30, page: 3, concurrency: 3, maxHistory: 40 },
    });
    job.provider.latencyMs = 200;
    await job.start();
    await job.asked(5);
    await job.pause();
    await job.until('paused');
    job.provider.latencyMs = 5;
    await job.resume();
    const run = await job.until('awaiting-approval', 60_000);
    expect(run.counts).toMatchObject({ written: 30 });
    await job.approve();
    await job.expectDone();
    expect(job.provider.arrivals).toHaveLength(80);
  });

  test('counts items of the canary that failed, or are gone, once', async () => {
    const job = await town.job({ units: 4, items: 10, settings: { canary: 10 } });
    const unlucky = new Set<string>();
    job.provider.refuse = (question) =>
      (unlucky.size < 2 && unlucky.add(question)) || unlucky.has(question) ? 400 : null;
    await job.start();
    const run = await job.until('awaiting-approval', 60_000);
    expect(run.counts).toMatchObject({ written: 8, failed: 2 });
    await job.approve();
    await job.expectDone({ written: 38, failed: 2 });
  });

  test('goes on with no other version than the one its canary ran with, and says what differs', async () => {
    const job = await town.job({ units: 2, items: 10, settings: { canary: 2 } });
    await job.start();
    await job.until('awaiting-approval');
    town.deploy(job.name, '2');
    await job.approve();
    const paused = await job.until('paused');
    expect(paused.reason).toMatchObject({ kind: 'version' });
    expect(paused.reason?.message).toMatch(new RegExp(`${job.name} is version 2 here and was version 1`));
    expect(job.provider.arrivals).toHaveLength(2);
    town.deploy(job.name, '1');
    await job.resume();
    await job.expectDone();
  });
});

describe.concurrent('a sample', () => {
  test('buys its answers, writes nothing, and leaves them for the run that follows', async () => {
    const job = await town.job({ units: 5, items: 10 });
    const started = await town.client.startSample(job.request, { size: 15, seed: 7 });
    if (started.kind !== 'started') throw new Error('nothing to do');
    const { runId } = started.run;
    const sampled = await eventually(
      () => town.client.run(runId),
      ({ state }) => state === 'done',
      30_000,
      ({ state }) => state,
    );
    await town.client.ended(job.name);
    expect(sampled).toMatchObject({ sample: true, spent: 15 * TINY_COST, classes: { sampled: 15 } });
    expect(sampled.counts).toMatchObject({ total: 15, skipped: 15 });
    expect(await job.answers()).toEqual({ right: 0, any: 0 });
    const costs = await town.client.surroundings.ledger.costs(runId);
    expect([...costs.values()]).toEqual(Array.from({ length: 15 }, () => TINY_COST));
    await job.start();
    const run = await job.until('done');
    expect(run.counts).toMatchObject({ written: 35, cached: 15 });
    expect(job.provider.arrivals).toHaveLength(50);
  });
});

describe.concurrent('tuning', () => {
  test('a budget lets a run go on that was paused for it, and is kept with who and when', async () => {
    const budget = 10 * TINY_WORST_CASE;
    const job = await town.job({ units: 1, items: 60, settings: { budget, concurrency: 5 } });
    await job.start();
    await untilPausedFor(job, 'budget');
    const more = nanodollars(1);
    expect(await job.tune({ budget: more })).toEqual(['budget $0.0200 → $1.00']);
    const { run } = await job.expectDone();
    expect(run.settings.budget).toBe(more);
    expect(run.spent + run.available).toBe(more);
    expect(run.tunings).toMatchObject([{ by: 'a test', changes: ['budget $0.0200 → $1.00'] }]);
  });

  test('what cannot be is refused with the reason, and changes nothing', async () => {
    const job = await town.job({ units: 1, items: 40, settings: { budget: nanodollars(1), concurrency: 4 } });
    job.provider.latencyMs = 100;
    await job.start();
    await job.asked(20);
    await expect(job.tune({ window: 0 })).rejects.toThrow(/window must be a whole number from 1 to 500/);
    await expect(job.tune({ budget: TINY_COST })).rejects.toThrow(
      /cannot be less than what is gone or bound/,
    );
    await expect(job.tune({ budget: nanodollars(1) })).rejects.toThrow(/is so already/);
    expect((await job.run()).tunings).toEqual([]);
    await job.expectDone();
    await expect(job.tune({ window: 5 })).rejects.toThrow(/no run of .* is open/);
  });

  test('concurrency and rates reach the pages that are in work', async () => {
    const job = await town.job({ units: 1, items: 400, settings: { concurrency: 2, rates: {} } });
    job.provider.latencyMs = 200;
    await job.start();
    await job.asked(4);
    await job.tune({ concurrency: 40 });
    await job.asked(60, 5_000);
    await job.tune({ rates: { openai: { perSecond: 5 } } });
    await sleep(1_500);
    const before = job.provider.arrivals.length;
    await sleep(2_000);
    const after = job.provider.arrivals.length;
    expect(after - before).toBeLessThanOrEqual(12);
    await job.tune({ rates: { openai: null } });
    await job.expectDone();
  });

  test('the window reaches the parent at once', async () => {
    const job = await town.job({ units: 12, items: 2, settings: { window: 1, concurrency: 64 } });
    job.provider.latencyMs = 1_500;
    await job.start();
    await job.asked(2);
    await job.tune({ window: 11 });
    await job.asked(8, 2_500);
    await job.expectDone();
  });

  test('without a worker that answers says so, within its time', { timeout: 60_000 }, async () => {
    const idle = await openTinyTown('idle', { worker: false });
    const job = await idle.job({ units: 1, items: 5 });
    await job.start();
    await expect(job.tune({ window: 5 })).rejects.toThrow(/no worker answered within 15 s/);
    const worker = await idle.hire();
    await job.expectDone();
    await worker.stop();
    await idle.close();
  });
});

describe.concurrent('a run', () => {
  test('pauses outside of its hours until they begin, and works when they are changed', async () => {
    const now = new Date();
    const minute = now.getUTCHours() * 60 + now.getUTCMinutes();
    const hours = { from: (minute + 120) % 1440, to: (minute + 180) % 1440, timeZone: 'UTC' };
    const job = await town.job({ units: 2, items: 5, settings: { hours } });
    await job.start();
    const paused = await untilPausedFor(job, 'hours');
    const wait = (paused.reason?.until ?? 0) - Date.now();
    expect(wait).toBeGreaterThan(118 * 60_000);
    expect(wait).toBeLessThan(121 * 60_000);
    expect(job.provider.arrivals).toHaveLength(0);
    await job.tune({ hours: null });
    await job.expectDone();
  });

  test('pauses when too many of its latest items failed, with the top errors, and goes on when resumed', async () => {
    const job = await town.job({
      units: 1,
      items: 300,
      settings: { maxFailed: { all: 0.05 }, concurrency: 4 },
    });
    let bad = true;
    job.provider.refuse = (question) => (bad && /[05]$/.test(question) ? 400 : null);
    await job.start();
    const paused = await untilPausedFor(job, 'failures');
    expect(paused.reason?.message).toMatch(
      /of the latest \d+ items failed .*allowed 5 %\): call-rejected \d+ \(HTTP 400\)/,
    );
    const worked = paused.counts.written + paused.counts.failed;
    expect(worked).toBeGreaterThanOrEqual(50);
    expect(worked).toBeLessThan(80);
    bad = false;
    await job.resume();
    await job.until('done', 60_000);
  });

  test('of a higher priority is worked before one that has waited longer', async () => {
    const small = { page: 5, concurrency: 5, window: 20 };
    const late = await town.job({ units: 40, items: 10, settings: { ...small, priority: 5 } });
    const urgent = await town.job({ units: 20, items: 10, settings: { ...small, priority: 1 } });
    late.provider.latencyMs = 150;
    urgent.provider.latencyMs = 150;
    await late.start();
    await late.asked(20);
    await urgent.start();
    const first = await urgent.until('done', 60_000);
    const meanwhile = await late.run();
    expect(first.counts.written).toBe(200);
    // In turn, they would have come about as far as one another.
    expect(meanwhile.counts.written).toBeLessThan(120);
    await late.expectDone(undefined, 90_000);
  });
});

describe.concurrent('a run with --on-failure rollback', () => {
  test('that does not pass its verify undoes itself, and says why', async () => {
    const job = await town.job({
      units: 3,
      items: 10,
      settings: { onFailure: 'rollback' },
      verifyFails: true,
    });
    await job.start();
    const run = await job.until('rolled-back', 60_000);
    expect(run.verified).toMatchObject({ passed: false });
    expect(await job.answers()).toEqual({ right: 0, any: 0 });
    await town.client.ended(job.name);
    const rollback = (await town.client.runs()).find((one) => one.rollbackOf === run.runId);
    expect(rollback).toMatchObject({ state: 'done', counts: { total: 30, written: 30 } });
  });

  test('that passes its verify stays as it is', async () => {
    const job = await town.job({ units: 2, items: 5, settings: { onFailure: 'rollback' } });
    await job.start();
    const { run } = await job.expectDone();
    expect(run.verified).toMatchObject({ passed: true });
  });

  test('that is cancelled undoes itself; the rollback can be paused and resumed like any run', async () => {
    const job = await town.job({
      units: 4,
      items: 50,
      settings: { onFailure: 'rollback', concurrency: 10, page: 10 },
    });
    job.provider.latencyMs = 50;
    await job.start();
    await job.asked(100);
    await job.cancel();
    const rollback = await eventually(
      async () => (await town.client.runs()).find((one) => one.backfill === job.name && one.rollbackOf),
      (found) => found !== undefined,
      30_000,
      () => 'no rollback was started',
    );
    await job.pause();
    const runId = rollback?.runId ?? '';
    const paused = await eventually(
      () => town.client.run(runId),
      ({ state }) => state === 'paused' || state === 'done',
      30_000,
      ({ state }) => state,
    );
    if (paused.state === 'paused') await job.resume();
    await job.until('rolled-back', 60_000);
    expect(await job.answers()).toEqual({ right: 0, any: 0 });
  });
});

async function untilPausedFor(job: TinyJob, kind: NonNullable<Run['reason']>['kind']): Promise<Run> {
  return eventually(
    job.run,
    ({ state, reason }) => state === 'paused' && reason?.kind === kind,
    30_000,
    ({ state, reason, counts }) => `${state} for ${JSON.stringify({ reason, counts })}`,
  );
}
