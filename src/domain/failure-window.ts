import { FAILURE_CLASSES } from './failure.ts';

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

/** What may have a limit: all failures together, and each class. */
export const LIMITED: readonly string[] = ['all', ...Object.keys(FAILURE_CLASSES)];

/** What {@link parseShare} takes, for errors. */
export const SHARE_EXPECTED = 'a share as 5% or 0.05, or none';

/** `5%`, `0.05` and `none` for all, `image-not-found=1%` for one class. Null for anything else. */
export function parseFailureLimit(text: string): readonly [name: string, share: number | null] | null {
  const [, name = 'all', given = ''] = /^(?:([^=]*)=)?(.*)$/s.exec(text.trim()) ?? [];
  const share = given === 'none' ? null : parseShare(given);
  return LIMITED.includes(name) && (share === null || failureLimitProblem(name, share) === null)
    ? [name, share]
    : null;
}

/** `5%` and `0.05`; not a number for anything else. */
export function parseShare(text: string): number {
  const [, number, percent] = /^(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/.exec(text) ?? [];
  // Not divided by 100: 2.9 % would not be the same number as 0.029.
  return number === undefined ? Number.NaN : Number(percent ? `${number}e-2` : number);
}

/** Why this is no limit; null when it is one. */
export function failureLimitProblem(name: string, share: number): string | null {
  if (!LIMITED.includes(name)) return `'${name}' is no failure class; there are: ${LIMITED.join(', ')}`;
  if (share >= 0 && share <= 1) return null;
  return `the share of failures allowed (${name}) must be between 0 and 1, and is ${share}`;
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
      return latest.length < LEAST_ITEMS ? null : excessIn(latest, limits);
    },
  };
}

function excessIn(latest: readonly WindowedResult[], limits: FailureLimits): Excess | null {
  if (Object.keys(limits).length === 0) return null;
  const failed = latest.filter((one) => one.failed !== null);
  for (const limit of LIMITED) {
    const allowed = limits[limit];
    if (allowed === undefined) continue;
    const concerned = limit === 'all' ? failed : failed.filter((one) => one.failed === limit);
    // A share that is just allowed divides to the very number that it was given as; it would not multiply to it.
    if (concerned.length / latest.length > allowed)
      return { limit, allowed, failed: concerned.length, items: latest.length, top: topOf(concerned) };
  }
  return null;
}

function topOf(failed: readonly WindowedResult[]): Excess['top'] {
  return [...Map.groupBy(failed, (one) => one.failed ?? '')]
    .map(([name, of]) => ({ class: name, items: of.length, message: of.at(-1)?.message ?? '' }))
    .sort((a, b) => b.items - a.items)
    .slice(0, 3);
}

export function describeExcess({ limit, allowed, failed, items, top }: Excess): string {
  const which = limit === 'all' ? '' : ` with ${limit}`;
  const errors = top
    .map((one) => `${one.class} ${one.items}${one.message && ` (${one.message})`}`)
    .join('; ');
  return `${failed} of the latest ${items} items failed${which} (${percent(failed / items)}, allowed ${percent(allowed)}): ${errors}`;
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}
