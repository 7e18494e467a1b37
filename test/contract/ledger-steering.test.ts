import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CallFailure, UsageError } from '../../src/domain/failure.ts';
import { utcDay } from '../../src/domain/pacing.ts';
import { callName } from '../../src/stores/ledger/settling.ts';
import {
  askable,
  CENT,
  COST,
  createLedgerWorld,
  type LedgerWorld,
  NEVER,
  receipt,
  WORST_CASE,
} from './ledger-world.ts';

let world: LedgerWorld;

beforeAll(async () => {
  world = await createLedgerWorld();
});
afterAll(() => world.client.destroy());

describe('tuning a run', () => {
  test('moves its budget up and down, and keeps who did what and when', async () => {
    const runId = await world.runningRun({ budget: 1_000 * CENT });
    await heldAndSpent(runId);
    const raised = await world.ledger.runs.tune(runId, { budget: 2_000 * CENT }, 'ann');
    expect(raised).toMatchObject({ kind: 'tuned', run: { settings: { budget: 2_000 * CENT } } });
    await world.balanced(runId);
    await world.other.runs.tune(runId, { budget: 700 * CENT, window: 3 }, 'ben');
    const run = await world.balanced(runId);
    expect(run.settings).toMatchObject({ budget: 700 * CENT, window: 3 });
    expect(run.tunings).toMatchObject([
      { by: 'ann', at: expect.stringMatching(/^20\d\d-.*Z$/), changes: ['budget $10.00 → $20.00'] },
      { by: 'ben', changes: [expect.stringMatching(/^window 10 → 3/), expect.stringMatching(/^budget/)] },
    ]);
  });

  test('takes away no money that is spent or held, to the last cent, and says how much that is', async () => {
    const runId = await world.runningRun({ budget: 1_000 * CENT });
    const bound = await heldAndSpent(runId);
    const refused = await world.ledger.runs.tune(runId, { budget: bound - CENT }, 'ann');
    expect(refused).toMatchObject({
      kind: 'refused',
      why: expect.stringMatching(/spent, .* held .* unknown/),
    });
    expect(await world.balanced(runId)).toMatchObject({ settings: { budget: 1_000 * CENT }, tunings: [] });
    expect(await world.ledger.runs.tune(runId, { budget: bound }, 'ann')).toMatchObject({ kind: 'tuned' });
    expect(await world.balanced(runId)).toMatchObject({ available: 0 });
  });

  test('takes the budget away and sets one again', async () => {
    const runId = await world.runningRun({ budget: 1_000 * CENT });
    await heldAndSpent(runId);
    await world.ledger.runs.tune(runId, { budget: null }, 'ann');
    expect(await world.ledger.runs.reserve(runId, 'b/0', 1_000 * CENT)).toBe('held');
    await world.ledger.runs.tune(runId, { budget: 5_000 * CENT }, 'ann');
    await world.balanced(runId);
  });

  test('by many at once loses no change, and each knows what it changed', async () => {
    const runId = await world.runningRun({ budget: 1_000_000_000 });
    const budgets = Array.from({ length: 10 }, (_, n) => (n + 2) * 1_000_000_000);
    const tuned = await Promise.all(
      budgets.map((budget, n) =>
        (n % 2 ? world.ledger : world.other).runs.tune(runId, { budget }, `person ${n}`),
      ),
    );
    expect(tuned.every(({ kind }) => kind === 'tuned')).toBe(true);
    const { tunings, settings } = await world.balanced(runId);
    expect(tunings).toHaveLength(10);
    // Each begins where the one before ended.
    const [from, to] = [0, 1].map((side) =>
      tunings.map(({ changes }) => changes[0]?.replace('budget ', '').split(' → ')[side]),
    );
    expect(from).toEqual(['$1.00', ...(to as string[]).slice(0, -1)]);
    expect(`$${((settings.budget ?? 0) / 1e9).toFixed(2)}`).toBe(to?.at(-1));
  });

  test('while its calls are under way never lets it spend more than its budget', async () => {
    const runId = await world.runningRun({ budget: 1_000 * CENT });
    await world.ledger.runs.openPage(runId, 'a/0');
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        n % 4 === 0
          ? world.other.runs.tune(runId, { budget: (200 + 20 * n) * CENT }, 'ann')
          : world.ledger.runs.reserve(runId, 'a/0', 50 * CENT),
      ),
    );
    expect(outcomes).toContain('held');
    await world.balanced(runId);
  });

  test('is refused where it changes nothing, makes no sense, or comes too late', async () => {
    const runId = await world.runningRun({ budget: 1_000 * CENT });
    const tune = (tuning: object) => world.ledger.runs.tune(runId, tuning, 'ann');
    expect(await tune({ budget: 1_000 * CENT })).toMatchObject({
      kind: 'refused',
      why: 'all of that is so already',
    });
    expect(await tune({ budget: -1 })).toMatchObject({ kind: 'refused', why: /above 0/ });
    expect(await tune({ page: 7 })).toMatchObject({ kind: 'refused', why: /cannot be changed/ });
    await world.ledger.runs.move(runId, 'cancelling');
    expect(await tune({ budget: 2_000 * CENT })).toMatchObject({ kind: 'refused', why: /is cancelling/ });
    await world.ledger.runs.move(runId, 'cancelled');
    expect(await tune({ budget: 2_000 * CENT })).toMatchObject({ kind: 'refused', why: /is cancelled/ });
    expect(await world.balanced(runId)).toMatchObject({ tunings: [] });
  });
});

