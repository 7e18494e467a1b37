import type { Provider } from '../../domain/call.ts';
import type { Limit } from './settings.ts';

export interface Refusal {
  quota: 'second' | 'day';
  limit: number;
  waitMs: number;
}

/** What the rate-limit headers say. */
export interface Standing {
  limit: number;
  remaining: number;
  resetMs: number;
}

const UNLIMITED: Standing = { limit: 30_000, remaining: 29_999, resetMs: 2 };

/** Token buckets and day quotas. A request must pass those of its provider and those of its model. */
export class Limits {
  #gates = new Map<string, Gate>();

  /** Gates whose limit did not change keep what is in them. */
  configure(limits: Record<string, Limit>): void {
    const now = performance.now();
    const gates = Object.entries(limits).map(([name, limit]) => {
      const old = this.#gates.get(name);
      const same = old !== undefined && JSON.stringify(old.limit) === JSON.stringify(limit);
      return [name, same ? old : new Gate(limit, now)] as const;
    });
    this.#gates = new Map(gates);
  }

  /** Counts a request in, unless a gate is shut: then nothing is counted. */
  take(provider: Provider, model: string): Refusal | null {
    const gates = this.#of(provider, model);
    const now = performance.now();
    for (const gate of gates) {
      const refusal = gate.refuses(now);
      if (refusal !== null) return refusal;
    }
    for (const gate of gates) gate.enter();
    return null;
  }

  standing(provider: Provider, model: string): Standing {
    const standings = this.#of(provider, model).map((gate) => gate.standing());
    return standings.sort((a, b) => a.remaining / a.limit - b.remaining / b.limit)[0] ?? UNLIMITED;
  }

  #of(provider: Provider, model: string): Gate[] {
    if (this.#gates.size === 0) return [];
    return [this.#gates.get(provider), this.#gates.get(`${provider}/${model}`)].filter(
      (gate) => gate !== undefined,
    );
  }
}

class Gate {
  readonly limit: Limit;
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt: number;
  #dayBegan: number | null = null;
  #usedToday = 0;

  constructor(limit: Limit, now: number) {
    this.limit = limit;
    this.#rate = limit.requestsPerSecond ?? Number.POSITIVE_INFINITY;
    this.#burst = limit.burst ?? Math.max(1, this.#rate * 0.25);
    this.#tokens = this.#burst;
    this.#filledAt = now;
  }

  refuses(now: number): Refusal | null {
    this.#renew(now);
    const day = this.limit.requestsPerDay;
    if (day !== undefined && this.#usedToday >= day)
      return { quota: 'day', limit: day, waitMs: this.#dayEndsIn(now) };
    if (this.#tokens < 1)
      return { quota: 'second', limit: this.#rate, waitMs: ((1 - this.#tokens) / this.#rate) * 1000 };
    return null;
  }

  enter(): void {
    this.#tokens -= 1;
    this.#usedToday += 1;
    this.#dayBegan ??= performance.now();
  }

  standing(): Standing {
    const now = performance.now();
    this.#renew(now);
    const day = this.limit.requestsPerDay;
    if (day !== undefined)
      return { limit: day, remaining: day - this.#usedToday, resetMs: this.#dayEndsIn(now) };
    const perMinute = this.#rate * 60;
    return {
      limit: Math.round(perMinute),
      remaining: Math.floor((perMinute * this.#tokens) / this.#burst),
      resetMs: ((this.#burst - this.#tokens) / this.#rate) * 1000,
    };
  }

  #renew(now: number): void {
    if (this.#rate !== Number.POSITIVE_INFINITY)
      this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#filledAt) / 1000) * this.#rate);
    this.#filledAt = now;
    if (this.#dayBegan !== null && now - this.#dayBegan >= this.limit.dayMs) {
      this.#dayBegan = null;
      this.#usedToday = 0;
    }
  }

  #dayEndsIn(now: number): number {
    return this.limit.dayMs - (now - (this.#dayBegan ?? now));
  }
}
