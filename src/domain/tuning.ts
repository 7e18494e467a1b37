import { failureLimitProblem } from './failure-window.ts';
import { formatHours, type Hours, hoursProblem } from './hours.ts';
import { formatUsd, type Nanodollars, toUsd } from './money.ts';
import { changeRates, type RateChanges, rateProblem, rateWords, withoutNulls } from './rate-change.ts';
import { BOUNDS, type RunSettings } from './settings.ts';

/** What may be changed about a run under way. What is absent stays. */
export interface Tuning {
  window?: number;
  concurrency?: number;
  /** Null: no cap. */
  budget?: Nanodollars | null;
  rates?: RateChanges;
  hours?: Hours | null;
  /** By class or `all`; null takes a limit away. */
  maxFailed?: Record<string, number | null>;
}

/** A change that was made, for history and report. */
export interface RecordedTuning {
  /** ISO time. */
  at: string;
  by: string;
  /** In words: `budget $10.00 → $20.00`. */
  changes: string[];
}

/** Of each setting: why this is no value of it; null when it is one. */
const PROBLEMS: { [Name in keyof Tuning]-?: (value: NonNullable<Tuning[Name]>) => string | null } = {
  window: (value) => wholeNumberProblem('window', value),
  concurrency: (value) => wholeNumberProblem('concurrency', value),
  budget: (value) =>
    Number.isSafeInteger(value) && value > 0 ? null : 'the budget must be an amount above 0',
  rates: rateProblem,
  hours: hoursProblem,
  maxFailed: (value) => firstProblem(withoutNulls(value), failureLimitProblem),
};

/** Why this is no tuning; null when it is one. It may come from any program. */
export function tuningProblem(tuning: Tuning): string | null {
  const changes = Object.fromEntries(Object.entries(tuning).filter(([, value]) => !isEmpty(value)));
  if (Object.keys(changes).length === 0) return 'nothing is to be changed';
  return firstProblem(changes, (name, value) => {
    const problem = Object.hasOwn(PROBLEMS, name) && PROBLEMS[name as keyof Tuning];
    if (!problem) return `${name} cannot be changed while a run is under way`;
    if (value !== null) return (problem as (value: unknown) => string | null)(value);
    return name === 'budget' || name === 'hours' ? null : `${name} must have a value`;
  });
}

export function applyTuning(settings: RunSettings, tuning: Tuning): RunSettings {
  const { window, concurrency, budget, hours, rates = {}, maxFailed = {} } = tuning;
  return {
    ...settings,
    ...(window !== undefined && { window }),
    ...(concurrency !== undefined && { concurrency }),
    ...(budget !== undefined && { budget }),
    ...(hours !== undefined && { hours }),
    rates: changeRates(settings.rates, rates),
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

/** By what a person calls it. What has no limit is left out. */
function wordsOf({ window, concurrency, budget, rates, hours, maxFailed }: RunSettings): Map<string, string> {
  return new Map([
    ['window', String(window)],
    ['concurrency', String(concurrency)],
    ['budget', budget === null ? 'none' : exactUsd(budget)],
    ...rateWords(rates),
    ['hours', hours === null ? 'none' : formatHours(hours)],
    ...Object.entries(maxFailed).map(([name, share]): [string, string] => [
      `failures allowed (${name})`,
      `${Number((100 * share).toPrecision(4))} %`,
    ]),
  ]);
}

/** As short as it goes without another amount looking the same. */
function exactUsd(amount: Nanodollars): string {
  const short = formatUsd(amount);
  return Number(short.slice(1)) === toUsd(amount) ? short : `$${toUsd(amount).toFixed(9).replace(/0+$/, '')}`;
}

function wholeNumberProblem(name: 'window' | 'concurrency', value: number): string | null {
  const [least, most] = BOUNDS[name];
  if (Number.isInteger(value) && value >= least && value <= most) return null;
  return `${name} must be a whole number from ${least} to ${most}, and is ${value}`;
}

function firstProblem<Value>(
  record: Record<string, Value>,
  problem: (name: string, value: Value) => string | null,
): string | null {
  for (const [name, value] of Object.entries(record)) {
    const found = problem(name, value);
    if (found !== null) return found;
  }
  return null;
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
  );
}
