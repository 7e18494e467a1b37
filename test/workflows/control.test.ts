import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { billedTwice, eventually, openTinyTown, type TinyTown } from '../support/tiny-town.ts';

let town: TinyTown;
beforeAll(async () => {
  town = await openTinyTown('control');
});
afterAll(() => town.close());

describe.concurrent('a run', () => {
  test('is paused within five seconds of asking, asks nothing while paused, and goes on when resumed', async () => {
    const job = await town.job({ units: 4, items: 60, settings: { concurrency: 20 } });
    job.provider.latencyMs = 1_000;
    await job.start();
    await job.asked(30);

    const asked = Date.now();
    await job.pause();
    const paused = await job.until('paused');
    const sent = job.provider.arrivals.length;

    expect(Date.now() - asked).toBeLessThan(5_000);
    expect(paused.reason).toEqual({ kind: 'operator', message: 'paused by a test' });
    expect(paused.holds).toEqual({});
    await sleep(1_500);
    expect(job.provider.arrivals.length).toBe(sent);
    expect(await town.client.progress(job.name)).toMatchObject({ state: 'paused', scopes: { active: 0 } });

    job.provider.latencyMs = 10;
    await job.resume();
    await job.expectDone();
    expect(billedTwice(job.provider)).toEqual(new Map());
  });

  test('works every item once through three pauses and full histories of parent and children', async () => {
    const job = await town.job({
      units: 24,
      items: 12,
      settings: { concurrency: 8, page: 3, maxHistory: 40 },
    });
    job.provider.latencyMs = 30;
    await job.start();
    for (const asked of [30, 70, 110]) {
      await job.asked(asked);
      await job.pause();
      await job.until('paused');
      await job.resume();
    }
    const { audit } = await job.expectDone();

    expect(audit).toMatchObject({ calls: job.total, unknown: [], duplicates: [], possiblyPaidTwice: 0 });
    expect(job.provider.billed.size).toBe(job.total);
    expect(billedTwice(job.provider)).toEqual(new Map());
    expect(await executionsOf(job.workflowId)).toBeGreaterThan(1);
    expect(await executionsOf(`${job.workflowId}/unit-000001`)).toBeGreaterThan(1);
  }, 120_000);

  test('goes on with the next worker when one is told to stop, and loses nothing in between', async () => {
    const shift = await openTinyTown('shift', { worker: false });
    const job = await shift.job({ units: 6, items: 40, settings: { concurrency: 8 } });
    job.provider.latencyMs = 100;
    await job.start();
    const first = await shift.hire();
    await job.asked(40);
    await first.stop();
    const second = await shift.hire();
    const { audit } = await job.expectDone();
    expect(audit).toMatchObject({ calls: job.total, unknown: [], duplicates: [] });
    await second.stop();
    await shift.close();
  });

  test('that is cancelled settles what is in flight, holds nothing, and makes room for the next', async () => {
    const job = await town.job({ units: 4, items: 50, settings: { concurrency: 8 } });
    job.provider.latencyMs = 100;
    await job.start();
    await job.asked(20);
    await job.cancel();
    const cancelled = await job.until('cancelled');
    const sent = job.provider.arrivals.length;

    expect(cancelled).toMatchObject({ holds: {}, unknownCalls: 0, finishedAt: expect.any(String) });
    expect(cancelled.counts.written).toBe(job.provider.billed.size);
    expect(await job.answers()).toEqual({ right: sent, any: sent });
    await sleep(500);
    expect(job.provider.arrivals.length).toBe(sent);

    job.provider.latencyMs = 0;
    const first = cancelled.counts.written;
    job.total -= first;
    await job.start();
    const second = await job.until('done');
    expect(second.counts).toMatchObject({ total: 200 - first, written: 200 - first });
    expect(job.provider.billed.size).toBe(200);
  });

  test('that is paused can be cancelled', async () => {
    const job = await town.job({ units: 2, items: 20, settings: { concurrency: 4 } });
    job.provider.latencyMs = 100;
    await job.start();
    await job.asked(5);
    await job.pause();
    await job.until('paused');
    await job.cancel();
    const { counts, holds } = await job.until('cancelled');
    expect({ counts, holds }).toMatchObject({ counts: { written: job.provider.billed.size }, holds: {} });
  });

  test('can be cancelled while it is pausing', async () => {
    const job = await town.job({ units: 2, items: 20, settings: { concurrency: 4 } });
    job.provider.latencyMs = 1_500;
    await job.start();
    await job.asked(4);
    await job.pause();
    await job.until('pausing');
    await job.cancel();
    const { counts, holds } = await job.until('cancelled');
    expect({ counts, holds }).toMatchObject({ counts: { written: job.provider.billed.size }, holds: {} });
  });

  test('can be paused and cancelled while its history is full', async () => {
    const [paused, cancelled] = await Promise.all(
      [1, 2].map(() => town.job({ units: 4, items: 12, settings: { maxHistory: 12, page: 4, window: 2 } })),
    );
    for (const job of [paused!, cancelled!]) {
      job.provider.latencyMs = 200;
      await job.start();
      await job.asked(8);
    }
    await Promise.all([paused!.pause(), cancelled!.cancel()]);
    await paused!.until('paused');
    await cancelled!.until('cancelled');
    await paused!.cancel();
    await paused!.until('cancelled');
  });

  test('that is cancelled from Temporal itself ends in the same order', async () => {
    const job = await town.job({ units: 2, items: 40, settings: { concurrency: 8 } });
    job.provider.latencyMs = 100;
    await job.start();
    await job.asked(10);
    await town.temporal.workflow.getHandle(job.workflowId).cancel();
    const cancelled = await job.until('cancelled');
    expect(cancelled.holds).toEqual({});
    expect(cancelled.counts.written).toBe(job.provider.billed.size);
    const { status } = await town.temporal.workflow.getHandle(job.workflowId).describe();
    expect(status.name).toBe('COMPLETED');
  });

  test('takes a second pause, or a resume that nobody needs, as no news', async () => {
    const job = await town.job({ units: 2, items: 60, settings: { concurrency: 4 } });
    job.provider.latencyMs = 50;
    await job.start();
    await job.asked(10);
    await job.resume();
    await job.asked(20);
    await job.pause();
    await job.pause();
    await job.until('paused');
    await job.pause();
    await sleep(1_000);
    expect((await job.run()).state).toBe('paused');
    await job.resume();
    await job.expectDone();
    expect(billedTwice(job.provider)).toEqual(new Map());
  });

  test('whose workflow was terminated is ended by cancel, holds nothing, and makes room for the next', async () => {
    const job = await town.job({ units: 4, items: 30, settings: { concurrency: 4 } });
    job.provider.latencyMs = 300;
    await job.start();
    await job.asked(8);
    await town.temporal.workflow.getHandle(job.workflowId).terminate('by a test');

    await town.client.cancel(job.name);
    expect(await job.run()).toMatchObject({ state: 'cancelled', holds: {} });

    job.provider.latencyMs = 0;
    await job.start();
    await job.until('done');
    expect(await job.answers()).toMatchObject({ right: job.total });
  });

  test('pauses, and says why, when one of its children is terminated; resumed, it completes', async () => {
    const job = await town.job({ units: 3, items: 40, settings: { concurrency: 6, page: 10 } });
    job.provider.latencyMs = 100;
    await job.start();
    await job.asked(30);
    // A resume from before must not undo a pause that comes later.
    await job.resume();
    await town.temporal.workflow.getHandle(`${job.workflowId}/unit-000002`).terminate('an operator did it');
    const paused = await job.until('paused');
    expect(paused.reason).toMatchObject({ kind: 'child', message: expect.stringContaining('unit-000002') });
    await sleep(1_000);
    expect((await job.run()).state).toBe('paused');
    await job.resume();
    await job.expectDone();
    expect(billedTwice(job.provider)).toEqual(new Map());
  });
});

/** How often the workflow was started or continued, as Temporal's visibility tells. */
async function executionsOf(workflowId: string): Promise<number> {
  const count = async () => (await town.temporal.workflow.count(`WorkflowId = '${workflowId}'`)).count;
  // Visibility lags a little behind.
  return eventually(
    count,
    (now) => now > 1,
    5_000,
    (now) => `${now} executions of ${workflowId}`,
  );
}
