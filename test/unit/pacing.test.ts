import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AHEAD_MS,
  type Claim,
  claimSlots,
  factorAt,
  holdUntil,
  intervalOf,
  isLate,
  NEW_PACE,
  nextSlot,
  type PaceState,
  postpone,
  refuse,
  type Slot,
} from '../../src/domain/pacing.ts';
import type { RateLimit } from '../../src/domain/settings.ts';

const NOON = Date.UTC(2026, 10, 21, 12);
const MIDNIGHT = Date.UTC(2026, 10, 22);
const perSecond = fc.double({ min: 0.2, max: 2_000, noNaN: true });

/** What happens to a lane: some time passes, then somebody asks for slots, or the last ones turn out refused. */
const events = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 400 }),
    waiting: fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 100 }),
    refused: fc.boolean(),
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

  test('are no further ahead than a worker may lose, and in the past by no more than half a burst', () => {
    fc.assert(
      fc.property(perSecond, events, (rate, happened) => {
        for (const { now, slots } of play({ perSecond: rate }, happened).claims) {
          const interval = intervalOf({ perSecond: rate });
          const early = Math.max(0, (250 - interval) / 2);
          expect(slots[0]?.at).toBeGreaterThanOrEqual(now - early);
          expect(slots.every(({ at }) => at <= now + AHEAD_MS)).toBe(true);
        }
      }),
    );
  });

  test('are no more than wait; when none is near enough to be taken, it is said when', () => {
    fc.assert(
      fc.property(perSecond, events, (rate, happened) => {
        const { claims, later } = play({ perSecond: rate }, happened);
        for (const { waiting, slots } of claims) {
          expect(slots.length).toBeGreaterThanOrEqual(1);
          expect(slots.length).toBeLessThanOrEqual(waiting.length);
        }
        for (const { now, at } of later) expect(at).toBeGreaterThan(now);
      }),
    );
  });

  test('at up to ten a second are taken singly and shortly before, so that a worker that stands still loses none', () => {
    const limit = { perSecond: 5 };
    const first = slotted(claimSlots(NEW_PACE, limit, NOON, calls(9)));
    expect(first.slots).toHaveLength(1);
    const next = nextSlot(first.state, limit, NOON);
    expect(claimSlots(first.state, limit, NOON, calls(9))).toEqual({ kind: 'later', at: next - 30 });
    expect(slotsOf(claimSlots(first.state, limit, next - 30, calls(9)))).toEqual([next]);
  });

  test('at higher rates are taken in blocks, and not before the next one is in sight', () => {
    const limit = { perSecond: 500 };
    const first = slotted(claimSlots(NEW_PACE, limit, NOON, calls(900)));
    expect(first.slots.length).toBeGreaterThan(120);
    const next = nextSlot(first.state, limit, NOON);
    expect(claimSlots(first.state, limit, NOON, calls(9))).toEqual({ kind: 'later', at: next - 200 });
    expect(slotsOf(claimSlots(first.state, limit, next - 200, calls(9)))).toHaveLength(9);
  });

  test.each([
    ['second', { perSecond: 50 }, 50 * 60],
    ['minute', { perMinute: 500 }, 500],
  ] as const)('use at least 98 percent of the limit per %s while somebody always asks', (_, limit, most) => {
    const taken = busyMinute(limit, 0);
    expect(taken).toBeGreaterThanOrEqual(0.98 * most);
    expect(taken).toBeLessThanOrEqual(most * (1 + AHEAD_MS / 60_000) + 1);
  });

  test('follow a tuned limit at once, a raised one and a lowered one', () => {
    const before = slotted(claimSlots(NEW_PACE, { perMinute: 2 }, NOON, calls(1))).state;
    expect(nextSlot(before, { perMinute: 2 }, NOON)).toBeCloseTo(NOON + 30_000 / 0.99);
    expect(nextSlot(before, { perMinute: 600 }, NOON)).toBeCloseTo(NOON + 100 / 0.99);
    expect(nextSlot(before, { perMinute: 1 }, NOON)).toBeCloseTo(NOON + 60_000 / 0.99);
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
        const { calls } = play(
          { tokensPerMinute: 10_000 },
          [{ afterMs: 0, waiting, refused: false }],
          waiting,
        );
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

describe('slot numbers', () => {
  test('follow one another, and no slot has that of another', () => {
    fc.assert(
      fc.property(perSecond, events, (rate, happened) => {
        const { claims } = play({ perSecond: rate }, happened);
        const numbers = claims.flatMap(({ slots }) => slots.map(({ number }) => number));
        expect(numbers).toEqual(numbers.map((_, n) => n));
      }),
    );
  });
});

describe('when the provider takes less than was sent', () => {
  const limit = { perSecond: 50 };
  const busy: PaceState = { ...NEW_PACE, handedOut: 200, last: { at: NOON, tokens: 0 } };
  const everyOther = Array.from({ length: 20 }, (_, n) => 150 + 2 * n);

  test('what may be chance changes nothing: one refusal, two, some at one moment, some far apart, fewer than one of 200', () => {
    const far = [10, 400, 800, 1_200];
    const few = [100, 390, 680, 970, 1_260];
    for (const slots of [[150], [150, 190], [150, 151, 152, 153], far, few]) {
      const one = { ...busy, handedOut: 2_000 };
      expect(factorAt(refuse(one, limit, NOON, slots), limit, NOON)).toBe(1);
      const singly = slots.reduce((state, slot) => refuse(state, limit, NOON, [slot]), one);
      expect(factorAt(singly, limit, NOON)).toBe(1);
    }
  });

  test('a little less than what it took is sent from then on', () => {
    const lowered = refuse(busy, limit, NOON, everyOther);
    const factor = factorAt(lowered, limit, NOON);
    expect(factor).toBeGreaterThan(0.45);
    expect(factor).toBeLessThan(0.53);
    const { slots } = slotted(claimSlots(lowered, limit, NOON + 1_000, calls(2)));
    expect((slots[1]?.at ?? 0) - (slots[0]?.at ?? 0)).toBeCloseTo(20 / 0.99 / factor);
  });

  test('nothing is sent until what it allows at once has come back', () => {
    const lowered = refuse(busy, limit, NOON, everyOther);
    expect(nextSlot(lowered, limit, NOON)).toBeGreaterThanOrEqual(NOON + AHEAD_MS);
    expect(nextSlot(lowered, limit, NOON)).toBeLessThan(NOON + 1_000);
  });

  test('refusals of calls that went at the rate before are not counted again', () => {
    const lowered = refuse(busy, limit, NOON, everyOther);
    const late = everyOther.map((slot) => slot + 1);
    expect(refuse(lowered, limit, NOON + 100, late)).toEqual(lowered);
    expect(late.every((slot) => slot < lowered.loweredFrom)).toBe(true);
  });

  test('it is found out from any workers together, in whatever parts they tell it', () => {
    const parts = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(parts, (sizes) => {
        let state: PaceState = busy;
        for (let left = everyOther, n = 0; left.length > 0; n += 1) {
          state = refuse(state, limit, NOON, left.slice(0, sizes[n]));
          left = left.slice(sizes[n]);
        }
        expect(state.factor).toBeGreaterThan(0.4);
        expect(state.factor).toBeLessThan(0.6);
      }),
    );
  });

  test('the pace stays for fifteen seconds and a thousand calls, whichever takes longer, then rises to the whole limit', () => {
    for (const rate of [5, 50, 500]) {
      const lowered = { ...busy, factor: 0.5, loweredAt: NOON };
      const patience = Math.max(15, 1_000 / (rate * 0.99 * 0.5)) * 1_000;
      const at = (ms: number) => factorAt(lowered, { perSecond: rate }, NOON + ms);
      expect(at(patience - 1)).toBe(0.5);
      expect(at(patience + 5_000)).toBeGreaterThan(0.51);
      expect(at(patience + 5_000)).toBeLessThan(0.55);
      expect(at(patience + 120_000)).toBe(1);
    }
  });

  test('it never falls to nothing, and rises again from the lowest', () => {
    const all = Array.from({ length: 60 }, (_, n) => n);
    let slowest: PaceState = NEW_PACE;
    for (let n = 0; n < 50; n += 1) {
      const slots = all.map((slot) => slot + slowest.handedOut);
      slowest = refuse({ ...slowest, handedOut: slowest.handedOut + 60 }, limit, NOON + n * 300, slots);
    }
    expect(slowest.factor).toBe(0.02);
    expect(factorAt(slowest, limit, NOON + 24 * 3_600_000)).toBe(1);
  });

  test('no refusal ever raises the pace', () => {
    const refused = fc.uniqueArray(fc.integer({ min: 0, max: 199 }), { maxLength: 100 });
    const factor = fc.double({ min: 0.02, max: 1, noNaN: true });
    fc.assert(
      fc.property(factor, refused, (factor, slots) => {
        const state = { ...busy, factor, loweredAt: NOON - 1 };
        expect(refuse(state, limit, NOON, slots).factor).toBeLessThanOrEqual(factor);
      }),
    );
  });
});

describe('where bursts are small', () => {
  const limit = { perSecond: 5 };
  const { slots, state } = slotted(claimSlots(NEW_PACE, limit, NOON, calls(1)));
  const slot = slots[0] as Slot;

  test('a call that is sent late makes the next one wait, whoever has that', () => {
    const sentAt = slot.at + 120;
    expect(isLate(slot, sentAt)).toBe(true);
    const next = nextSlot(postpone(state, slot, sentAt), limit, sentAt);
    expect(next - sentAt).toBeGreaterThanOrEqual(175);
    expect(next - sentAt).toBeLessThan(202);
  });

  test('a call that is sent nearly in time changes nothing', () => {
    expect(isLate(slot, slot.at + 25)).toBe(false);
    expect(nextSlot(postpone(state, slot, slot.at + 20), limit, NOON)).toBe(nextSlot(state, limit, NOON));
  });

  test('below four a second no call comes before its time', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 3.95, noNaN: true }), fc.integer({ max: 20 }), (rate, late) => {
        const slow = { perSecond: rate };
        const first = slotted(claimSlots(NEW_PACE, slow, NOON, calls(1)));
        const sentAt = (first.slots[0] as Slot).at + late;
        const next = nextSlot(first.state, slow, sentAt);
        expect(next - sentAt).toBeGreaterThanOrEqual(1_000 / rate - 5);
      }),
    );
  });

  test('at high rates a burst is larger than such delays, and nobody tells of them', () => {
    const fast = slotted(claimSlots(NEW_PACE, { perSecond: 50 }, NOON, calls(1))).slots[0] as Slot;
    expect(isLate(fast, fast.at + 140)).toBe(false);
  });
});

