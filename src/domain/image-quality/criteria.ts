import { roundHalfUp } from './rounding.ts';

/**
 * What an image is scored by. Inside the range a criterion has 100 points; outside they fall in straight lines.
 *
 * | criterion | weight | 100 points | outside |
 * | --- | --- | --- | --- |
 * | `bird_size` | 25 % | the bird's box covers 15 to 80 % of the area | down to 0 at 0 % and at 100 % |
 * | `positioning` | 20 % | 60 % or more visible, and no contact with an edge | the lower of two: visibility, down to 0 at 0 %; edges, 50 points for contact with one, 20 with two, 0 with three |
 * | `resolution` | 20 % | 120,000 pixels or more | down to 0 at none |
 * | `contrast` | 15 % | mean luma of 40 to 220 | down to 0 at 0 and at 255 |
 * | `primary_subject` | 20 % | one bird, detected with a confidence of 70 or more | its confidence, down to 0 at 0; times its share of the area of all birds |
 *
 * - **Which bird is judged**: the largest of those with a confidence of 70 or more; where there is none, the largest of all.
 * - **Several birds**: two of one size leave 50 points for the primary subject, three 33.3. A bird with a confidence below
 *   70 counts with a part of its area, as its points are a part of 100.
 * - **Contact** begins at half a percent of the width or height from an edge, and is whole at the edge.
 * - **Visibility** counts where a detector tells it; a box tells of edges only.
 * - **A bird without a place** (the detector names one, but gives no box) scores 0 for size and positioning, and at most 50
 *   as the primary subject. **No bird** scores 0 for all three.
 *
 * Points have one decimal, and the score is the weighted mean of these, a whole number. Half-way cases go up.
 */
export const WEIGHTS = {
  bird_size: 25,
  positioning: 20,
  resolution: 20,
  contrast: 15,
  primary_subject: 20,
} as const;
export type CriterionName = keyof typeof WEIGHTS;

/** Values with their points, in ascending order. Between them lie straight lines. */
type Curve = readonly (readonly [value: number, points: number])[];

export const CURVES = {
  /** The box's share of the image's area. */
  area: [
    [0, 0],
    [0.15, 100],
    [0.8, 100],
    [1, 0],
  ],
  /** The share of the bird that is in view. */
  visible: [
    [0, 0],
    [0.6, 100],
  ],
  /** How many edges the bird touches. */
  edges: [
    [0, 100],
    [1, 50],
    [2, 20],
    [3, 0],
  ],
  pixels: [
    [0, 0],
    [120_000, 100],
  ],
  /** Mean luma, 0 to 255. */
  luma: [
    [0, 0],
    [40, 100],
    [220, 100],
    [255, 0],
  ],
  /** Of the detector, 0 to 100. */
  confidence: [
    [0, 0],
    [70, 100],
  ],
} as const satisfies Record<string, Curve>;

/** From this confidence on a bird is clear. */
export const CLEAR = CURVES.confidence[1][0];

/** As a fraction of width or height: closer to an edge than this is contact. */
export const EDGE = 0.005;

/** The most that a bird without a known place has as the primary subject. */
export const UNPLACED_POINTS = 50;

/** 0 to 100, exact. Beyond its ends a curve goes on as it ends. */
export function pointsOn(curve: Curve, value: number): number {
  const next = curve.findIndex(([at]) => value <= at);
  const [x2, y2] = curve.at(next) as Curve[number];
  const [x1, y1] = curve[next - 1] ?? [Number.NEGATIVE_INFINITY, y2];
  return y2 - ((y2 - y1) * (x2 - value)) / (x2 - x1);
}

/** One criterion of one image. */
export interface JudgedCriterion {
  name: CriterionName;
  /** Percent. */
  weight: number;
  /** 0 to 100, with one decimal; null where it could not be judged. */
  points: number | null;
  /** In words for a person. */
  reason: string;
}

export function judged(name: CriterionName, points: number | null, reason: string): JudgedCriterion {
  return { name, weight: WEIGHTS[name], points: points && roundHalfUp(points, 1), reason };
}