describe('a run that waits for approval', () => {
  test('is approved by the first who does it, and by nobody when it does not wait', async () => {
    const runId = await world.runningRun();
    expect(await world.ledger.runs.approve(runId, 'ann')).toBeNull();
    await world.ledger.runs.move(runId, 'awaiting-approval');
    await world.ledger.runs.approve(runId, 'ann');
    const { approval } = (await world.other.runs.approve(runId, 'ben')) ?? {};
    expect(approval).toEqual({ by: 'ann', at: expect.stringMatching(/^20\d\d-.*Z$/) });
  });

  test('is pinned once, to what the first says', async () => {
    const runId = await world.runningRun();
    const pinned = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        (n % 2 ? world.ledger : world.other).runs.pin(runId, { definition: `${n}` }),
      ),
    );
    expect(new Set(pinned.map(({ definition }) => definition)).size).toBe(1);
    expect(await world.ledger.runs.pin(runId, { definition: 'late' })).toEqual(pinned[0]);
    expect((await world.other.runs.get(runId))?.pins).toEqual(pinned[0]);
  });
});

describe('a run', () => {
  test('keeps what its check said, and why which worker is slow until it is not', async () => {
    const runId = await world.runningRun();
    await world.ledger.runs.noteVerified(runId, { passed: false, message: 'two rows differ' });
    await world.ledger.runs.noteSlow(runId, 'one', ['replica lag 12 s']);
    await world.other.runs.noteSlow(runId, 'two/x.y', ['lock waits']);
    await world.ledger.runs.noteSlow(runId, 'one', []);
    expect(await world.ledger.runs.get(runId)).toMatchObject({
      verified: { passed: false, message: 'two rows differ' },
      slow: { 'two/x.y': { reasons: ['lock waits'], at: expect.any(Number) } },
    });
    expect((await world.ledger.runs.get(runId))?.slow).not.toHaveProperty('one');
  });
});

describe('a call of unknown outcome', () => {
  test.each([
    ['was not billed', 0, 0],
    ['was billed', null, WORST_CASE],
    ['cost so much', 42 * CENT, 42 * CENT],
  ])('is closed by a person who says that it %s', async (_, said, cost) => {
    const { runId, call } = await withUnknown();
    const settlement = await world.other.settle(runId, call, said, 'ann');
    expect(settlement).toMatchObject({ cost, by: 'ann' });
    expect(await world.balanced(runId)).toMatchObject({
      spent: COST + cost,
      spentBy: { 'openai/m': COST + cost },
      spentOn: { [`${utcDay(Date.now())} openai/m`]: COST + cost },
      unknownHeld: 0,
      unknownCalls: 0,
      available: 10 * WORST_CASE - COST - cost,
    });
    expect(await world.ledger.audit(runId)).toMatchObject({
      spent: COST + cost,
      unknown: [],
      settled: [{ cost, by: 'ann' }],
    });
  });

  test('is closed once, though two people do it at the same moment', async () => {
    const { runId, call } = await withUnknown();
    const both = await Promise.allSettled([
      world.ledger.settle(runId, call, 0, 'ann'),
      world.other.settle(runId, call, null, 'ben'),
    ]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(world.ledger.settle(runId, call, 0, 'cleo')).rejects.toThrow(/closed before/);
    const { settlements, unknownHeld } = await world.balanced(runId);
    expect(Object.keys(settlements)).toHaveLength(1);
    expect(unknownHeld).toBe(0);
  });

  test('is not closed while its page is in work', async () => {
    const { runId, call } = await withUnknown({ close: false });
    await expect(world.ledger.settle(runId, call, 0, 'ann')).rejects.toThrow(/still in work/);
    await world.balanced(runId);
  });

  test('is closed with no more than its worst case', async () => {
    const { runId, call } = await withUnknown();
    await expect(world.ledger.settle(runId, call, WORST_CASE + 1, 'ann')).rejects.toThrow(/worst case/);
    expect(await world.balanced(runId)).toMatchObject({ unknownCalls: 1 });
  });

  test('is no call that was answered, nor one that never was', async () => {
    const { runId, answered } = await withUnknown();
    await expect(world.ledger.settle(runId, answered, 0, 'ann')).rejects.toThrow(/it was answered/);
    const never = world.ledger.settle(runId, 'a/0#77.0', 0, 'ann');
    await expect(never).rejects.toBeInstanceOf(UsageError);
    await expect(never).rejects.toThrow(/has no call/);
    await world.balanced(runId);
  });
});

/** Some money spent, some held, some kept for an unknown call. Returns how much in all. */
async function heldAndSpent(runId: string): Promise<number> {
  const page = await world.open(runId);
  await page.askFor('item', NEVER)(askable().call);
  await expect(
    page.askFor(
      'item',
      NEVER,
    )(askable({ replies: [new CallFailure('unknown', 'call-unknown', 'cut')] }).call),
  ).rejects.toThrow('cut');
  await page.close(receipt());
  await world.ledger.runs.openPage(runId, 'b/0');
  await world.ledger.runs.reserve(runId, 'b/0', 70 * CENT);
  const { available } = await world.balanced(runId);
  return 1_000 * CENT - available;
}

/** A run with one answered and one unknown call. */
async function withUnknown({
  close = true,
} = {}): Promise<{ runId: string; call: string; answered: string }> {
  const runId = await world.runningRun({ budget: 10 * WORST_CASE });
  const page = await world.open(runId);
  await page.askFor('item', NEVER)(askable().call);
  const cut = askable({ replies: [new CallFailure('unknown', 'call-unknown', 'cut')] });
  await expect(page.askFor('item', NEVER)(cut.call)).rejects.toThrow('cut');
  if (close) await page.close(receipt());
  const [unknown] = (await world.ledger.audit(runId)).unknown;
  if (!unknown) throw new Error('there is no unknown call');
  return { runId, call: callName(unknown), answered: 'a/0#1.0' };
}
