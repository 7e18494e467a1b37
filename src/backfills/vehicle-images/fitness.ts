import type { Pool } from 'pg';
import { UsageError } from '../../domain/failure.ts';
import { missingTable } from '../postgres-rows/missing-table.ts';
import { hasColumn, type Shape } from './shape.ts';
import { FINDING_TABLE_NAMES, FINDING_TABLES } from './tables.ts';

const SAMPLE = 'the sample stack creates the table with its data';

/** What must be there before anything is added. Throws UsageError. */
export async function requireImages(postgres: Pool, shape: Shape): Promise<void> {
  const images = shape.vehicle_images;
  if (!images) throw await missingTable(postgres, 'vehicle_images', SAMPLE);
  if (!shape.vehicles) throw await missingTable(postgres, 'vehicles', SAMPLE);
  for (const column of ['id', 'vehicle_id']) requireType(shape, 'vehicle_images', column, 'uuid');
  requireType(shape, 'vehicles', 'id', 'uuid');
  if (images.ai_scan_metadata) requireType(shape, 'vehicle_images', 'ai_scan_metadata', 'jsonb');
  if (images.is_document) requireType(shape, 'vehicle_images', 'is_document', 'boolean');
  if (images.ai_last_scanned && !images.ai_last_scanned.startsWith('timestamp')) {
    requireType(shape, 'vehicle_images', 'ai_last_scanned', 'timestamp with time zone');
  }
  if (!images.image_url && !images.storage_path) {
    const hint = 'One of them must say where each image is: a URL, or a key under the image base.';
    throw new UsageError('vehicle_images has neither image_url nor storage_path', hint);
  }
}

/** What would make a page of findings fail when it is written; what is missing will be right. Throws UsageError. */
export async function requireFit(postgres: Pool, shape: Shape): Promise<void> {
  for (const table of FINDING_TABLE_NAMES) {
    for (const column of ['id', 'image_id']) {
      if (hasColumn(shape, table, column)) requireType(shape, table, column, 'uuid');
    }
  }
  await refuseUnfilledColumns(postgres);
  await refuseNarrowKeys(postgres);
}

function requireType(shape: Shape, table: string, column: string, type: string): void {
  const found = shape[table]?.[column];
  if (found === type) return;
  const hint = `vehicle-images works on ${table}.${column} of type ${type}.`;
  throw new UsageError(
    found ? `${table}.${column} is ${found}, not ${type}` : `${table} has no column ${column}`,
    hint,
  );
}

async function refuseUnfilledColumns(postgres: Pool): Promise<void> {
  const { rows } = await postgres.query<{ table: string; column: string }>(
    `SELECT t.name AS table, a.attname AS column
       FROM unnest($1::text[]) AS t(name)
       JOIN pg_attribute a ON a.attrelid = to_regclass(t.name) AND a.attnum > 0 AND NOT a.attisdropped
      WHERE a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''`,
    [FINDING_TABLE_NAMES],
  );
  const unfilled = rows.find(
    ({ table, column }) => !(column in FINDING_TABLES[table as keyof typeof FINDING_TABLES]),
  );
  if (!unfilled) return;
  const name = `${unfilled.table}.${unfilled.column}`;
  const hint = `Allow null: ALTER TABLE ${unfilled.table} ALTER COLUMN ${unfilled.column} DROP NOT NULL.`;
  throw new UsageError(`${name} must have a value, and vehicle-images has none for it`, hint);
}

/** A key without `image_id` in it (one SPID sheet per vehicle, say) refuses the second image's rows. */
async function refuseNarrowKeys(postgres: Pool): Promise<void> {
  const { rows } = await postgres.query<{ table: string; index: string }>(
    `SELECT t.name AS table, i.indexrelid::regclass::text AS index
       FROM unnest($1::text[]) AS t(name)
       JOIN pg_index i ON i.indrelid = to_regclass(t.name) AND i.indisunique
      WHERE NOT EXISTS (SELECT FROM pg_attribute a
                         WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) AND a.attname IN ('id', 'image_id'))`,
    [FINDING_TABLE_NAMES],
  );
  const narrow = rows[0];
  if (!narrow) return;
  const hint = `Several images of one vehicle may each have rows there: drop ${narrow.index}, or add image_id to it.`;
  throw new UsageError(`unique index ${narrow.index} on ${narrow.table} has no image_id in it`, hint);
}
