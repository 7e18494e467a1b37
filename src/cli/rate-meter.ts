/** Items per second over the last seconds. Pages book their items in bursts, so the window is a few of them. */
const WINDOW_MS = 20_000;

export interface RateMeter {
  /** Takes a reading; returns items per second, or null while nothing tells: pages come in bursts. */
  read(done: number, now: number): number | null;
}

export function createRateMeter(): RateMeter {
  const readings: { done: number; at: number }[] = [];
  return {
    read(done, now) {
      readings.push({ done, at: now });
      while (readings.length > 2 && now - (readings[1]?.at ?? now) >= WINDOW_MS) readings.shift();
      const [first] = readings;
      if (!first || now - first.at < 1_000 || done === first.done) return null;
      return ((done - first.done) * 1000) / (now - first.at);
    },
  };
}

/** Milliseconds until `pending` items are done; null when nothing moves. */
export function timeLeft(pending: number, rate: number | null): number | null {
  return rate === null || rate <= 0 ? null : (pending / rate) * 1000;
}
