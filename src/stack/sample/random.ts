/** A reproducible sequence of choices; the same words always give the same sequence. */
export interface Dice {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** Whole number, both ends included. */
  int(from: number, to: number): number;
  /** With so many decimals, 1 unless said. */
  real(from: number, to: number, decimals?: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** Different ones, in the order of `choices`. */
  some<T>(choices: readonly T[], count: number): T[];
}

/** `purpose` keeps sequences apart, so that one more choice here changes nothing there. */
export function dice(purpose: string, ...numbers: number[]): Dice {
  const next = mulberry32(fnv1a(`${purpose}/${numbers.join('/')}`));
  const int = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  const pick = <T>(choices: readonly T[]): T => {
    const chosen = choices[Math.floor(next() * choices.length)];
    if (chosen === undefined) throw new RangeError('Nothing to choose from.');
    return chosen;
  };
  return {
    next,
    int,
    pick,
    real: (from, to, decimals = 1) => Number((from + next() * (to - from)).toFixed(decimals)),
    chance: (probability) => next() < probability,
    some: (choices, count) => {
      const rank = choices.map((_, index) => ({ index, order: next() })).sort((a, b) => a.order - b.order);
      const kept = new Set(rank.slice(0, count).map(({ index }) => index));
      return choices.filter((_, index) => kept.has(index));
    },
  };
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
