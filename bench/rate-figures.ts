/** What a provider saw of a run, from its log of calls. */

export interface SeenCall {
  /** Arrival, epoch milliseconds. */
  at: number;
  fate: string;
}

export interface Usage {
  /** Calls a second that arrived, refused ones as well. */
  arrived: number;
  /** Accepted calls, in percent of the limit. */
  usedPercent: number;
  refused: number;
  /** Of the calls that arrived. */
  refusedPercent: number;
}

/** From `from` until `to`, in epoch milliseconds. */
export function usage(calls: SeenCall[], perSecond: number, from: number, to: number): Usage {
  const seen = calls.filter(({ at }) => at >= from && at < to);
  const refused = seen.filter(isRefused).length;
  const seconds = (to - from) / 1000;
  return {
    arrived: round(seen.length / seconds, 1),
    usedPercent: round((100 * (seen.length - refused)) / (perSecond * seconds), 1),
    refused,
    refusedPercent: round((100 * refused) / Math.max(1, seen.length), 2),
  };
}

const STEP_MS = 250;
/** What is called "followed" must be seen to last. */
const LEAST_SEEN_MS = 5_000;

/**
 * How many seconds after `changedAt` the calls kept to the new limit for good: no window has more than 110 % of
 * it, and below 0.5 % are refused. Null when that was not seen until `to`.
 */
export function followedAfter(
  calls: SeenCall[],
  perSecond: number,
  changedAt: number,
  to: number,
): number | null {
  // Two seconds: a worker that stood still for a moment catches up. At low rates long enough for ten calls: one more or less is no excess.
  const windowMs = Math.max(2_000, 10_000 / perSecond);
  const most = (1.1 * perSecond * windowMs) / 1000 + 1e-9;
  for (let from = changedAt; from <= to - Math.max(windowMs, LEAST_SEEN_MS); from += STEP_MS) {
    const seen = calls.filter(({ at }) => at >= from && at < to);
    if (seen.filter(isRefused).length >= 0.005 * seen.length) continue;
    const starts = Array.from(
      { length: Math.floor((to - windowMs - from) / STEP_MS) + 1 },
      (_, n) => from + n * STEP_MS,
    );
    const within = (start: number) => seen.filter(({ at }) => at >= start && at < start + windowMs).length;
    if (starts.every((start) => within(start) <= most)) return (from - changedAt) / 1000;
  }
  return null;
}

/** Milliseconds between one arrival and the next: what a limit with a small burst has to bear. */
export function gaps(calls: SeenCall[], from: number, to: number): { p1: number; p50: number; p99: number } {
  const arrivals = calls.filter(({ at }) => at >= from && at < to).map(({ at }) => at);
  const sorted = arrivals
    .slice(1)
    .map((at, index) => at - (arrivals[index] ?? at))
    .sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { p1: at(0.01), p50: at(0.5), p99: at(0.99) };
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

function isRefused({ fate }: SeenCall): boolean {
  return fate === 'throttled';
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
