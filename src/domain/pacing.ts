import type { RateLimit } from './settings.ts';

/** What all workers share about one provider's limit. Times are epoch milliseconds. */
export interface PaceState {
  /** The first slot that nobody has taken. */
  next: number;
  /** UTC day, `2026-11-21`, that `used` counts. */
  day: string;
  used: number;
  /** Share of the limit in use: 1, and less for a while after the provider has throttled. */
  factor: number;
  /** When `factor` was last brought up to date. */
  factorAt: number;
}

export type Claim =
  | { kind: 'slots'; slots: number[]; state: PaceState }
  /** The day's quota is used up; it renews at `until`. */
  | { kind: 'exhausted'; until: number };

/** A worker takes no slot further ahead than this, so that a dead one wastes little. */
export const AHEAD_MS = 250;

/** Kept below the limit, for clocks and timers that are not exact. */
const MARGIN = 0.99;
const RECOVERY_PER_SECOND = 0.05;
const SLOWEST = 0.05;

export const NEW_PACE: PaceState = { next: 0, day: '', used: 0, factor: 1, factorAt: 0 };

/** Takes up to `wanted` future slots, evenly spaced at the limit. Always at least one, unless the day is used up. */
export function claimSlots(state: PaceState, limit: RateLimit, now: number, wanted: number): Claim {
  const today = new Date(now).toISOString().slice(0, 10);
  const used = state.day === today ? state.used : 0;
  const left = (limit.perDay ?? Number.POSITIVE_INFINITY) - used;
  if (left < 1) return { kind: 'exhausted', until: startOfNextDay(now) };

  const factor = recovered(state, now);
  const interval = limit.perSecond ? 1000 / (limit.perSecond * MARGIN * factor) : 0;
  const start = Math.max(state.next, now);
  const fitting = interval === 0 ? wanted : Math.max(1, Math.floor((now + AHEAD_MS - start) / interval));
  const count = Math.max(1, Math.min(wanted, fitting, left));
  const slots = Array.from({ length: count }, (_, index) => start + index * interval);
  return {
    kind: 'slots',
    slots,
    state: { next: start + count * interval, day: today, used: used + count, factor, factorAt: now },
  };
}

/** After a throttled request: nothing before `retryAfterMs` has passed, and slower from then on. */
export function slowDown(state: PaceState, now: number, retryAfterMs = 500): PaceState {
  const sinceLast = now - state.factorAt;
  const factor = recovered(state, now);
  // Requests that were in flight together are throttled together: they count as one sign.
  const lowered = state.factor < 1 && sinceLast < 250 ? factor : Math.max(SLOWEST, factor * 0.7);
  return { ...state, next: Math.max(state.next, now + retryAfterMs), factor: lowered, factorAt: now };
}

function recovered(state: PaceState, now: number): number {
  const seconds = Math.max(0, now - state.factorAt) / 1000;
  return Math.min(1, state.factor + seconds * RECOVERY_PER_SECOND);
}

function startOfNextDay(now: number): number {
  const day = new Date(now);
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate() + 1);
}
