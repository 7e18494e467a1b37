/** What the rate-limit headers say. */
export interface Standing {
  limit: number;
  remaining: number;
  /** Until all of it is there again. */
  resetMs: number;
}

/** A token bucket: `perMs` flow in, up to `capacity`; it begins full. */
export class Bucket {
  readonly #limit: number;
  readonly #perMs: number;
  readonly #capacity: number;
  #level: number;
  #at: number;

  /** `perMinute` is what its headers and refusals name as the limit. */
  constructor(perMinute: number, capacity: number, now: number) {
    this.#limit = perMinute;
    this.#perMs = perMinute / 60_000;
    this.#capacity = capacity;
    this.#level = capacity;
    this.#at = now;
  }

  /** The same share of it is left as was of the bucket before. */
  inheriting(before: Bucket, now: number): void {
    this.#level = this.#capacity * before.#share(now);
  }

  /** Milliseconds until so much is there; 0: it is. Infinity: so much fits in never. */
  wait(amount: number, now: number): number {
    this.#fill(now);
    if (amount > this.#capacity) return Number.POSITIVE_INFINITY;
    return Math.max(0, (amount - this.#level) / this.#perMs);
  }

  take(amount: number): void {
    this.#level -= amount;
  }

  standing(now: number): Standing {
    const share = this.#share(now);
    return {
      limit: Math.round(this.#limit),
      remaining: Math.max(0, Math.floor(this.#limit * share)),
      resetMs: (this.#capacity - this.#level) / this.#perMs,
    };
  }

  #share(now: number): number {
    this.#fill(now);
    return this.#level / this.#capacity;
  }

  #fill(now: number): void {
    this.#level = Math.min(this.#capacity, this.#level + (now - this.#at) * this.#perMs);
    this.#at = now;
  }
}
