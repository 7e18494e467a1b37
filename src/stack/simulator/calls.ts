import type { Provider } from '../../domain/call.ts';

/**
 * `open`: not answered yet. `throttled`: over a limit, or a throttling fault. `rejected`: any other 4xx.
 * `failed`: 5xx. `abandoned`: the client went away before the answer (billed, as it was accepted).
 */
export type CallFate =
  | 'open'
  | 'answered'
  | 'throttled'
  | 'rejected'
  | 'failed'
  | 'hung'
  | 'cut'
  | 'abandoned';

export interface CallRecord {
  /** Arrival, epoch milliseconds. */
  at: number;
  provider: Provider;
  /** Null where the request was refused before that was known. */
  operation: string | null;
  model: string | null;
  content: string | null;
  /** Counted against a limit of tokens; null where there is none. */
  tokens: number | null;
  fate: CallFate;
  billed: boolean;
  /** Zero unless billed. */
  costUsd: number;
}

export interface RateQuery {
  windowMs: number;
  bucketMs: number;
  by: 'provider' | 'model';
}

export interface RateBucket {
  /** Its beginning, epoch milliseconds. Buckets in which nothing came are left out. */
  at: number;
  accepted: number;
  refused: number;
  /** Of the accepted ones, where tokens are limited. */
  tokens: number;
}

const KEPT = 100_000;

/** The last calls, in order of arrival. */
export class CallLog {
  #ring: CallRecord[] = [];
  #total = 0;
  #fates: Partial<Record<CallFate, number>> = {};

  arrived(provider: Provider): CallRecord {
    const record: CallRecord = {
      at: Date.now(),
      provider,
      operation: null,
      model: null,
      content: null,
      tokens: null,
      fate: 'open',
      billed: false,
      costUsd: 0,
    };
    this.#ring[this.#total % KEPT] = record;
    this.#total += 1;
    return record;
  }

  /** Its fate is final. */
  ended(record: CallRecord): void {
    this.#fates[record.fate] = (this.#fates[record.fate] ?? 0) + 1;
  }

  total(): { calls: number; refused: number; fates: Partial<Record<CallFate, number>> } {
    const { throttled = 0, rejected = 0 } = this.#fates;
    return { calls: this.#total, refused: throttled + rejected, fates: this.#fates };
  }

  since(at: number): CallRecord[] {
    const from = this.#total % KEPT;
    const ordered =
      this.#total > KEPT ? [...this.#ring.slice(from), ...this.#ring.slice(0, from)] : this.#ring;
    return ordered.filter((record) => record.at >= at);
  }

  /** What came in each bucket of time, by provider or by model: refused are those that a limit or a fault throttled. */
  rate({ windowMs, bucketMs, by }: RateQuery): Record<string, RateBucket[]> {
    const rates = new Map<string, Map<number, RateBucket>>();
    for (const { at, provider, model, fate, tokens } of this.since(Date.now() - windowMs)) {
      const name = by === 'model' && model !== null ? `${provider}/${model}` : provider;
      const buckets = rates.get(name) ?? new Map<number, RateBucket>();
      rates.set(name, buckets);
      const start = Math.floor(at / bucketMs) * bucketMs;
      const bucket = buckets.get(start) ?? { at: start, accepted: 0, refused: 0, tokens: 0 };
      buckets.set(start, bucket);
      bucket[fate === 'throttled' ? 'refused' : 'accepted'] += 1;
      if (fate !== 'throttled') bucket.tokens += tokens ?? 0;
    }
    return Object.fromEntries([...rates].map(([name, buckets]) => [name, [...buckets.values()]]));
  }
}
