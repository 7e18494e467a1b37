import { z } from 'zod';
import { settled } from '../domain/counts.ts';
import type { Run } from '../domain/run.ts';
import { formatDuration } from './duration.ts';
import { paceOf } from './progress-summary.ts';

/** What a progress file holds: the fields that scripts with a checkpoint file have. */
const checkpoint = z.strictObject({
  total: z.number(),
  /** With a final result. What was skipped is processed, and has neither succeeded nor failed. */
  processed: z.number(),
  succeeded: z.number(),
  failed: z.number(),
  /** ISO time. */
  startTime: z.string(),
  /** The last item of the page that was written last; null where the journal does not tell. */
  lastProcessedId: z.string().nullish(),
  /** `33 min 54 s`, or `unknown`. */
  estimatedTimeRemaining: z.string(),
  failedImages: z.array(z.strictObject({ id: z.string(), url: z.string().nullable(), error: z.string() })),
});

export type Checkpoint = z.infer<typeof checkpoint>;
export type FailedImage = Checkpoint['failedImages'][number];

/** False for a file that something else has made. */
export function isCheckpoint(text: string): boolean {
  try {
    return checkpoint.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

/** `rate`: items per second of late. */
export function checkpointOf(
  run: Run,
  rate: number | null,
  journaled: Pick<Checkpoint, 'lastProcessedId' | 'failedImages'>,
): Checkpoint {
  const { counts, createdAt } = run;
  const { left } = paceOf(run, rate);
  return {
    total: counts.total,
    processed: settled(counts),
    succeeded: counts.written + counts.cached,
    failed: counts.failed,
    startTime: createdAt,
    lastProcessedId: journaled.lastProcessedId,
    estimatedTimeRemaining: left === null ? 'unknown' : formatDuration(left),
    failedImages: journaled.failedImages,
  };
}
