import type { RateLimit } from './settings.ts';

/** What all workers share about the limits of one account. Times are epoch milliseconds. */
export interface PaceState {
  /** The first slot that nobody has taken. */
  next: number;
  /** UTC day, `2026-11-21`, that the next two count. */
  day: string;
  used: number;
  usedTokens: number;
  /** Slots that were ever handed out: the number of the next one. */
  handedOut: number;
  /** Of the slots whose calls were refused lately: the first, the last, and how many. */
  refused: { first: number; last: number; count: number } | null;
  /** Share of the limit in use since `loweredAt`: what the provider was seen to take. */
  factor: number;
  /** When the provider was last found to take less than we sent; 0: never. */
  loweredAt: number;
  /** The first slot at that rate. Refusals of earlier ones speak of the rate before. */
  loweredFrom: number;
}

export interface Slot {
  /** Epoch milliseconds. */
  at: number;
  number: number;
}

export type Claim =
  | { kind: 'slots'; slots: Slot[]; state: PaceState }
  /** The day's quota is used up; it renews at `until`. */
  | { kind: 'exhausted'; until: number };

/** A worker takes no slot further ahead than this, so that a dead one wastes little. */
export const AHEAD_MS = 250;

/** Kept below the limit, for clocks and timers that are not exact. */
const MARGIN = 0.99;
/** Requests that go well, and seconds, before a lowered rate is tried a little higher. */
const PATIENCE_REQUESTS = 1_000;
const PATIENCE_SECONDS = 15;
/** Of the lowered rate, per second and per second squared, once patience is over: slow near the limit that was found. */
const RECOVERY = [0.008, 0.0002] as const;
const SLOWEST = 0.02;

export const NEW_PACE: PaceState = {
  next: 0,
  day: '',
  used: 0,
  usedTokens: 0,
  handedOut: 0,
  refused: null,
  factor: 1,
  loweredAt: 0,
  loweredFrom: 0,
};

/** Refusals are judged over at least so many calls and so long: some come together by chance, or by a late timer. */
const LEAST_CALLS = 20;
const LEAST_MS = 500;
/** Fewer than this are chance. */
const LEAST_REFUSED = 3;
const LEAST_SHARE = 0.01;
/** After so many calls without a refusal the next one has nothing to do with those before. */
const APART = 300;

/**
 * Takes future slots for the first of `waiting`, calls of so many tokens each, evenly spaced at the limit. Always
 * at least one, unless the day is used up.
 */
export function claimSlots(
  state: PaceState,
  limit: RateLimit,
  now: number,
  waiting: readonly number[],
): Claim {
  const today = utcDay(now);
  let { used, usedTokens } = state.day === today ? state : { used: 0, usedTokens: 0 };
  const factor = factorAt(state, limit, now);
  const slots: Slot[] = [];
  let next = Math.max(state.next, now);
  for (const tokens of waiting) {
    if (used + 1 > (limit.perDay ?? Number.POSITIVE_INFINITY)) break;
    // A call that alone is larger than the day's tokens is the provider's to refuse.
    if (usedTokens > 0 && usedTokens + tokens > (limit.tokensPerDay ?? Number.POSITIVE_INFINITY)) break;
    if (slots.length > 0 && next > now + AHEAD_MS) break;
    slots.push({ at: next, number: state.handedOut + slots.length });
    next += intervalOf(limit, tokens) / factor;
    used += 1;
    usedTokens += tokens;
  }
  if (slots.length === 0) return { kind: 'exhausted', until: startOfNextDay(now) };
  const handedOut = state.handedOut + slots.length;
  return { kind: 'slots', slots, state: { ...state, next, day: today, used, usedTokens, handedOut } };
}

/** Milliseconds between a call of so many tokens and the next, at the full limit. */
export function intervalOf({ perSecond, perMinute, tokensPerMinute }: RateLimit, tokens = 0): number {
  const intervals = [
    perSecond ? 1_000 / perSecond : 0,
    perMinute ? 60_000 / perMinute : 0,
    tokensPerMinute ? (60_000 * tokens) / tokensPerMinute : 0,
  ];
  return Math.max(...intervals) / MARGIN;
}

/** The calls of these slots were refused. When that is no chance, the rate is lowered to what the provider takes. */
export function refuse(state: PaceState, limit: RateLimit, now: number, slots: readonly number[]): PaceState {
  const refused = slots.filter((slot) => slot >= state.loweredFrom).reduce(counted, state.refused);
  if (refused === null) return state;
  const span = refused.last - refused.first;
  const factor = factorAt(state, limit, now);
  const least = Math.max(LEAST_CALLS, (LEAST_MS * factor) / intervalOf(limit));
  const share = (refused.count - 1) / span;
  if (refused.count < LEAST_REFUSED || span < least || share < LEAST_SHARE) return { ...state, refused };
  // One refusal more or less in the span is chance: it is counted on the safe side.
  const lowered = Math.max(SLOWEST, factor * Math.max(0.3, 1 - share) * (1 - 0.5 / span) * 0.99);
  return {
    ...state,
    // What the provider allows at once is used up, and has to come back first.
    next: Math.max(state.next, now + Math.max(AHEAD_MS, (2 * intervalOf(limit)) / lowered)),
    refused: null,
    factor: lowered,
    loweredAt: now,
    loweredFrom: state.handedOut,
  };
}

function counted(before: PaceState['refused'], slot: number): PaceState['refused'] {
  if (before === null || slot - before.last > APART) return { first: slot, last: slot, count: 1 };
  const { first, last, count } = before;
  return { first: Math.min(first, slot), last: Math.max(last, slot), count: count + 1 };
}

/** Nothing is sent before this time: the provider has asked for it. */
export function holdUntil(state: PaceState, time: number): PaceState {
  return { ...state, next: Math.max(state.next, time) };
}

/** Stays at what was taken for a while, since every trial above it costs refusals; then rises. */
export function factorAt(state: PaceState, limit: RateLimit, now: number): number {
  if (state.factor >= 1) return 1;
  const requests = (PATIENCE_REQUESTS * intervalOf(limit)) / 1_000 / state.factor;
  const patience = Math.max(PATIENCE_SECONDS, requests);
  const seconds = Math.max(0, (now - state.loweredAt) / 1_000 - patience);
  return Math.min(1, state.factor * (1 + seconds * (RECOVERY[0] + seconds * RECOVERY[1])));
}

/**
 * A call that was sent late (a busy machine, a slow declaration) must not be followed too soon by one that is in
 * time: a provider with a small burst would refuse it. At high rates bursts are larger than such delays. Below the
 * interval by more than a declaration takes: otherwise each call makes the next one a little later.
 */
export function leastSpacing(limit: RateLimit): number {
  const spacing = intervalOf({ ...limit, tokensPerMinute: 0 });
  return spacing < 100 ? 0 : spacing * 0.9;
}

/** Later than this a slot is not used any more: the calls of other workers follow it too soon. */
export function tolerance(limit: RateLimit): number {
  return leastSpacing(limit) === 0 ? 200 : 40;
}

export function utcDay(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

export function startOfNextDay(now: number): number {
  const day = new Date(now);
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate() + 1);
}
