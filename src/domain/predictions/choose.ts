/** The choice of the ranker among a group's images. */
export interface Choice {
  index: number;
  /** Softmax of the scores over the group, at the chosen one: 1 for an image alone. */
  confidence: number;
}

/** The highest score; the first of equals. Null scores are images that failed; null where all did. */
export function chooseBest(scores: readonly (number | null)[]): Choice | null {
  let index = -1;
  for (const [n, score] of scores.entries()) {
    if (score !== null && (index < 0 || score > (scores[index] as number))) index = n;
  }
  if (index < 0) return null;
  const highest = scores[index] as number;
  const sum = scores.reduce<number>((all, one) => all + (one === null ? 0 : Math.exp(one - highest)), 0);
  return { index, confidence: 1 / sum };
}
