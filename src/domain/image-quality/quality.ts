import { birdCriteria } from './bird-criteria.ts';
import type { FoundBird, PlacedBird } from './birds.ts';
import { CURVES, type JudgedCriterion, judged, pointsOn } from './criteria.ts';
import { roundHalfUp } from './rounding.ts';

/** What is known of an image. */
export interface SeenImage {
  /** Pixels of the upright original. */
  width: number;
  height: number;
  /** Mean, 0 to 255. */
  luma: number;
  /** Null where no detector has looked. */
  birds: readonly FoundBird[] | null;
}

export type QualityCategory = 'high' | 'medium' | 'low';

export interface ImageQuality {
  /** 0 to 100, a whole number; null where criteria could not be judged, and a partial score was not asked for. */
  score: number | null;
  category: QualityCategory | null;
  /** The score is the weighted mean of some criteria only. */
  partial: boolean;
  /** What the score leaves out, or why there is none, in words for a person; null where it is whole. */
  remark: string | null;
  /** In the order of their definition. */
  criteria: JudgedCriterion[];
  /** The bird that was judged; null where none has a place. */
  bird: PlacedBird | null;
}

/** `partial`: where no detector has looked, the other criteria make the score, with their weights among themselves. */
export function scoreImage(image: SeenImage, { partial }: { partial: boolean }): ImageQuality {
  const { size, positioning, subject, bird } = birdCriteria(image.birds);
  const criteria = [size, positioning, resolution(image), contrast(image), subject];
  const known = criteria.filter(({ points }) => points !== null);
  const whole = known.length === criteria.length;
  const score = whole || partial ? weightedMean(known) : null;
  return {
    score,
    category: score === null ? null : categoryOf(score),
    partial: !whole && partial,
    remark: whole ? null : remarkOn(known, partial),
    criteria,
    bird,
  };
}

export function categoryOf(score: number): QualityCategory {
  if (score >= 80) return 'high';
  return score >= 60 ? 'medium' : 'low';
}

function resolution({ width, height }: SeenImage): JudgedCriterion {
  const pixels = width * height;
  const found = `${grouped(width)} × ${grouped(height)} are ${grouped(pixels)} pixels`;
  return judged('resolution', pointsOn(CURVES.pixels, pixels), `${found}; 120,000 or more are right`);
}

function contrast({ luma }: SeenImage): JudgedCriterion {
  const reason = `the mean brightness is ${roundHalfUp(luma, 1)}; 40 to 220 is right`;
  return judged('contrast', pointsOn(CURVES.luma, luma), reason);
}

/** Of the points as they are shown, so that whoever adds them up comes to the same. */
function weightedMean(criteria: readonly JudgedCriterion[]): number {
  const weights = criteria.reduce((sum, { weight }) => sum + weight, 0);
  const points = criteria.reduce((sum, { weight, points }) => sum + weight * (points ?? 0), 0);
  return roundHalfUp(points / weights);
}

function remarkOn(known: readonly JudgedCriterion[], partial: boolean): string {
  if (!partial) return 'not scored: no detector has looked for birds';
  const names = known.map(({ name }) => name).join(' and ');
  const weight = known.reduce((sum, { weight }) => sum + weight, 0);
  return `of ${names} only, ${weight} % of the weights: no detector has looked for birds`;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
