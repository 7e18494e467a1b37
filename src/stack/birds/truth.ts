import type { Birds } from '../../backfills/image-quality/answers.ts';
import type { DetectedLabel } from '../../vision/vision.ts';
import { birdLabelsOf } from './labels.ts';
import { birdsSeen, type SeenBird } from './seen.ts';
import { type BirdShot, birdShotOf } from './shot.ts';

/**
 * What is to be seen on bird photo `number`: the one source for the drawing, for the simulator's answers and
 * for the tests. Boxes are exact, where a detector's would be slightly off.
 */
export interface BirdTruth extends Omit<BirdShot, 'birds'> {
  birds: SeenBird[];
  labels: DetectedLabel[];
  /** What the question where the birds are answers. */
  answer: Birds;
}

/** Pure and stable: the same number is always the same photo. */
export function birdTruthOf(number: number): BirdTruth {
  const shot = birdShotOf(number);
  const birds = birdsSeen(shot);
  return { ...shot, birds, labels: birdLabelsOf(shot, birds), answer: { birds: birds.map(located) } };
}

function located({ box, confidence, visible }: SeenBird): Birds['birds'][number] {
  return { box, confidence, visible_percent: Math.round(visible * 100) };
}
