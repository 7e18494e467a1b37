import { ACCOUNTS, accountOf } from './account.ts';
import { failureLimitProblem } from './failure-window.ts';
import { formatHours, type Hours, hoursProblem } from './hours.ts';
import { formatUsd, type Nanodollars } from './money.ts';
import { BOUNDS, type RateLimit, type Rates, type RunSettings } from './settings.ts';

/** What may be changed about a run under way. What is absent stays. */
export interface Tuning {
  window?: number;
  concurrency?: number;
  /** Null: no cap. */
  budget?: Nanodollars | null;
  /** By account; null takes all its limits away. */
  rates?: Record<string, RateChange | null>;
  hours?: Hours | null;
  /** By class or `all`; null takes a limit away. */
  maxFailed?: Record<string, number | null>;
}

/** What is absent stays; null takes a limit away. */
export type RateChange = Partial<Record<keyof RateLimit, number | null>>;

/** A change that was made, for history and report. */
export interface RecordedTuning {
  /** ISO time. */
  at: string;
  by: string;
  /** In words: `budget $10.00 → $20.00`. */
  changes: string[];
}

const LIMITS: Record<keyof RateLimit, string> = {
  perSecond: 'requests per second',
  perMinute: 'requests per minute',
  perDay: 'requests per day',
  tokensPerMinute: 'tokens per minute',
  tokensPerDay: 'tokens per day',
};

/** Of each setting: why this is no value of it; null when it is one. Values may come from any program. */
const PROBLEMS: { [Name in keyof Tuning]-?: (value: NonNullable<Tuning[Name]>) => string | null } = {
  window: (value) => wholeNumberProblem('window', value),
  concurrency: (value) => wholeNumberProblem('concurrency', value),
  budget: (value) =>
    Number.isSafeInteger(value) && value > 0 ? null : 'the budget must be an amount above 0',
  rates: (value) => first(value, rateProblem),
  hours: hoursProblem,
  maxFailed: (value) =>
    first(value, (name, share) => (share === null ? null : failureLimitProblem(name, share))),
};
const NULLABLE: readonly string[] = ['budget', 'hours'] satisfies (keyof Tuning)[];

/** Why this is no tuning; null when it is one. */
export function tuningProblem(tuning: Tuning): string | null {
  const changes = Object.entries(tuning).filter(([, value]) => !isEmpty(value));
  if (changes.length === 0) return 'nothing is to be changed';
  return first(Object.fromEntries(changes), (name, value) => {
    const problem = Object.hasOwn(PROBLEMS, name) && PROBLEMS[name as keyof Tuning];
    if (!problem) return `${name} cannot be changed while a run is under way`;
    if (value === null) return NULLABLE.includes(name) ? null : `${name} cannot be none`;
    return (problem as (value: unknown) => string | null)(value);
  });
}

export function applyTuning(settings: RunSettings, tuning: Tuning): RunSettings {
  const { window, concurrency, budget, hours, rates, maxFailed } = tuning;
  return {
    ...settings,
    ...(window !== undefined && { window }),
    ...(concurrency !== undefined && { concurrency }),
    ...(budget !== undefined && { budget }),
    ...(hours !== undefined && { hours }),
    rates: changedRates(settings.rates, rates),
    maxFailed: withoutNulls({ ...settings.maxFailed, ...maxFailed }),
  };
}

/** What a tuning changes, in words. */
export function describeTuning(before: RunSettings, tuning: Tuning): string[] {
  const [was, is] = [wordsOf(before), wordsOf(applyTuning(before, tuning))];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((name) => {
    const [old, now] = [was.get(name) ?? 'none', is.get(name) ?? 'none'];
    return old === now ? [] : [`${name} ${old} → ${now}`];
  });
}

function changedRates(before: Rates, changes: Tuning['rates'] = {}): Rates {
  const changed = Object.entries(changes).map(([account, change]) => {
    // An account without a limit is another than none: to an image host, the one of `host` would apply.
    return [account, change === null ? {} : withoutNulls({ ...before[account], ...change })] as const;
  });
  return { ...before, ...Object.fromEntries(changed) };
}

function withoutNulls<T>(record: Record<string, T | null | undefined>): Record<string, T> {
  const entries = Object.entries(record);
  return Object.fromEntries(entries.filter((entry): entry is [string, T] => entry[1] != null));
}

/** By what a person calls it. What has no limit is left out. */
function wordsOf({ window, concurrency, budget, rates, hours, maxFailed }: RunSettings): Map<string, string> {
  return new Map([
    ['window', String(window)],
    ['concurrency', String(concurrency)],
    ['budget', budget === null ? 'none' : formatUsd(budget)],
    ...Object.entries(rates).flatMap(([account, limit]) =>
      Object.entries(limit).map(
        ([name, amount]) => [`${account} ${LIMITS[name as keyof RateLimit]}`, String(amount)] as const,
      ),
    ),
    ['hours', hours === null ? 'none' : formatHours(hours)],
    ...Object.entries(maxFailed).map(
      ([name, share]) => [`failures allowed (${name})`, `${Number((100 * share).toFixed(3))} %`] as const,
    ),
  ]);
}

function wholeNumberProblem(name: 'window' | 'concurrency', value: number): string | null {
  const [least, most] = BOUNDS[name];
  if (Number.isInteger(value) && value >= least && value <= most) return null;
  return `${name} must be a whole number from ${least} to ${most}, and is ${value}`;
}

function rateProblem(account: string, change: RateChange | null): string | null {
  if (accountOf(account) !== account) return `'${account}' has no rates; what has: ${ACCOUNTS}`;
  return first(change ?? {}, (name, amount) => {
    if (!Object.hasOwn(LIMITS, name)) return `a rate of ${account} is not called '${name}'`;
    if (amount === null || (Number.isFinite(amount) && amount > 0)) return null;
    return `${LIMITS[name as keyof RateLimit]} of ${account} must be a number above 0, and is ${amount}`;
  });
}

function first<Value>(
  record: Record<string, Value | undefined>,
  problem: (name: string, value: Value) => string | null,
): string | null {
  for (const [name, value] of Object.entries(record)) {
    const found = value === undefined ? null : problem(name, value);
    if (found !== null) return found;
  }
  return null;
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
  );
}
