import type { FailureLimits } from './failure-window.ts';
import type { HealthLimits } from './health.ts';
import type { Hours } from './hours.ts';
import type { JsonObject } from './json.ts';
import type { Nanodollars } from './money.ts';
import type { PriceList } from './prices.ts';

/** How one run is to go. Kept in the ledger, so that every worker and every command reads the same. */
export interface RunSettings {
  /** The backfill's own options, checked by its schema. */
  options: JsonObject;
  /** Items per page, at most. */
  page: number;
  /** A page starts no item after this many milliseconds. */
  timeBoxMs: number;
  /** Children at work at the same time. */
  window: number;
  /** Items per child when units are packed; 1: one child per unit, always. */
  pack: number;
  /** Items in work at the same time, per worker. */
  concurrency: number;
  /** What becomes of an item with a call of unknown outcome: buy again and list it, or keep it for a person. */
  onUnknown: 'repay' | 'hold';
  rates: Rates;
  /** No more than this may be spent; null: no cap. */
  budget: Nanodollars | null;
  /** Works only within these hours; null: always. */
  hours: Hours | null;
  /** The run pauses when a larger share of its latest items failed. */
  maxFailed: FailureLimits;
  /** Waits for approval after so many items; null: no canary. */
  canary: number | null;
  /** What becomes of what was written, when the run is cancelled or does not pass its `verify`. */
  onFailure: 'rollback' | 'keep';
  /** Temporal's: 1 is served first, 5 last. */
  priority: number;
  health: HealthLimits;
  /** Over the built-in prices. */
  prices: PriceList;
  /** The parent continues as new, and a child returns, after this many history events. */
  maxHistory: number;
}

/**
 * By account: a provider (`openai`), one of its models (`openai/gpt-4o`), an image host (`host/images.example.com`),
 * or each image host that has no limit of its own (`host`). A call keeps to all that concern it.
 */
export type Rates = Record<string, RateLimit>;

export interface RateLimit {
  perSecond?: number;
  perMinute?: number;
  /** Requests per UTC day. */
  perDay?: number;
  /** Input tokens and the output limit of each request, as providers count them. */
  tokensPerMinute?: number;
  tokensPerDay?: number;
}

/** Amazon's default for DetectLabels in most regions, and OpenAI's day quota of a tier-1 account. */
export const DEFAULT_RATES: Rates = {
  rekognition: { perSecond: 5 },
  openai: { perDay: 10_000 },
};

export const DEFAULT_SETTINGS: Omit<RunSettings, 'options'> = {
  page: 500,
  timeBoxMs: 20_000,
  window: 10,
  pack: 500,
  concurrency: 64,
  onUnknown: 'repay',
  rates: DEFAULT_RATES,
  budget: null,
  hours: null,
  maxFailed: {},
  canary: null,
  onFailure: 'keep',
  priority: 3,
  health: {},
  prices: {},
  maxHistory: 10_000,
};

/** Whole numbers that people may give, from and to. */
export const BOUNDS = {
  window: [1, 500],
  concurrency: [1, 1_000],
  page: [1, 5_000],
  pack: [1, 100_000],
  priority: [1, 5],
} as const satisfies Record<string, readonly [number, number]>;

/** Above this many units, small units share a child. */
export const UNITS_WITH_OWN_CHILD = 300;
