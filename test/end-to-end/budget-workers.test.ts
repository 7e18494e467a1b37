import { afterAll, describe, expect, test } from 'vitest';
import type { Run } from '../../src/domain/run.ts';
import { callName } from '../../src/stores/ledger/settling.ts';
import { TINY_COST, TINY_WORST_CASE } from '../support/tiny.ts';
import { eventually, openTinyTown, type TinyJob, type TinyTown } from '../support/tiny-town.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

const towns: TinyTown[] = [];
const workers: WorkerProcess[] = [];
afterAll(async () => {
  for (const worker of workers) await worker.kill();
  for (const town of towns) await town.close();
});

/** Jobs that share a ledger, and workers in processes of their own. */
async function open(...sizes: Parameters<TinyTown['job']>[0][]) {
  const town = await openTinyTown('budget', { worker: false });
  towns.push(town);
  const jobs: TinyJob[] = [];
  for (const size of sizes) jobs.push(await town.job(size));
  const hire = async () => {
    const worker = await startWorkerProcess(
      town.config,
      jobs.map(({ name }) => name),
    );
    workers.push(worker);
    return worker;
  };
  return { town, jobs, hire };
}

const billed = (...jobs: TinyJob[]) =>
  jobs.flatMap(({ provider }) => [...provider.billed.values()]).reduce((sum, times) => sum + times, 0) *
  TINY_COST;

describe.concurrent('a run that pauses while a worker dies', () => {
  test('has its books complete: nothing is held, and each unknown call can be settled', async () => {
    const { town, jobs, hire } = await open({ units: 2, items: 40, settings: { concurrency: 4 } });
    const [job] = jobs as [TinyJob];
    job.provider.latencyMs = 300;
    await job.start();
    const lost = await hire();
    await job.asked(20);
    await lost.kill();
    await hire();
    await job.pause();
    const run = await job.until('paused', 60_000);

    expect(Object.values(run.holds)).toEqual([]);
    const { unknown, spent } = await job.audit();
    expect(unknown.length).toBeGreaterThan(0);
    expect(run).toMatchObject({
      spent,
      unknownCalls: unknown.length,
      unknownHeld: unknown.length * TINY_WORST_CASE,
    });
    for (const call of unknown)
      await town.client.settle(`${run.runId}/${callName(call)}`, TINY_COST, 'a test');
    expect(await job.run()).toMatchObject({ spent: billed(job), unknownHeld: 0 });

    job.provider.latencyMs = 5;
    await job.resume();
    const done = await job.until('done', 60_000);
    expect(done.counts).toMatchObject({ total: 80, written: 80 });
    expect(await job.answers()).toEqual({ right: 80, any: 80 });
    expect(done).toMatchObject({ spent: billed(job), unknownHeld: 0, holds: {} });
  }, 120_000);
});

describe.concurrent('the budget of a day', () => {
  test('binds two runs in two workers together, also when it is set while they work', async () => {
    const size = { units: 6, items: 40, settings: { concurrency: 8 } };
    const { town, jobs, hire } = await open(size, size);
    const { days } = town.client.surroundings.ledger;
    for (const job of jobs) job.provider.latencyMs = 50;
    await Promise.all([hire(), hire()]);
    for (const job of jobs) await job.start();
    await eventually(
      async () => billed(...jobs),
      (now) => now >= 60 * TINY_COST,
      30_000,
      (now) => `${now} nanodollars were billed`,
    );
    const cap = 220 * TINY_COST;
    await days.setCap(cap);
    for (const job of jobs) await untilPausedForTheDay(job);
    expect(billed(...jobs)).toBeLessThanOrEqual(cap);
    expect(billed(...jobs)).toBeGreaterThan(cap - 4 * TINY_WORST_CASE);
    expect(await days.read()).toMatchObject({ spent: billed(...jobs), held: 0, cap });

    await days.setCap(null);
    for (const job of jobs) await job.resume();
    for (const job of jobs) await job.expectDone();
    expect(await days.read()).toMatchObject({ spent: 480 * TINY_COST, held: 0 });
  }, 120_000);

  test('that another run holds is waited for: what that run does not need is used the same day', async () => {
    const size = { units: 1, items: 10, settings: { concurrency: 10 } };
    const { town, jobs, hire } = await open(size, size);
    const [slow, quick] = jobs as [TinyJob, TinyJob];
    const { days } = town.client.surroundings.ledger;
    await town.client.surroundings.ledger.create();
    await days.setCap(10 * TINY_WORST_CASE);
    slow.provider.latencyMs = 8_000;
    await hire();
    await slow.start();
    await slow.asked(10);
    await quick.start();
    const waiting = await untilPausedForTheDay(quick);
    expect(quick.provider.arrivals).toHaveLength(0);
    expect(waiting.reason?.message).toMatch(/other runs hold \$0\.0200/);
    expect(waiting.reason?.until).toBeLessThan(Date.now() + 60_000);
    await slow.expectDone();
    await untilPausedForTheDay(quick, ({ counts }) => counts.written > 0);
    expect(billed(slow, quick)).toBeLessThanOrEqual(10 * TINY_WORST_CASE);
    expect(billed(slow, quick)).toBeGreaterThan(9 * TINY_WORST_CASE - 1);
    await quick.cancel();
  }, 120_000);
});

async function untilPausedForTheDay(job: TinyJob, also = (_: Run) => true): Promise<Run> {
  return eventually(
    job.run,
    (run) => run.state === 'paused' && run.reason?.kind === 'day-budget' && also(run),
    60_000,
    ({ state, reason, counts }) => `${state} for ${JSON.stringify({ reason, counts })}`,
  );
}
