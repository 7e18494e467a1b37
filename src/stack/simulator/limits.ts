import type { Provider } from '../../domain/call.ts';
import type { Standing } from './bucket.ts';
import { Gate, type Refusal } from './gate.ts';
import type { Limit } from './settings.ts';

export interface Standings {
  requests: Standing;
  tokens: Standing;
}

const UNLIMITED: Standings = {
  requests: { limit: 30_000, remaining: 29_999, resetMs: 2 },
  tokens: { limit: 150_000_000, remaining: 149_999_000, resetMs: 0 },
};

/** A request must pass the gate of its provider and that of its model. */
export class Limits {
  #gates = new Map<string, Gate>();

  /** At once: a bucket that is half empty is so under its new limit, and what was used of a day stays used. */
  configure(limits: Record<string, Limit>): void {
    const now = performance.now();
    const gates = Object.entries(limits).map(([name, limit]) => {
      const before = this.#gates.get(name);
      const gate = new Gate(limit, now);
      return [name, before === undefined ? gate : gate.inheriting(before, now)] as const;
    });
    this.#gates = new Map(gates);
  }

  /** Whether anything depends on how many tokens a request asks for. */
  countsTokens(provider: Provider, model: string): boolean {
    return this.#of(provider, model).some((gate) => gate.countsTokens);
  }

  /** Counts a request in, unless a gate is shut: then nothing is counted. */
  take(provider: Provider, model: string, tokens: number): Refusal | null {
    const gates = this.#of(provider, model);
    const now = performance.now();
    for (const gate of gates) {
      const refusal = gate.refuses(tokens, now);
      if (refusal !== null) return refusal;
    }
    for (const gate of gates) gate.enter(tokens, now);
    return null;
  }

  /** Of each kind the tightest; where there is no limit, one that is never reached. */
  standing(provider: Provider, model: string): Standings {
    const now = performance.now();
    const gates = this.#of(provider, model);
    return {
      requests: tightest(gates.flatMap((gate) => gate.requests(now))) ?? UNLIMITED.requests,
      tokens: tightest(gates.flatMap((gate) => gate.tokens(now))) ?? UNLIMITED.tokens,
    };
  }

  #of(provider: Provider, model: string): Gate[] {
    if (this.#gates.size === 0) return [];
    return [this.#gates.get(provider), this.#gates.get(`${provider}/${model}`)].filter(
      (gate) => gate !== undefined,
    );
  }
}

function tightest(standings: Standing[]): Standing | undefined {
  return standings.sort((a, b) => a.remaining / a.limit - b.remaining / b.limit)[0];
}
