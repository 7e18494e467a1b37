import { formatHours, type Hours } from './hours.ts';
import { formatUsd, type Nanodollars } from './money.ts';
import { BOUNDS, type RateLimit, type RunSettings } from './settings.ts';

/** What may be changed about a run under way. What is absent stays. */
export interface Tuning {
  window?: number;
  concurrency?: number;
  /** Null: no cap. */
  budget?: Nanodollars | null;
  /** By account; what is named replaces what was, null takes it away. */
  rates?: Record<string, RateLimit | null>;
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

/** Why this is no tuning; null when it is one. */
export function tuningProblem(tuning: Tuning): string | null {
  const { window, concurrency, budget, rates = {}, maxFailed = {} } = tuning;
  if (Object.values(tuning).every((value) => value === undefined)) return 'nothing is to be changed';
  for (const [name, value] of Object.entries({ window, concurrency })) {
    const [least, most] = BOUNDS[name as 'window' | 'concurrency'];
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most))
      return `${name} must be a whole number from ${least} to ${most}, and is ${value}`;
  }
  if (budget !== undefined && budget !== null && !(Number.isSafeInteger(budget) && budget > 0))
    return 'the budget must be an amount above 0';
  for (const [account, limit] of Object.entries(rates)) {
    if (Object.values(limit ?? {}).some((value) => !(Number.isFinite(value) && value > 0)))
      return `each rate of ${account} must be a number above 0`;
  }
  for (const [name, share] of Object.entries(maxFailed)) {
    if (share !== null && !(share >= 0 && share <= 1))
      return `the share of ${name} must be between 0 and 100 %`;
  }
  return null;
}

export function applyTuning(settings: RunSettings, tuning: Tuning): RunSettings {
  const { rates, maxFailed, ...plain } = tuning;
  return {
    ...settings,
    ...(Object.fromEntries(
      Object.entries(plain).filter(([, value]) => value !== undefined),
    ) as Partial<RunSettings>),
    rates: merged(settings.rates, rates),
    maxFailed: merged(settings.maxFailed, maxFailed),
  };
}

/** What a tuning changes, in words. */
export function describeTuning(before: RunSettings, tuning: Tuning): string[] {
  const after = applyTuning(before, tuning);
  return (Object.keys(tuning) as (keyof Tuning)[]).flatMap((name) => {
    if (name === 'rates' || name === 'maxFailed') return changedKeys(name, before[name], after[name]);
    const [was, is] = [inWords(name, before[name]), inWords(name, after[name])];
    return was === is ? [] : [`${name} ${was} → ${is}`];
  });
}

function merged<T>(before: Record<string, T>, changes: Record<string, T | null> = {}): Record<string, T> {
  const entries = Object.entries({ ...before, ...changes });
  return Object.fromEntries(entries.filter((entry): entry is [string, T] => entry[1] !== null));
}

function changedKeys(
  name: string,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => {
    const [was, is] = [before[key], after[key]].map((value) =>
      value === undefined ? 'none' : JSON.stringify(value),
    );
    return was === is ? [] : [`${name} ${key} ${was} → ${is}`];
  });
}

function inWords(name: keyof Tuning, value: unknown): string {
  if (value === null) return 'none';
  if (name === 'budget') return formatUsd(value as Nanodollars);
  if (name === 'hours') return formatHours(value as Hours);
  return String(value);
}
