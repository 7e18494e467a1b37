import type { Appraisal, DocumentAnswer } from '../../backfills/vehicle-images/answers.ts';
import type { DetectedLabel } from '../../vision/vision.ts';
import { appraisalOf, documentOf } from './answers.ts';
import { labelsOf } from './labels.ts';
import type { Scene } from './places.ts';
import { shotOf } from './shot.ts';

export type { Scene } from './places.ts';

/**
 * What is to be seen on sample photo `number`: the one source for the drawing, for the simulator's answers
 * and for the tests. The photo carries its number in a coded strip of pixels.
 */
export interface Truth {
  number: number;
  scene: Scene;
  labels: DetectedLabel[];
  /** What the appraiser answers; null for documents. */
  appraisal: Appraisal | null;
  /** What the document question answers; null for photos that no label nominates as a document. */
  document: DocumentAnswer | null;
}

/** Pure and stable: the same number is always the same photo. */
export function truthOf(number: number): Truth {
  const shot = shotOf(number);
  return {
    number,
    scene: shot.scene,
    labels: labelsOf(shot),
    appraisal: appraisalOf(shot),
    document: documentOf(shot),
  };
}
