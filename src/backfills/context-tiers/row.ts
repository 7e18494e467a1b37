import type { PhotoReference } from '../vehicle-images/photos.ts';
import type { VehicleContext } from './context.ts';

/** One image as it was read, with what is on record of its vehicle. */
export interface ContextRow extends PhotoReference {
  /** Fingerprints of {@link WRITTEN_FIELDS}, as the journal compares them. */
  seen: Record<string, string | null>;
  /** By an earlier run. */
  analysedBefore: boolean;
  /** Where gaps are asked for once per vehicle: it is this image's turn. */
  asksForGaps: boolean;
  context: VehicleContext;
}

/** The keys of `ai_scan_metadata` that this backfill writes, all of them with every image. */
export const WRITTEN_KEYS = [
  'context_score',
  'context',
  'processing_cost',
  'tier_1',
  'tier_2',
  'gap_finder',
] as const;
export type WrittenKey = (typeof WRITTEN_KEYS)[number];

export const WRITTEN_FIELDS = WRITTEN_KEYS.map((key) => `ai_scan_metadata.${key}` as const);
