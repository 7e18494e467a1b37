import type { Selection } from '../../domain/page.ts';
import type { RowTable } from '../postgres-rows/table.ts';
import { photoMetadata } from '../vehicle-images/photos.ts';

/** What an earlier run or another backfill has found out about a photo. */
const ANALYSES = ['rekognition', 'appraiser', 'spid', 'tier_1'];

/**
 * SQL, a condition: a photo has points for an earlier analysis. A run over improved images takes the vehicles' records alone: each
 * of them has been analysed before.
 */
export function analysedBefore(table: RowTable, selection: Selection | undefined): string {
  if (selection?.only === 'improved') return 'false';
  return `coalesce(${photoMetadata(table)} ?| ARRAY['${ANALYSES.join("','")}'], false)`;
}

/** SQL, a condition: a photo has a list of gaps. */
export function hasGaps(table: RowTable): string {
  return isList(photoMetadata(table));
}

/** SQL, a condition: some photo of its vehicle has one. */
export function vehicleHasGaps({ columns }: RowTable): string {
  if (columns.ai_scan_metadata === undefined) return 'false';
  return `EXISTS (SELECT FROM vehicle_images g WHERE g.vehicle_id = i.vehicle_id AND ${isList('g.ai_scan_metadata')})`;
}

/** SQL: whether a photo suffices for tier 2; null where tier 1 has not looked at it. */
export function suffices(table: RowTable): string {
  const answer = `${photoMetadata(table)} #> '{tier_1,image_quality,sufficient_for_detail}'`;
  return `CASE jsonb_typeof(${answer}) WHEN 'boolean' THEN (${answer})::boolean END`;
}

function isList(metadata: string): string {
  return `coalesce(jsonb_typeof(${metadata} -> 'gap_finder') = 'object', false)`;
}