describe('when the provider asks to wait', () => {
  test('nothing is sent for as long', () => {
    const limit = { perSecond: 50 };
    const held = holdUntil(NEW_PACE, NOON + 3_000);
    expect(nextSlot(held, limit, NOON + 10)).toBe(NOON + 3_000);
    expect(claimSlots(held, limit, NOON + 10, calls(1))).toMatchObject({ kind: 'later' });
    expect(slotsOf(claimSlots(held, limit, NOON + 2_950, calls(1)))).toEqual([NOON + 3_000]);
  });

  test('a raised limit does not cut the wait short', () => {
    const held = holdUntil({ ...NEW_PACE, last: { at: NOON, tokens: 0 } }, NOON + 3_000);
    expect(nextSlot(held, { perSecond: 5_000 }, NOON)).toBe(NOON + 3_000);
  });

  test('the pace afterwards is as before', () => {
    expect(holdUntil({ ...NEW_PACE, factor: 0.7 }, NOON)).toMatchObject({ factor: 0.7, loweredAt: 0 });
  });

  test('waiting is never cut short by a shorter wait', () => {
    const asked = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(asked, asked, (one, other) => {
        const { notBefore } = holdUntil(holdUntil(NEW_PACE, NOON + one), NOON + other);
        expect(notBefore).toBe(NOON + Math.max(one, other));
      }),
    );
  });
});

