import { formatUsd, type Nanodollars } from './money.ts';
import type { PauseReason } from './page.ts';

/** The budget of a day, as it is when nothing of the paused run itself is in flight. */
export interface DayStanding {
  cap: Nanodollars | null;
  spent: Nanodollars;
  /** For calls in flight, not yet settled, or of unknown outcome. */
  held: Nanodollars;
  /** Of `held`: for pages that other runs have in work. They may give it back at any moment. */
  heldByOthers: Nanodollars;
}

const LOOKS_AGAIN_MS = 15_000;

/**
 * A run pauses for the day's budget when there is no room for its next call. When it has settled what was in flight
 * there may be room again: then it goes on. Or other runs hold what is missing: then it looks again in a while.
 * Otherwise it waits for the next day.
 */
export function reviewDayPause(
  reason: PauseReason,
  { cap, spent, held, heldByOthers }: DayStanding,
  now: number,
): PauseReason {
  const needs = reason.needs ?? 0;
  const left = cap === null ? needs : cap - spent - held;
  if (needs <= left) return { ...reason, until: now };
  const again = now + LOOKS_AGAIN_MS;
  if (needs > left + heldByOthers || again >= (reason.until ?? 0)) return reason;
  const message =
    `other runs hold ${formatUsd(heldByOthers)} of the budget of ${formatUsd(cap ?? 0)} that all runs have for the day, ` +
    `and the next call needs up to ${formatUsd(needs)}: what they do not need comes back`;
  return { ...reason, until: again, message };
}
