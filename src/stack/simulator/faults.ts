import { crc32 } from 'node:zlib';
import type { Provider } from '../../domain/call.ts';
import type { Fault } from './settings.ts';

export interface Sufferer {
  provider: Provider;
  operation: string;
  /** Which picture, as the bill calls it. */
  content: string;
  numbers: (number | null)[];
}

/** Decides which fault a call meets: the first that matches and strikes. */
export class Faults {
  #faults: { fault: Fault; seen: Map<string, { matched: number; struck: number }> }[] = [];
  #seed = 0;

  /** Counts of times begin anew. */
  configure(faults: Fault[], seed: number): void {
    this.#faults = faults.map((fault) => ({ fault, seen: new Map() }));
    this.#seed = seed;
  }

  next(sufferer: Sufferer): Fault | null {
    for (const [index, { fault, seen }] of this.#faults.entries()) {
      if (!matches(fault.match, sufferer)) continue;
      const counts = seen.get(sufferer.content) ?? { matched: 0, struck: 0 };
      seen.set(sufferer.content, counts);
      counts.matched += 1;
      if (fault.times !== undefined && counts.struck >= fault.times) continue;
      const draw = `${this.#seed}/${index}/${sufferer.operation}/${sufferer.content}/${counts.matched}`;
      if (fault.rate !== undefined && crc32(draw) / 2 ** 32 >= fault.rate) continue;
      counts.struck += 1;
      return fault;
    }
    return null;
  }
}

function matches(match: Fault['match'], { provider, operation, numbers }: Sufferer): boolean {
  if (match.provider !== undefined && match.provider !== provider) return false;
  if (match.operation !== undefined && !matchesName(match.operation, operation)) return false;
  return (
    match.items === undefined || numbers.some((number) => number !== null && match.items?.includes(number))
  );
}

function matchesName(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
