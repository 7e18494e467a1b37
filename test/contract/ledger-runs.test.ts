import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mayMove, RUN_STATES, type RunState } from '../../src/domain/run-state.ts';
import { createLedgerWorld, type LedgerWorld, receipt } from './ledger-world.ts';

let world: LedgerWorld;

beforeAll(async () => {
  world = await createLedgerWorld();
});
afterAll(() => world.client.destroy());

describe('a run', () => {
  test('moves only along its table of states, whoever asks', async () => {
    const ways: Record<RunState, RunState[]> = {
      planned: [],
      running: ['running'],
      pausing: ['running', 'pausing'],
      paused: ['running', 'pausing', 'paused'],
      'awaiting-approval': ['running', 'awaiting-approval'],
      cancelling: ['running', 'cancelling'],
      cancelled: ['cancelled'],
      done: ['running', 'done'],
      'rolled-back': ['running', 'done', 'rolled-back'],
    };
    await Promise.all(
      RUN_STATES.map(async (from) => {
        for (const to of RUN_STATES.filter((state) => state !== 'planned')) {
          const runId = await world.newRun();
          for (const step of ways[from]) await world.ledger.runs.move(runId, step);
          const { state } = await world.ledger.runs.move(runId, to);
          expect(state, `${from} to ${to}`).toBe(mayMove(from, to) ? to : from);
        }
      }),
    );
  });

  test('keeps why it was paused, and when it ended', async () => {
    const runId = await world.runningRun();
    await world.ledger.runs.move(runId, 'pausing', { kind: 'quota', message: 'used up', until: 7 });
    expect(await world.other.runs.get(runId)).toMatchObject({ reason: { kind: 'quota', until: 7 } });
    await world.ledger.runs.move(runId, 'cancelling');
    expect(await world.ledger.runs.move(runId, 'cancelled')).toMatchObject({
      finishedAt: expect.any(String),
    });
  });

  test('that nobody knows cannot be moved', async () => {
    await expect(world.ledger.runs.move('20010101-000000-none', 'running')).rejects.toThrow(
      /is not in the ledger/,
    );
    expect(await world.ledger.runs.get('20010101-000000-none')).toBeUndefined();
  });

  test('is listed, the newest first', async () => {
    const older = await world.newRun({}, '2026-01-01T00:00:00.000Z');
    const newer = await world.newRun({}, '2026-01-02T00:00:00.000Z');
    const listed = (await world.ledger.runs.list()).map(({ runId }) => runId);
    expect(listed.indexOf(newer)).toBeLessThan(listed.indexOf(older));
    expect(listed.indexOf(newer)).toBeGreaterThanOrEqual(0);
  });

  test('opens pages and holds money only while it is running', async () => {
    const runId = await world.newRun();
    expect(await world.ledger.runs.openPage(runId, 'a/0')).toBeNull();
    await world.ledger.runs.move(runId, 'running');
    expect(await world.ledger.runs.reserve(runId, 'a/0', 1)).toBe('not-running');
    expect(await world.ledger.runs.openPage(runId, 'a/0')).toMatchObject({ holds: { 'a/0': { amount: 0 } } });
    expect(await world.ledger.runs.reserve(runId, 'a/0', 1)).toBe('held');
    await world.ledger.runs.move(runId, 'pausing');
    expect(await world.ledger.runs.reserve(runId, 'a/0', 1)).toBe('not-running');
  });

  test('holds no more than its budget, however many ask at once', async () => {
    const runId = await world.runningRun({ budget: 105 });
    await world.ledger.runs.openPage(runId, 'a/0');
    const asked = Array.from({ length: 20 }, (_, n) =>
      (n % 2 ? world.ledger : world.other).runs.reserve(runId, 'a/0', 10),
    );
    const held = (await Promise.all(asked)).filter((one) => one === 'held');
    expect(held).toHaveLength(10);
    expect(await world.ledger.runs.get(runId)).toMatchObject({
      available: 5,
      holds: { 'a/0': { amount: 100 } },
    });
  });

  test('keeps what an earlier attempt holds when its page is opened again', async () => {
    const runId = await world.runningRun({ budget: 100 });
    const { id } = (await world.ledger.runs.openPage(runId, 'a/0'))!.holds['a/0']!;
    await world.ledger.runs.reserve(runId, 'a/0', 30);
    const again = await world.other.runs.openPage(runId, 'a/0');
    expect(again).toMatchObject({ available: 70, holds: { 'a/0': { id, amount: 30 } } });
  });

  test('books a page once, and all money stays accounted for, however often it is closed', async () => {
    const runId = await world.runningRun({ budget: 1_000 });
    const hold = (await world.ledger.runs.openPage(runId, 'a/0'))!.holds['a/0']!;
    await world.ledger.runs.reserve(runId, 'a/0', 300);
    const bill = { spent: 120, spentBy: { 'openai/gpt-4.1': 120 }, unknownHeld: 50, unknownCalls: 1 };
    const counted = receipt({ written: 2, failed: 1 }, { 'call-rejected': 1 });
    const closings = Array.from({ length: 6 }, (_, n) =>
      (n % 2 ? world.ledger : world.other).runs.closePage(runId, 'a/0', hold, counted, bill),
    );
    const late = world.ledger.runs.reserve(runId, 'a/0', 10);

    expect((await Promise.all(closings)).filter(Boolean)).toHaveLength(1);
    await late;
    expect(await world.ledger.runs.reserve(runId, 'a/0', 1)).toBe('not-running');
    expect(await world.ledger.runs.closePage(runId, 'a/0', hold, counted, bill)).toBe(false);
    expect(await world.ledger.runs.get(runId)).toMatchObject({
      available: 830,
      holds: {},
      spent: 120,
      spentBy: { 'openai/gpt-4.1': 120 },
      unknownHeld: 50,
      unknownCalls: 1,
      counts: { written: 2, failed: 1 },
      classes: { 'call-rejected': 1 },
    });
  });

  test('books a page by the hold that it was told, not by one that was opened later', async () => {
    const runId = await world.runningRun({ budget: 1_000 });
    const first = (await world.ledger.runs.openPage(runId, 'a/0'))?.holds['a/0'];
    if (!first) throw new Error('the page has no hold');
    const bill = { spent: 0, spentBy: {}, unknownHeld: 0, unknownCalls: 0 };
    await world.ledger.runs.closePage(runId, 'a/0', first, receipt({ written: 1 }), bill);
    await world.other.runs.openPage(runId, 'a/0');
    expect(await world.ledger.runs.closePage(runId, 'a/0', first, receipt({ written: 1 }), bill)).toBe(false);
    expect((await world.balanced(runId)).counts.written).toBe(1);
  });
});