type Happened = { afterMs: number; waiting: number[]; refused: boolean }[];

/** `queue`: those still waiting go on asking till all have a slot. */
function play(limit: RateLimit, happened: Happened, queue: number[] = []) {
  let state = NEW_PACE;
  let now = NOON;
  const claims: { now: number; waiting: number[]; slots: Slot[] }[] = [];
  const later: { now: number; at: number }[] = [];
  const ask = (waiting: number[]): number => {
    const claim = claimSlots(state, limit, now, waiting);
    if (claim.kind === 'later') later.push({ now, at: claim.at });
    if (claim.kind !== 'slots') return 0;
    claims.push({ now, waiting, slots: claim.slots });
    state = claim.state;
    return claim.slots.length;
  };
  for (const { afterMs, waiting, refused } of happened) {
    now += afterMs;
    const latest = claims.at(-1)?.slots.map(({ number }) => number) ?? [];
    if (refused) state = refuse(state, limit, now, latest);
    else if (queue.length === 0) ask(waiting);
  }
  for (let left = queue; left.length > 0; now = Math.max(now, nextSlot(state, limit, now)))
    left = left.slice(ask(left));
  const made = claims.flatMap(({ slots, waiting }) =>
    slots.map(({ at }, n) => ({ slot: at, tokens: waiting[n] ?? 0 })),
  );
  return { claims, later, calls: made };
}

/** How many calls of so many tokens begin in a minute when there are always more. */
function busyMinute(limit: RateLimit, tokens: number): number {
  let state = NEW_PACE;
  let taken = 0;
  for (let now = NOON; now < NOON + 60_000; ) {
    const claim = claimSlots(state, limit, now, new Array(1_000).fill(tokens));
    if (claim.kind === 'exhausted') throw new Error('the day is used up');
    if (claim.kind === 'later') {
      now = Math.max(now + 1, claim.at);
    } else {
      taken += claim.slots.filter(({ at }) => at < NOON + 60_000).length;
      state = claim.state;
    }
  }
  return taken;
}

function calls(count: number): number[] {
  return new Array(count).fill(0);
}

function slotted(claim: Claim): Extract<Claim, { kind: 'slots' }> {
  if (claim.kind !== 'slots') throw new Error(`no slots: ${claim.kind}`);
  return claim;
}

function slotsOf(claim: Claim): number[] {
  return slotted(claim).slots.map(({ at }) => at);
}
