import { FAILURE_CLASSES, type FailureClass } from './failure.ts';

export type Verdict = { kind: 'again'; dueAt: number; tries: number } | { kind: 'failed'; tries: number };

const FIRST_DELAY_MS = 2_000;
const LONGEST_DELAY_MS = 120_000;

/**
 * Decides whether an item is tried again. `tries`: how many were used up before this one. Classes that
 * waiting always helps (throttling, a pause) use up no try.
 */
export function retryVerdict(
  failure: { code: FailureClass; retryAfterMs?: number | undefined },
  tries: number,
  now: number,
): Verdict {
  const allowed: number = FAILURE_CLASSES[failure.code].tries;
  if (allowed === Number.POSITIVE_INFINITY) {
    const delay = failure.code === 'interrupted' ? 0 : (failure.retryAfterMs ?? FIRST_DELAY_MS);
    return { kind: 'again', dueAt: now + delay, tries };
  }
  const used = tries + 1;
  if (used >= allowed) return { kind: 'failed', tries: used };
  const exponential = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** tries);
  return { kind: 'again', dueAt: now + (failure.retryAfterMs ?? exponential), tries: used };
}
