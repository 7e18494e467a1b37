import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AHEAD_MS, claimSlots, NEW_PACE, type PaceState, slowDown } from '../../src/domain/pacing.ts';
import type { RateLimit } from '../../src/domain/settings.ts';

const NOON = Date.UTC(2026, 10, 21, 12);
const perSecond = fc.double({ min: 0.2, max: 2_000, noNaN: true });

/** What happens to a lane: some time passes, then somebody asks for slots or is throttled. */
const events = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 400 }),
    wanted: fc.integer({ min: 1, max: 200 }),
    throttled: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
);

describe('slots', () => {
  test('never come faster than the limit, whatever is asked for and whenever', () => {
    fc.assert(
      fc.property(perSecond, events, (rate, happened) => {
        const { slots } = play({ perSecond: rate }, happened);
        const apart = slots.slice(1).map((slot, n) => slot - slots[n]!);
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

  test('are no more than asked for, and never none', () => {
    fc.assert(
      fc.property(perSecond, events, (rate, happened) => {
        for (const { wanted, slots } of play({ perSecond: rate }, happened).claims) {
          expect(slots.length).toBeGreaterThanOrEqual(1);
          expect(slots.length).toBeLessThanOrEqual(wanted);
        }
      }),
    );
  });

  test('use at least 98 percent of the limit while somebody always asks', () => {
    let state = NEW_PACE;
    let taken = 0;
    for (let now = NOON; now < NOON + 60_000; now = Math.max(now + 1, Math.min(state.next, now + AHEAD_MS))) {
      const claim = claimSlots(state, { perSecond: 50 }, now, 1_000);
      if (claim.kind === 'exhausted') throw new Error('there is no day quota');
      taken += claim.slots.length;
      state = claim.state;
    }
    expect(taken).toBeGreaterThanOrEqual(0.98 * 50 * 60);
    expect(taken).toBeLessThanOrEqual(50 * 60 + 50 * (AHEAD_MS / 1_000));
  });

  test('without a limit per second are all at once', () => {
    expect(claimSlots(NEW_PACE, { perDay: 100 }, NOON, 5)).toMatchObject({
      slots: [NOON, NOON, NOON, NOON, NOON],
    });
  });
});

describe("a day's quota", () => {
  test('is used to the last request, never beyond, and renews at midnight UTC', () => {
    const limit = { perDay: 10 };
    const first = claimSlots(NEW_PACE, limit, NOON, 7);
    expect(first).toMatchObject({ kind: 'slots', slots: { length: 7 } });
    const state = (first as { state: PaceState }).state;
    const second = claimSlots(state, limit, NOON + 1, 7);
    expect(second).toMatchObject({ kind: 'slots', slots: { length: 3 } });
    const used = (second as { state: PaceState }).state;
    const midnight = Date.UTC(2026, 10, 22);
    expect(claimSlots(used, limit, midnight - 1, 1)).toEqual({ kind: 'exhausted', until: midnight });
    expect(claimSlots(used, limit, midnight, 20)).toMatchObject({ kind: 'slots', slots: { length: 10 } });
  });

  test('holds for every order of asking', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), perSecond, events, (perDay, rate, happened) => {
        expect(play({ perDay, perSecond: rate }, happened).slots.length).toBeLessThanOrEqual(perDay);
      }),
    );
  });
});

describe('after throttling', () => {
  const busy = { ...NEW_PACE, next: NOON, factorAt: NOON };

  test('nothing is sent for as long as the provider asks', () => {
    expect(claimSlots(slowDown(busy, NOON, 3_000), { perSecond: 50 }, NOON + 10, 1)).toMatchObject({
      slots: [NOON + 3_000],
    });
  });

  test('requests that were in flight together count as one sign', () => {
    const once = slowDown(busy, NOON);
    const thrice = [1, 2].reduce((state, ms) => slowDown(state, NOON + ms), once);
    expect(thrice.factor).toBeCloseTo(once.factor, 2);
  });

  test('the pace falls no lower than a twentieth, and is whole again within twenty seconds', () => {
    const slowest = Array.from({ length: 50 }).reduce<PaceState>(
      (state, _, n) => slowDown(state, NOON + n * 300),
      busy,
    );
    expect(slowest.factor).toBeGreaterThanOrEqual(0.05);
    expect(slowest.factor).toBeLessThan(0.1);
    const later = claimSlots(slowest, { perSecond: 50 }, slowest.factorAt + 20_000, 1);
    expect((later as { state: PaceState }).state.factor).toBe(1);
  });

  test('waiting is never cut short by a shorter wait', () => {
    const asked = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(asked, asked, (one, other) => {
        const { next } = slowDown(slowDown(busy, NOON, one), NOON, other);
        expect(next).toBe(NOON + Math.max(one, other));
      }),
    );
  });
});

type Happened = { afterMs: number; wanted: number; throttled: boolean }[];

function play(limit: RateLimit, happened: Happened) {
  let state = NEW_PACE;
  let now = NOON;
  const claims: { now: number; wanted: number; slots: number[] }[] = [];
  for (const { afterMs, wanted, throttled } of happened) {
    now += afterMs;
    if (throttled) {
      state = slowDown(state, now);
      continue;
    }
    const claim = claimSlots(state, limit, now, wanted);
    if (claim.kind === 'exhausted') continue;
    claims.push({ now, wanted, slots: claim.slots });
    state = claim.state;
  }
  return { claims, slots: claims.flatMap(({ slots }) => slots) };
}
