import type { RateLimit } from './settings.ts';

/** What all workers share about the limits of one account. Times are epoch milliseconds. */
export interface PaceState {
  /** The first slot that nobody has taken. */
  next: number;
  /** UTC day, `2026-11-21`, that the next two count. */
  day: string;
  used: number;
  usedTokens: number;
  /** Share of the limit in use since `loweredAt`: what the provider was seen to take. */
  factor: number;
  /** When the provider was last found to take less than we sent; 0: never. */
  loweredAt: number;
}

export type Claim =
  | { kind: 'slots'; slots: number[]; state: PaceState }
  /** The day's quota is used up; it renews at `until`. */
  | { kind: 'exhausted'; until: number };

/** A worker takes no slot further ahead than this, so that a dead one wastes little. */
export const AHEAD_MS = 250;

/** Kept below the limit, for clocks and timers that are not exact. */
const MARGIN = 0.99;
/** Requests that go well, and seconds, before a lowered rate is tried a little higher. */
const PATIENCE_REQUESTS = 400;
const PATIENCE_SECONDS = 10;
/** Of the lowered rate, per second, once patience is over. */
const RECOVERY_PER_SECOND = 0.02;
const SLOWEST = 0.02;

export const NEW_PACE: PaceState = { next: 0, day: '', used: 0, usedTokens: 0, factor: 1, loweredAt: 0 };

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
  const slots: number[] = [];
  let next = Math.max(state.next, now);
  for (const tokens of waiting) {
    if (used + 1 > (limit.perDay ?? Number.POSITIVE_INFINITY)) break;
    // A call that alone is larger than the day's tokens is the provider's to refuse.
    if (usedTokens > 0 && usedTokens + tokens > (limit.tokensPerDay ?? Number.POSITIVE_INFINITY)) break;
    if (slots.length > 0 && next > now + AHEAD_MS) break;
    slots.push(next);
    next += intervalOf(limit, tokens) / factor;
    used += 1;
    usedTokens += tokens;
  }
  if (slots.length === 0) return { kind: 'exhausted', until: startOfNextDay(now) };
  return { kind: 'slots', slots, state: { ...state, next, day: today, used, usedTokens } };
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

/**
 * The provider was seen to take `taken` (0 to 1) of what was sent at the present rate: from now on a little less than
 * that is sent. Whoever finds that out from calls sent before `loweredAt` has found nothing new.
 */
export function lower(state: PaceState, limit: RateLimit, now: number, taken: number): PaceState {
  const factor = factorAt(state, limit, now) * Math.min(0.98, Math.max(0.3, taken)) * 0.98;
  return { ...state, factor: Math.max(SLOWEST, factor), loweredAt: now };
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
  return Math.min(1, state.factor * (1 + seconds * RECOVERY_PER_SECOND));
}

export function utcDay(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

export function startOfNextDay(now: number): number {
  const day = new Date(now);
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate() + 1);
}
