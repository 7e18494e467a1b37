import type { RateLimit } from './settings.ts';

/** What all workers share about the limits of one account. Times are epoch milliseconds. */
export interface PaceState {
  /** The slot that was handed out last: when it is, and for how many tokens. */
  last: { at: number; tokens: number } | null;
  /** No slot is before this: the provider has asked for it, or has to recover, or the last call was sent late. */
  notBefore: number;
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
  /** Milliseconds to the slot after it. */
  interval: number;
}

export type Claim =
  | { kind: 'slots'; slots: Slot[]; state: PaceState }
  /** The next slot is too far away to be taken now. */
  | { kind: 'later'; at: number }
  /** The day's quota is used up; it renews at `until`. */
  | { kind: 'exhausted'; until: number };

/** A worker takes no slot further ahead than this, so that a dead one wastes little. */
export const AHEAD_MS = 250;
/** Who has slots takes more when the last one is nearer than this: so there is no gap. */
export const NEAR_MS = 100;
/** Who has none asks again when the next one is nearer than this: then it gets a few together, and in time. */
const IN_SIGHT_MS = 200;

/**
 * From such intervals on, slots are taken singly and shortly before they are due: a worker that stands still for a
 * moment would miss a larger part of them than the limit can spare, and bursts are too small to catch up.
 */
const LONG_INTERVAL_MS = 100;
const SHORTLY_MS = 30;

/** Providers grant as much at once as in this time, as a rule; but always one call. */
const BURST_MS = 250;
/** Where that is a single call, none may come early: calls are this much further apart, for unequal ways to the provider. */
const UNEQUAL_MS = 15;

/** Kept below the limit, for clocks and timers that are not exact. */
const MARGIN = 0.99;
/** Requests that go well, and seconds, before a lowered rate is tried a little higher. */
const PATIENCE_REQUESTS = 1_000;
const PATIENCE_SECONDS = 15;
/** Of the lowered rate, per second and per second squared, once patience is over: slow near the limit that was found. */
const RECOVERY = [0.008, 0.0002] as const;
const SLOWEST = 0.02;

export const NEW_PACE: PaceState = {
  last: null,
  notBefore: 0,
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
const LEAST_SHARE = 0.005;
/** After so many calls without a refusal the next one has nothing to do with those before. */
const APART = 300;

/**
 * Takes the next slots for the first of `waiting`, calls of so many tokens each, evenly spaced at the limit. At least
 * one, unless it is too far away or the day is used up.
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
  const long = spacing(limit, waiting[0], factor) >= LONG_INTERVAL_MS;
  const slots: Slot[] = [];
  let last = state.last;
  let next = nextSlot(state, limit, now);
  for (const tokens of waiting) {
    if (!fitsTheDay(limit, used, usedTokens, tokens)) break;
    if (next > now + (long ? SHORTLY_MS : AHEAD_MS)) {
      if (slots.length > 0) break;
      return { kind: 'later', at: next - (long ? SHORTLY_MS : IN_SIGHT_MS) };
    }
    const interval = spacing(limit, tokens, factor);
    slots.push({ at: next, number: state.handedOut + slots.length, interval });
    last = { at: next, tokens };
    next += interval;
    used += 1;
    usedTokens += tokens;
  }
  if (slots.length === 0) return { kind: 'exhausted', until: startOfNextDay(now) };
  const handedOut = state.handedOut + slots.length;
  return { kind: 'slots', slots, state: { ...state, last, day: today, used, usedTokens, handedOut } };
}

function fitsTheDay({ perDay, tokensPerDay }: RateLimit, used: number, usedTokens: number, tokens: number) {
  // A call that alone is larger than the day's tokens is the provider's to refuse.
  const tokensFit = usedTokens === 0 || usedTokens + tokens <= (tokensPerDay ?? Number.POSITIVE_INFINITY);
  return tokensFit && used < (perDay ?? Number.POSITIVE_INFINITY);
}

/** The first slot that nobody has taken. From the present limit, so that a tuned one holds at once. */
export function nextSlot(state: PaceState, limit: RateLimit, now: number): number {
  const factor = factorAt(state, limit, now);
  const interval = state.last === null ? 0 : spacing(limit, state.last.tokens, factor);
  // Who comes a little late is followed in time: otherwise each delay would lower the rate for good.
  const catchUp = factor === 1 && interval > 0 ? slack(interval) : 0;
  return Math.max((state.last?.at ?? 0) + interval, state.notBefore, now - catchUp);
}

function spacing(limit: RateLimit, tokens: number | undefined, factor: number): number {
  const interval = intervalOf(limit, tokens) / factor;
  // A limit per minute allows more at once, until the provider is found to take less.
  const strict = factor < 1 ? interval : intervalOf({ perSecond: limit.perSecond ?? 0 });
  return strict >= BURST_MS ? interval + UNEQUAL_MS : interval;
}

/** Half of how much earlier than an interval after the one before a call may come, at a provider with usual bursts. */
function slack(interval: number): number {
  return Math.max(0, BURST_MS - interval) / 2;
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
    notBefore: Math.max(state.notBefore, now + Math.max(AHEAD_MS, (2 * intervalOf(limit)) / lowered)),
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

/** Nothing is sent before this time, but what has a slot already. */
export function holdUntil(state: PaceState, time: number): PaceState {
  return { ...state, notBefore: Math.max(state.notBefore, time) };
}

/** Stays at what was taken for a while, since every trial above it costs refusals; then rises. */
export function factorAt(state: PaceState, limit: RateLimit, now: number): number {
  if (state.factor >= 1) return 1;
  const requests = (PATIENCE_REQUESTS * intervalOf(limit)) / 1_000 / state.factor;
  const patience = Math.max(PATIENCE_SECONDS, requests);
  const seconds = Math.max(0, (now - state.loweredAt) / 1_000 - patience);
  return Math.min(1, state.factor * (1 + seconds * (RECOVERY[0] + seconds * RECOVERY[1])));
}

/** Much later than it was meant to be a slot is not used any more: the calls of other workers follow it too soon. */
export function isTooLate({ at, interval }: Slot, now: number): boolean {
  return now - at > (interval >= LONG_INTERVAL_MS ? 150 : 200);
}

/** Whether the next call, maybe another worker's, would come too soon after one that was sent at this time. */
export function isLate({ at, interval }: Slot, sentAt: number): boolean {
  return interval >= LONG_INTERVAL_MS && sentAt - at > Math.max(2 * UNEQUAL_MS, slack(interval));
}

/** The call of this slot was sent late: the next one has to wait. */
export function postpone(state: PaceState, { interval }: Slot, sentAt: number): PaceState {
  return holdUntil(state, sentAt + interval - slack(interval));
}

export function utcDay(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

export function startOfNextDay(now: number): number {
  const day = new Date(now);
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate() + 1);
}
