import type { Ask } from '../../domain/call.ts';
import type { FieldChange } from '../../domain/change.ts';
import { ItemFailure } from '../../domain/failure.ts';
import type { FoundBird } from '../../domain/image-quality/birds.ts';
import { type ImageQuality, scoreImage } from '../../domain/image-quality/quality.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ImageMeasures, Vision } from '../../vision/vision.ts';
import type { Item } from '../define.ts';
import { seenOf } from '../postgres-rows/seen.ts';
import type { BirdDetector } from './detectors/detector.ts';
import type { ImageRow } from './source.ts';
import { IMAGES } from './table.ts';

export interface Scoring {
  vision: Vision;
  detector: BirdDetector;
  allowPartial: boolean;
}

/**
 * Measured first: what cannot be decoded costs nothing. Null where there is no score to write and the row has one: that
 * one stays, with its reasons.
 */
export async function score(
  item: Item,
  ask: Ask,
  { vision, detector, allowPartial }: Scoring,
): Promise<FieldChange | null> {
  const { reference, scored, seen } = item.row as ImageRow;
  if (!reference) throw new ItemFailure('row-invalid', `image ${item.id} does not say where it is: no url`);
  const image = await vision.load(reference);
  const measures = await image.measured();
  const { birds, by } = await detector.detect(image, ask);
  const quality = scoreImage({ ...measures, birds }, { partial: allowPartial });
  if (quality.score === null && scored) return null;
  const details = detailsOf(quality, measures, birds, detector);
  const fields: JsonObject = {
    ...(quality.score !== null && { quality_score: quality.score }),
    quality_details: details,
  };
  return { kind: 'fields', table: IMAGES, id: item.id, fields, seen: seenOf(seen, fields), by };
}

/** Why it got its score, for people and for queries. */
function detailsOf(
  { bird, ...quality }: ImageQuality,
  { width, height, luma }: ImageMeasures,
  birds: readonly FoundBird[] | null,
  detector: BirdDetector,
): JsonObject {
  return JSON.parse(
    JSON.stringify({
      ...quality,
      ...{ width, height, luma: Math.round(luma * 10) / 10 },
      detector: detector.name,
      birds: birds?.length ?? null,
      bird,
      scored_at: new Date().toISOString(),
    }),
  );
}
