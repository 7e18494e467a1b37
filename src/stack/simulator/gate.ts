import { Bucket, type Standing } from './bucket.ts';
import type { Limit } from './settings.ts';

export interface Refusal {
  of: 'requests' | 'tokens' | 'day';
  /** Per minute, or per day. */
  limit: number;
  used: number;
  requested: number;
  /** Infinity when so much is never granted. */
  waitMs: number;
}

type Kind = 'perSecond' | 'perMinute' | 'tokens';

/** What one limit lets through: buckets of requests and of tokens, and a quota for the day. */
export class Gate {
  readonly #limit: Limit;
  readonly #buckets = new Map<Kind, Bucket>();
  #dayBegan: number | null = null;
  #usedToday = 0;

  constructor(limit: Limit, now: number) {
    const { requestsPerSecond, requestsPerMinute, tokensPerMinute, burst, tokenBurst } = limit;
    const add = (kind: Kind, perMinute: number | undefined, capacity: number) => {
      if (perMinute !== undefined) this.#buckets.set(kind, new Bucket(perMinute, capacity, now));
    };
    if (requestsPerSecond !== undefined)
      add('perSecond', requestsPerSecond * 60, burst ?? Math.max(1, requestsPerSecond * 0.25));
    add('perMinute', requestsPerMinute, burst ?? requestsPerMinute ?? 0);
    add('tokens', tokensPerMinute, tokenBurst ?? tokensPerMinute ?? 0);
    this.#limit = limit;
  }

  /** Takes the place of one with another limit: shares of buckets stay, and so does what was used of the day. */
  inheriting(before: Gate, now: number): this {
    for (const [kind, bucket] of this.#buckets) {
      const old = before.#buckets.get(kind);
      if (old) bucket.inheriting(old, now);
    }
    this.#dayBegan = before.#dayBegan;
    this.#usedToday = before.#usedToday;
    return this;
  }

  get countsTokens(): boolean {
    return this.#buckets.has('tokens');
  }

  refuses(tokens: number, now: number): Refusal | null {
    const [day] = this.#day(now);
    if (day !== undefined && day.remaining <= 0)
      return { of: 'day', limit: day.limit, used: day.limit, requested: 1, waitMs: day.resetMs };
    for (const [kind, bucket] of this.#buckets) {
      const requested = kind === 'tokens' ? tokens : 1;
      const waitMs = bucket.wait(requested, now);
      if (waitMs === 0) continue;
      const { limit, remaining } = bucket.standing(now);
      return {
        of: kind === 'tokens' ? 'tokens' : 'requests',
        limit,
        used: limit - remaining,
        requested,
        waitMs,
      };
    }
    return null;
  }

  enter(tokens: number, now: number): void {
    for (const [kind, bucket] of this.#buckets) bucket.take(kind === 'tokens' ? tokens : 1);
    this.#usedToday += 1;
    this.#dayBegan ??= now;
  }

  requests(now: number): Standing[] {
    return [...this.#day(now), ...this.#standings(now, (kind) => kind !== 'tokens')];
  }

  tokens(now: number): Standing[] {
    return this.#standings(now, (kind) => kind === 'tokens');
  }

  #standings(now: number, which: (kind: Kind) => boolean): Standing[] {
    return [...this.#buckets].flatMap(([kind, bucket]) => (which(kind) ? [bucket.standing(now)] : []));
  }

  #day(now: number): Standing[] {
    const { requestsPerDay, dayMs } = this.#limit;
    if (this.#dayBegan !== null && now - this.#dayBegan >= dayMs) {
      this.#dayBegan = null;
      this.#usedToday = 0;
    }
    if (requestsPerDay === undefined) return [];
    const remaining = Math.max(0, requestsPerDay - this.#usedToday);
    return [{ limit: requestsPerDay, remaining, resetMs: dayMs - (now - (this.#dayBegan ?? now)) }];
  }
}
