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
  fate: CallFate;
  billed: boolean;
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
      fate: 'open',
      billed: false,
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

  /** Requests a second, by provider: refused are those that a limit or a fault throttled. */
  rate(windowMs: number): Record<string, { second: number; accepted: number; refused: number }[]> {
    const buckets = new Map<string, Map<number, { second: number; accepted: number; refused: number }>>();
    for (const { at, provider, fate } of this.since(Date.now() - windowMs)) {
      const second = Math.floor(at / 1000);
      const seconds = buckets.get(provider) ?? new Map();
      buckets.set(provider, seconds);
      const bucket = seconds.get(second) ?? { second, accepted: 0, refused: 0 };
      seconds.set(second, bucket);
      bucket[fate === 'throttled' ? 'refused' : 'accepted'] += 1;
    }
    return Object.fromEntries([...buckets].map(([provider, seconds]) => [provider, [...seconds.values()]]));
  }
}
