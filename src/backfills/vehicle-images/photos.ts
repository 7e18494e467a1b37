import { z } from 'zod';
import { ItemFailure, UsageError } from '../../domain/failure.ts';
import type { Item } from '../define.ts';
import {
  FAILED_ITEMS,
  firstFilled,
  type RowTable,
  type RowUnit,
  type Shape,
} from '../postgres-rows/table.ts';

/** The keys that a finished analysis has in `ai_scan_metadata`; a step that does not apply leaves null there. */
export const REQUIRED_KEYS = ['rekognition', 'appraiser', 'spid', 'scanned_at'] as const;

/** SQL: the row has every key of a finished analysis. */
export function hasRequiredKeys(table: string): string {
  return `coalesce(${table}.ai_scan_metadata ?& ARRAY['${REQUIRED_KEYS.join("','")}'], false)`;
}

/** Photos that belong to a vehicle. The unit is the vehicle's id. */
export function photoTable(
  shape: Shape,
  own: Pick<RowTable, 'backfill' | 'only' | 'stillUndone' | 'written'>,
): RowTable {
  const columns = shape.vehicle_images ?? {};
  return {
    ...own,
    name: 'vehicle_images',
    columns,
    journal: shape[FAILED_ITEMS] !== undefined,
    idType: 'uuid',
    unit: VEHICLE,
    kinds: kinds(columns),
  };
}

/** SQL: where the photo is; null where the row does not say. */
export function photoReference({ columns }: RowTable): string {
  return firstFilled(columns, ['image_url', 'storage_path']);
}

/** SQL: `ai_scan_metadata`, also where the table has no such column. */
export function photoMetadata({ columns }: RowTable): string {
  return columns.ai_scan_metadata === undefined ? 'NULL::jsonb' : 'i.ai_scan_metadata';
}

const VEHICLE: RowUnit = {
  sql: 'i.vehicle_id',
  type: 'uuid',
  skipped: 'no-vehicle',
  check(text) {
    if (z.guid().safeParse(text).success) return;
    throw new UsageError(`--unit ${text} is no vehicle id`, 'A vehicle id is a UUID, as in vehicles.id.');
  },
};

/** An earlier analysis, the media type, the file's ending. */
function kinds(columns: Record<string, string>): string[] {
  const has = (column: string) => columns[column] !== undefined;
  const reference = firstFilled(columns, ['image_url', 'storage_path']);
  return [
    ...(has('ai_scan_metadata') ? [`i.ai_scan_metadata #>> '{rekognition,kind}'`] : []),
    ...['is_document', 'document_category', 'mime_type', 'content_type']
      .filter(has)
      .map((one) => `i.${one}::text`),
    `lower(substring(${reference} from '\\.([A-Za-z0-9]{1,5})(?:[?#]|$)'))`,
  ];
}

/** What a photo's row says of where it is. */
export interface PhotoReference {
  /** `image_url`, or the key in `storage_path`; null when the row has neither. */
  reference: string | null;
  /** False when `ai_scan_metadata` holds something that has no keys: a list, a text. */
  hasKeys: boolean;
}

/** Throws ItemFailure `row-invalid` for a photo that cannot be read, or whose findings could not be kept. */
export function requireReference({ id, row }: Item): string {
  const { reference, hasKeys } = row as PhotoReference;
  if (!hasKeys)
    throw new ItemFailure(
      'row-invalid',
      `image ${id}: ai_scan_metadata is no JSON object; set it to {} or NULL`,
    );
  if (reference) return reference;
  throw new ItemFailure('row-invalid', `image ${id} has neither image_url nor storage_path`);
}
