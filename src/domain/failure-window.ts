/** Largest shares of failed items, 0 to 1: `all`, or one failure class. */
export type FailureLimits = Record<string, number>;

/** Fewer items than this say nothing. */
export const LEAST_ITEMS = 50;
/** The latest items that are looked at. */
const WINDOW = 200;

export interface WindowedResult {
  /** Of a failed item; null for any other final result. */
  failed: string | null;
  message?: string | undefined;
}

export interface Excess {
  /** `all`, or a failure class. */
  limit: string;
  /** Share allowed, 0 to 1. */
  allowed: number;
  failed: number;
  items: number;
  /** The most frequent classes, with one message each. */
  top: { class: string; items: number; message: string }[];
}

/** The latest results of one run in one worker. */
export interface FailureWindow {
  /** Counts one result in; tells when a limit is exceeded. */
  push(result: WindowedResult, limits: FailureLimits): Excess | null;
}

export function createFailureWindow(): FailureWindow {
  const latest: WindowedResult[] = [];
  return {
    push(result, limits) {
      latest.push(result);
      if (latest.length > WINDOW) latest.shift();
      if (result.failed === null || latest.length < LEAST_ITEMS) return null;
      for (const limit of ['all', result.failed]) {
        const allowed = limits[limit];
        if (allowed === undefined) continue;
        const failed = latest.filter(
          (one) => one.failed !== null && (limit === 'all' || one.failed === limit),
        );
        if (failed.length > allowed * latest.length) {
          return { limit, allowed, failed: failed.length, items: latest.length, top: topOf(failed) };
        }
      }
      return null;
    },
  };
}

function topOf(failed: WindowedResult[]): Excess['top'] {
  return [...Map.groupBy(failed, (one) => one.failed ?? '')]
    .map(([name, of]) => ({ class: name, items: of.length, message: of.at(-1)?.message ?? '' }))
    .sort((a, b) => b.items - a.items)
    .slice(0, 3);
}

export function describeExcess({ limit, allowed, failed, items, top }: Excess): string {
  const which = limit === 'all' ? '' : ` with ${limit}`;
  const errors = top.map((one) => `${one.class} ${one.items} (${one.message})`).join('; ');
  const percent = (share: number) => `${Number((100 * share).toFixed(1))} %`;
  return `${failed} of the latest ${items} items failed${which} (${percent(failed / items)}, allowed ${percent(allowed)}): ${errors}`;
}
