import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AHEAD_MS,
  type Claim,
  claimSlots,
  factorAt,
  holdUntil,
  intervalOf,
  lower,
  NEW_PACE,
  type PaceState,
} from '../../src/domain/pacing.ts';
import type { RateLimit } from '../../src/domain/settings.ts';

const NOON = Date.UTC(2026, 10, 21, 12);
const MIDNIGHT = Date.UTC(2026, 10, 22);
const perSecond = fc.double({ min: 0.2, max: 2_000, noNaN: true });

/** What happens to a lane: some time passes, then somebody asks for slots, or the provider takes only a share. */
const events = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 400 }),
    waiting: fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 100 }),
    taken: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 4 }),
  }),
  { minLength: 1, maxLength: 40 },
);

describe('slots', () => {
  test('never come faster than the limit, whatever is asked for and whenever', () => {
    fc.assert(
      fc.property(perSecond, events, (rate, happened) => {
        const { calls } = play({ perSecond: rate }, happened);
        const apart = calls.slice(1).map(({ slot }, n) => slot - (calls[n]?.slot ?? 0));
        expect(Math.min(...apart, Number.POSITIVE_INFINITY)).toBeGreaterThanOrEqual(1_000 / rate);
      }),
    );
  });

  test('are never in the past, nor further ahead than a worker may lose, but for one', () => {
    fc.assert(
      fc.property(perSecond, events, (rate, happened) => {
        for (const { now, slots } of play({ perSecond: rate }, happened).claims) {
          expect(slots[0]).toBeGreaterThanOrEqual(now);
          expect(slots.slice(1).every((slot) => slot <= now + AHEAD_MS)).toBe(true);
        }
      }),
    );
  });

  test('are no more than wait, and never none', () => {
    fc.assert(
      fc.property(perSecond, events, (rate, happened) => {
        for (const { waiting, slots } of play({ perSecond: rate }, happened).claims) {
          expect(slots.length).toBeGreaterThanOrEqual(1);
          expect(slots.length).toBeLessThanOrEqual(waiting.length);
        }
      }),
    );
  });

  test.each([
    ['second', { perSecond: 50 }, 50 * 60],
    ['minute', { perMinute: 500 }, 500],
  ] as const)('use at least 98 percent of the limit per %s while somebody always asks', (_, limit, most) => {
    const taken = busyMinute(limit, 0);
    expect(taken).toBeGreaterThanOrEqual(0.98 * most);
    expect(taken).toBeLessThanOrEqual(most * (1 + AHEAD_MS / 60_000) + 1);
  });

  test('without a limit per second, minute or token are all at once', () => {
    expect(slotsOf(claimSlots(NEW_PACE, { perDay: 100 }, NOON, [1, 2, 3, 4, 5]))).toEqual([
      NOON,
      NOON,
      NOON,
      NOON,
      NOON,
    ]);
  });

  test('keep to the narrowest of several limits', () => {
    const limit = { perSecond: 10, perMinute: 60, tokensPerMinute: 6_000 };
    expect(intervalOf(limit, 50)).toBeCloseTo(1_000 / 0.99);
    expect(intervalOf(limit, 200)).toBeCloseTo(2_000 / 0.99);
    expect(intervalOf({ ...limit, perSecond: 0.1 }, 200)).toBeCloseTo(10_000 / 0.99);
  });
});

describe('tokens', () => {
  test('in any minute are no more than the limit and the call that goes over it', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(sizes, (waiting) => {
        const { calls } = play({ tokensPerMinute: 10_000 }, [{ afterMs: 0, waiting, taken: null }], waiting);
        for (const { slot: from } of calls) {
          const within = calls.filter(({ slot }) => slot >= from && slot < from + 60_000);
          const tokens = within.reduce((sum, call) => sum + call.tokens, 0);
          expect(tokens - (within.at(-1)?.tokens ?? 0)).toBeLessThanOrEqual(10_000);
        }
      }),
    );
  });

  test('are used to at least 98 percent of the limit while somebody always asks', () => {
    const tokens = busyMinute({ tokensPerMinute: 200_000 }, 1_000) * 1_000;
    expect(tokens).toBeGreaterThanOrEqual(0.98 * 200_000);
    expect(tokens).toBeLessThanOrEqual(202_000);
  });
});

