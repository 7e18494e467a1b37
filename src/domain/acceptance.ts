/** How one request fared at the provider's limit. */
export interface Attempt {
  /** Epoch milliseconds. */
  sentAt: number;
  throttled: boolean;
}

/** Looked back over so far, and at least over so many requests. */
const WINDOW_MS = 2_000;
const LEAST_REQUESTS = 20;
/** Older ones speak of another time, however few there are. */
const OLDEST_MS = 10_000;

/** What one worker has seen lately of how much an account takes. */
export interface Acceptance {
  /**
   * Counts an attempt in. Returns the share that the provider took, when it throttles again and again; null as long as
   * that may be chance. `since`: attempts sent before are forgotten, as they went at another rate.
   */
  add(attempt: Attempt, since: number, now: number): number | null;
}

export function createAcceptance(): Acceptance {
  let attempts: Attempt[] = [];
  return {
    add(attempt, since, now) {
      attempts.push(attempt);
      const recent = attempts.filter(({ sentAt }) => sentAt > since && sentAt > now - OLDEST_MS);
      const inWindow = recent.filter(({ sentAt }) => sentAt > now - WINDOW_MS);
      attempts = inWindow.length >= LEAST_REQUESTS ? inWindow : recent.slice(-LEAST_REQUESTS);
      if (!attempt.throttled) return null;
      const throttled = attempts.filter((one) => one.throttled).length;
      // One alone comes from a clock or a timer that was late.
      return throttled < 2 ? null : 1 - throttled / attempts.length;
    },
  };
}
