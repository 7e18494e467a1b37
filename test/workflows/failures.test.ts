import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TINY_COST, TINY_WORST_CASE } from '../support/tiny.ts';
import { billedTwice, openTinyTown, type TinyJob, type TinyTown } from '../support/tiny-town.ts';

let town: TinyTown;
beforeAll(async () => {
  town = await openTinyTown('failures');
});
afterAll(() => town.close());

describe.concurrent('an item', () => {
  test('that is throttled waits as long as it takes, and uses up no try', async () => {
    const job = await town.job({ units: 2, items: 10 });
    const seen = refuse(job, (question, times) => (question.endsWith('-3') && times <= 4 ? 429 : null));
    await job.start();
    const { audit } = await job.expectDone();
    expect(seen.get(`${job.table}-1-3`)).toHaveLength(5);
    expect(audit).toMatchObject({ calls: 28, unknown: [], possiblyPaidTwice: 0 });
    expect(await failures(job)).toEqual([]);
  });

  test('whose call breaks off is asked again, and listed as possibly paid twice', async () => {
    const job = await town.job({ units: 1, items: 10 });
    refuse(job, (question, times) => (question.endsWith('-3') && times === 1 ? 502 : null));
    await job.start();
    const { run, audit } = await job.expectDone();
    expect(audit).toMatchObject({ calls: 11, possiblyPaidTwice: TINY_WORST_CASE });
    expect(audit.unknown).toMatchObject([{ outcome: 'unknown', repaid: true, worstCase: TINY_WORST_CASE }]);
    expect(run).toMatchObject({ unknownCalls: 1, unknownHeld: TINY_WORST_CASE });
  });

  test('whose calls always break off fails with its class after three tries, further and further apart', async () => {
    const job = await town.job({ units: 1, items: 10 });
    const seen = refuse(job, (question) => (question.endsWith('-3') ? 500 : null));
    await job.start();
    const { run } = await job.expectDone({ written: 9, failed: 1 });
    const [first, second, third, ...more] = seen.get(`${job.table}-1-3`)!;
    expect(more).toEqual([]);
    expect(second! - first!).toBeGreaterThanOrEqual(1_950);
    expect(third! - second!).toBeGreaterThanOrEqual(3_950);
    expect(run.classes).toEqual({ 'call-unknown': 1 });
    expect(await failures(job)).toMatchObject([
      { status: 'failed', class: 'call-unknown', message: 'HTTP 500', tries: 3, unit: 'unit-000001' },
    ]);
  });

  test('whose call breaks off is kept for a person with --on-unknown hold, and not asked again', async () => {
    const job = await town.job({ units: 1, items: 10, settings: { onUnknown: 'hold' } });
    const seen = refuse(job, (question) => (question.endsWith('-3') ? 500 : null));
    await job.start();
    const { run } = await job.expectDone({ written: 9, unknown: 1 });
    expect(seen.get(`${job.table}-1-3`)).toHaveLength(1);
    expect(run).toMatchObject({ unknownCalls: 1, unknownHeld: TINY_WORST_CASE });
    expect(await failures(job)).toMatchObject([{ status: 'unknown', class: 'call-unknown' }]);
  });

  test('that waits for its next try is paused with its run, and tried after it was resumed', async () => {
    const job = await town.job({ units: 1, items: 10 });
    const seen = refuse(job, (question, times) => (question.endsWith('-3') && times === 1 ? 500 : null));
    await job.start();
    await job.asked(10);
    await sleep(500);
    await job.pause();
    await job.until('paused', 5_000);
    await sleep(3_000);
    expect(seen.get(`${job.table}-1-3`)).toHaveLength(1);
    await job.resume();
    await job.expectDone();
  });
});

