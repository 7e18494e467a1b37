import type { FailureClass } from '../../domain/failure.ts';
import { planSample, type SampleSize } from './plan.ts';
import { type Truth, truthOf } from './truth.ts';

/** What must become of one row of a sample. */
export interface ExpectedImage {
  id: string;
  number: number;
  truth: Truth;
  vehicleId: string | null;
  analysis: 'never' | 'partly' | 'fully';
  /** The class it must fail with; null where it must succeed. */
  failure: FailureClass | null;
  /** The name of what is unusual about it. */
  planted: string | null;
  copyOf: string | null;
}

/** By row id. */
export function expectedImages(size: SampleSize): Map<string, ExpectedImage> {
  return new Map(
    planSample(size).images.map(({ id, number, vehicleId, analysis, plant, copyOf }) => {
      const failure = plant?.failure ?? null;
      const truth = truthOf(number);
      return [id, { id, number, truth, vehicleId, analysis, failure, planted: plant?.name ?? null, copyOf }];
    }),
  );
}
