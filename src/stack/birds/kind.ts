/** Bird photos have numbers above those of all vehicle photos. */
export const FIRST_BIRD_PHOTO = 4_100_000_000;

export function isBirdPhoto(number: number): boolean {
  return number >= FIRST_BIRD_PHOTO;
}

/** `good`: one bird, whole, of a fair size, in good light. The others are good but for what they say. */
export type BirdKind =
  | 'good'
  | 'too-small'
  | 'too-large'
  | 'cut-off'
  | 'hidden'
  | 'several'
  | 'no-bird'
  | 'too-dark'
  | 'overexposed'
  | 'few-pixels';

/** Of a hundred photos. */
export const SHARES: Record<BirdKind, number> = {
  good: 62,
  'too-small': 6,
  'too-large': 5,
  'cut-off': 6,
  hidden: 5,
  several: 6,
  'no-bird': 3,
  'too-dark': 3,
  overexposed: 2,
  'few-pixels': 2,
};

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Steps of the golden ratio: photos in a row have each kind in about its share, however few they are. */
export function kindOf(number: number): BirdKind {
  let left = 100 * (((number - FIRST_BIRD_PHOTO) * GOLDEN) % 1);
  for (const [kind, share] of Object.entries(SHARES)) {
    left -= share;
    if (left < 0) return kind as BirdKind;
  }
  return 'good';
}