describe.concurrent('a run', () => {
  test('whose key is refused pauses with the reason, fails no item, and completes once that is mended', async () => {
    const job = await town.job({ units: 4, items: 25, settings: { concurrency: 5 } });
    let refusing = true;
    refuse(job, () => (refusing && job.provider.arrivals.length > 20 ? 401 : null));
    await job.start();
    const paused = await job.until('paused');
    expect(paused.reason).toEqual({
      kind: 'configuration',
      message: 'the tiny provider does not know this key',
    });
    expect(paused.counts).toMatchObject({ failed: 0, unknown: 0, written: 20 });
    expect(paused.holds).toEqual({});
    refusing = false;
    await job.resume();
    await job.expectDone();
    expect(billedTwice(job.provider)).toEqual(new Map());
  });

  test('whose table goes away while it reads pauses with the reason, and completes once that is back', async () => {
    const job = await town.job({ units: 2, items: 40, settings: { concurrency: 4, page: 5 } });
    job.provider.latencyMs = 50;
    await job.start();
    await job.asked(20);
    await town.client.surroundings.stores.postgres.query(
      `ALTER TABLE ${job.table} RENAME TO ${job.table}_away`,
    );
    const paused = await job.until('paused');
    expect(paused.reason).toMatchObject({
      kind: 'configuration',
      message: expect.stringContaining(job.table),
    });
    expect(paused.counts).toMatchObject({ failed: 0, unknown: 0 });
    await town.client.surroundings.stores.postgres.query(
      `ALTER TABLE ${job.table}_away RENAME TO ${job.table}`,
    );
    job.provider.latencyMs = 0;
    await job.resume();
    await job.expectDone();
  });

  test("that has used up a day's quota pauses until the day is over, with the last request used", async () => {
    const rates = { openai: { perDay: 12 } };
    const job = await town.job({ units: 3, items: 10, settings: { rates } });
    await job.start();
    const paused = await job.until('paused');
    const tomorrow = new Date(paused.reason?.until ?? 0);
    expect(paused.reason?.kind).toBe('quota');
    expect(tomorrow.toISOString()).toMatch(/T00:00:00.000Z$/);
    expect(tomorrow.getTime() - Date.now()).toBeLessThanOrEqual(24 * 3_600_000);
    expect(paused.counts).toMatchObject({ written: 12, failed: 0 });
    expect(job.provider.arrivals).toHaveLength(12);
    await job.cancel();
    await job.until('cancelled');
  });

  test('spends its budget to the last call that fits, never more, and then pauses', async () => {
    const budget = 15 * TINY_WORST_CASE;
    const job = await town.job({ units: 4, items: 20, settings: { budget, concurrency: 10 } });
    await job.start();
    const paused = await untilOutOfBudget(job);
    const billed = [...job.provider.billed.values()].reduce((sum, times) => sum + times, 0);
    expect(paused.reason).toMatchObject({ kind: 'budget', needs: TINY_WORST_CASE });
    expect(paused.spent).toBe(billed * TINY_COST);
    expect(paused.spent + paused.available).toBe(budget);
    expect(paused.available).toBeLessThan(TINY_WORST_CASE);
    expect(paused.counts).toMatchObject({ written: billed, failed: 0 });
    expect(paused.holds).toEqual({});
    await sleep(1_000);
    expect(job.provider.billed.size).toBe(billed);
    await job.cancel();
    await job.until('cancelled');
  });

  test('that an operator pauses stays paused, though the budget would let it go on', async () => {
    const budget = 15 * TINY_WORST_CASE;
    const job = await town.job({ units: 1, items: 80, settings: { budget, concurrency: 40 } });
    job.provider.latencyMs = 500;
    await job.start();
    await job.asked(15);
    await job.pause();
    const paused = await job.until('paused');
    expect(paused.available).toBeGreaterThanOrEqual(TINY_WORST_CASE);
    await sleep(1_500);
    expect((await job.run()).state).toBe('paused');
    expect(job.provider.arrivals).toHaveLength(15);
    await job.resume();
    await untilOutOfBudget(job);
    await job.cancel();
    await job.until('cancelled');
  });
});

/** Decides by question and by how often it has come; returns when each question came. */
function refuse(
  { provider }: TinyJob,
  decide: (question: string, times: number) => number | null,
): Map<string, number[]> {
  const seen = new Map<string, number[]>();
  provider.refuse = (question) => {
    const times = [...(seen.get(question) ?? []), Date.now()];
    seen.set(question, times);
    return decide(question, times.length);
  };
  return seen;
}

async function failures(job: TinyJob) {
  const { runId } = await job.run();
  return town.client.surroundings.journalOf(job.name).failures(runId);
}

/** A pause with room left for a call ends by itself: only the one without is meant. */
async function untilOutOfBudget(job: TinyJob) {
  for (;;) {
    const paused = await job.until('paused');
    if (paused.available < TINY_WORST_CASE) return paused;
    await sleep(100);
  }
}