describe("a day's quota", () => {
  test('is used to the last request, never beyond, and renews at midnight UTC', () => {
    const limit = { perDay: 10 };
    const first = slotted(claimSlots(NEW_PACE, limit, NOON, calls(7)));
    expect(first.slots).toHaveLength(7);
    const second = slotted(claimSlots(first.state, limit, NOON + 1, calls(7)));
    expect(second.slots).toHaveLength(3);
    expect(claimSlots(second.state, limit, MIDNIGHT - 1, calls(1))).toEqual({
      kind: 'exhausted',
      until: MIDNIGHT,
    });
    expect(slotsOf(claimSlots(second.state, limit, MIDNIGHT, calls(20)))).toHaveLength(10);
  });

  test('of tokens is never passed, and renews at midnight UTC', () => {
    const limit = { tokensPerDay: 1_000 };
    const first = slotted(claimSlots(NEW_PACE, limit, NOON, [400, 400, 400]));
    expect(first.slots).toHaveLength(2);
    expect(claimSlots(first.state, limit, NOON + 1, [400])).toEqual({ kind: 'exhausted', until: MIDNIGHT });
    expect(slotsOf(claimSlots(first.state, limit, NOON + 1, [200]))).toHaveLength(1);
    expect(slotsOf(claimSlots(first.state, limit, MIDNIGHT, [400, 400]))).toHaveLength(2);
  });

  test('of tokens stops no call that alone is larger: the provider says what it thinks of it', () => {
    expect(slotsOf(claimSlots(NEW_PACE, { tokensPerDay: 1_000 }, NOON, [5_000]))).toHaveLength(1);
  });

  test('holds for every order of asking', () => {
    const quotas = fc.record({
      perDay: fc.integer({ min: 0, max: 60 }),
      tokensPerDay: fc.integer({ min: 3_000, max: 60_000 }),
    });
    fc.assert(
      fc.property(quotas, perSecond, events, (quota, rate, happened) => {
        const { calls } = play({ ...quota, perSecond: rate }, happened);
        expect(calls.length).toBeLessThanOrEqual(quota.perDay);
        expect(calls.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(quota.tokensPerDay);
      }),
    );
  });
});

describe('when the provider takes less than was sent', () => {
  const limit = { perSecond: 50 };

  test('a little less than what it took is sent from then on', () => {
    const lowered = lower(NEW_PACE, limit, NOON, 0.5);
    const now = NOON + 1;
    expect(factorAt(lowered, limit, now)).toBeGreaterThan(0.47);
    expect(factorAt(lowered, limit, now)).toBeLessThan(0.5);
    const { slots } = slotted(claimSlots(lowered, limit, now, calls(2)));
    expect((slots[1] ?? 0) - (slots[0] ?? 0)).toBeGreaterThan(2 * 20);
  });

  test('the pace stays for ten seconds and 400 calls, whichever takes longer, then rises to the whole limit', () => {
    for (const perSecond of [5, 50, 500]) {
      const lowered = lower(NEW_PACE, { perSecond }, NOON, 0.5);
      const patience = Math.max(10, 400 / (perSecond * 0.99 * lowered.factor)) * 1_000;
      const at = (ms: number) => factorAt(lowered, { perSecond }, NOON + ms);
      expect(at(patience - 1)).toBe(lowered.factor);
      expect(at(patience + 5_000)).toBeCloseTo(lowered.factor * 1.1);
      expect(at(patience + 100_000)).toBe(1);
    }
  });

  test('never falls to nothing, and rises again from the lowest', () => {
    const slowest = Array.from({ length: 50 }).reduce<PaceState>(
      (state, _, n) => lower(state, limit, NOON + n * 300, 0),
      NEW_PACE,
    );
    expect(slowest.factor).toBe(0.02);
    expect(factorAt(slowest, limit, NOON + 24 * 3_600_000)).toBe(1);
  });

  test('the pace never rises by a finding, and a worse one never leaves it higher', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const start = fc.double({ min: 0.02, max: 1, noNaN: true });
    fc.assert(
      fc.property(start, share, share, (factor, one, other) => {
        const state = { ...NEW_PACE, factor, loweredAt: NOON };
        const [worse, better] = [Math.min(one, other), Math.max(one, other)].map(
          (taken) => lower(state, limit, NOON + 1, taken).factor,
        );
        expect(worse).toBeLessThanOrEqual(better as number);
        expect(better).toBeLessThanOrEqual(factor);
      }),
    );
  });
});

describe('when the provider asks to wait', () => {
  test('nothing is sent for as long', () => {
    const held = holdUntil(NEW_PACE, NOON + 3_000);
    expect(slotsOf(claimSlots(held, { perSecond: 50 }, NOON + 10, calls(1)))).toEqual([NOON + 3_000]);
  });

  test('the pace afterwards is as before', () => {
    expect(holdUntil({ ...NEW_PACE, factor: 0.7 }, NOON)).toMatchObject({ factor: 0.7, loweredAt: 0 });
  });

  test('waiting is never cut short by a shorter wait', () => {
    const asked = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(asked, asked, (one, other) => {
        const { next } = holdUntil(holdUntil(NEW_PACE, NOON + one), NOON + other);
        expect(next).toBe(NOON + Math.max(one, other));
      }),
    );
  });
});

type Happened = { afterMs: number; waiting: number[]; taken: number | null }[];

/** `queue`: those still waiting go on asking till all have a slot. */
function play(limit: RateLimit, happened: Happened, queue: number[] = []) {
  let state = NEW_PACE;
  let now = NOON;
  const claims: { now: number; waiting: number[]; slots: number[] }[] = [];
  const ask = (waiting: number[]): number => {
    const claim = claimSlots(state, limit, now, waiting);
    if (claim.kind === 'exhausted') return 0;
    claims.push({ now, waiting, slots: claim.slots });
    state = claim.state;
    return claim.slots.length;
  };
  for (const { afterMs, waiting, taken } of happened) {
    now += afterMs;
    if (taken !== null) state = lower(state, limit, now, taken);
    else if (queue.length === 0) ask(waiting);
  }
  for (let left = queue; left.length > 0; now = Math.max(now, state.next)) left = left.slice(ask(left));
  const made = claims.flatMap(({ slots, waiting }) =>
    slots.map((slot, n) => ({ slot, tokens: waiting[n] ?? 0 })),
  );
  return { claims, calls: made };
}

/** How many calls of so many tokens begin in a minute when there are always more. */
function busyMinute(limit: RateLimit, tokens: number): number {
  let state = NEW_PACE;
  let taken = 0;
  for (let now = NOON; now < NOON + 60_000; now = Math.max(now + 1, Math.min(state.next, now + AHEAD_MS))) {
    const claim = slotted(claimSlots(state, limit, now, new Array(1_000).fill(tokens)));
    taken += claim.slots.filter((slot) => slot < NOON + 60_000).length;
    state = claim.state;
  }
  return taken;
}

function calls(count: number): number[] {
  return new Array(count).fill(0);
}

function slotted(claim: Claim): Extract<Claim, { kind: 'slots' }> {
  if (claim.kind === 'exhausted') throw new Error('the day is used up');
  return claim;
}

function slotsOf(claim: Claim): number[] {
  return slotted(claim).slots;
}
