import type { Provider } from './call.ts';
import type { JsonObject } from './json.ts';
import type { Nanodollars } from './money.ts';

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
  /** By provider. */
  rates: Partial<Record<Provider, RateLimit>>;
  /** No more than this may be spent; null: no cap. */
  budget: Nanodollars | null;
  /** The parent continues as new, and a child returns, after this many history events. */
  maxHistory: number;
}

export interface RateLimit {
  perSecond?: number;
  /** Requests per UTC day. */
  perDay?: number;
}

/** Amazon's default for DetectLabels in most regions, and OpenAI's day quota of a tier-1 account. */
export const DEFAULT_RATES: RunSettings['rates'] = {
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
  maxHistory: 10_000,
};

/** Above this many units, small units share a child. */
export const UNITS_WITH_OWN_CHILD = 300;
