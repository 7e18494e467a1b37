import type { Json } from './json.ts';
import type { Nanodollars } from './money.ts';

export type Provider = 'openai' | 'rekognition';

/**
 * - `answered`: billed, and the answer fits; served to everybody who asks the same again.
 * - `unusable`: billed, but the answer breaks its schema; never served.
 * - `refused`: not billed (throttled, rejected).
 * - `unknown`: nobody knows whether it was billed (timeout, cut connection, 5xx, crash).
 */
export type CallOutcome = 'answered' | 'unusable' | 'refused' | 'unknown';

/**
 * One question that costs money. What is hashed into its key names the question fully: asking the same
 * again, by any run, for any copy of the same bytes, is answered from the ledger.
 */
export interface PaidCall<T> {
  provider: Provider;
  model: string;
  operation: string;
  promptVersion: string;
  /** Everything else that changes the answer; the version of the image preparation is one. */
  parameters: Record<string, Json>;
  /** sha-256 of the original bytes, hexadecimal. */
  contentHash: string;
  /** Does all work that the request needs. Called only when the ledger has no answer. Throws ItemFailure. */
  prepare(): Promise<ReadyCall>;
  /** Checks an answer against its schema. Throws {@link UnusableAnswer}. */
  parse(body: Json): T;
}

/** A request that only needs to be sent. */
export interface ReadyCall {
  /** No reply can cost more than this. */
  worstCase: Nanodollars;
  /** As the provider counts them against its limits; absent where it counts requests only. */
  tokens?: number;
  /** Sends once, without retries. Throws {@link CallFailure}. */
  send(signal: AbortSignal): Promise<Reply>;
}

export interface Reply {
  body: Json;
  cost: Nanodollars;
  /** What the provider's limit headers say is left. */
  left?: { requests?: Allowance; tokens?: Allowance };
}

export interface Allowance {
  remaining: number;
  /** Until all of it is there again. */
  resetMs: number;
}

export interface Answer<T> {
  value: T;
  callKey: string;
  model: string;
  promptVersion: string;
  cost: Nanodollars;
  /** True when it was bought for another item or by another run. */
  cached: boolean;
}

export type Ask = <T>(call: PaidCall<T>) => Promise<Answer<T>>;

/** One kind of paid call, as it is expected before anything is known of the items. */
export interface ExpectedCall {
  provider: Provider;
  model: string;
  operation: string;
  promptVersion: string;
  /** Share of the items that ask it, 0 to 1. */
  share: number;
  /** How far that share may lie from it, as factors, where it is assumed. */
  within?: { low: number; high: number };
  /** Of a typical request: of its texts, its image at 1024×768 not counted, and of its answer. Absent where each request costs the same. */
  tokens?: { input: number; output: number };
}
