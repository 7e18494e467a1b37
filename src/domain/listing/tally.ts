/** Votes for texts. */
export interface Tally {
  add(text: string, votes: number): void;
  has(text: string): boolean;
  /** Most votes first, ties to the first seen, as Python's `Counter.most_common` has it. */
  ranked(): string[];
}

export function createTally(): Tally {
  const votesFor = new Map<string, number>();
  return {
    add(text, votes) {
      votesFor.set(text, (votesFor.get(text) ?? 0) + votes);
    },
    has: (text) => votesFor.has(text),
    // A map keeps the order in which its keys came, and the sort is stable.
    ranked: () => [...votesFor].sort(([, a], [, b]) => b - a).map(([text]) => text),
  };
}
