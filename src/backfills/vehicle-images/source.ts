import type { Pool } from 'pg';
import type { Source } from '../define.ts';
import { rowSource } from '../postgres-rows/source.ts';
import type { RowTable, Shape } from '../postgres-rows/table.ts';
import {
  hasRequiredKeys,
  type PhotoReference,
  photoMetadata,
  photoReference,
  photoTable,
  REQUIRED_KEYS,
} from './photos.ts';
import { hasColumn } from './shape.ts';
import { ANALYSIS_COLUMNS } from './tables.ts';

/** One image as it was read. */
export interface ImageRow extends PhotoReference {
  /** Fingerprints of every field that an analysis may write, as the journal compares them. */
  seen: Record<string, string | null>;
}

export function photoSource(postgres: Pool, readShape: () => Promise<Shape>): Source {
  return rowSource({
    postgres,
    table: async () => tableOf(await readShape()),
    async load(table, from, values) {
      const { rows } = await postgres.query<{ id: string; unit: string } & ImageRow>(
        `SELECT ${rowColumns(table)} ${from}`,
        values,
      );
      return rows.map(({ id, unit, ...row }) => ({ id, unit, row }));
    },
  });
}

function tableOf(shape: Shape): RowTable {
  const scanned = hasColumn(shape, 'vehicle_images', 'ai_last_scanned');
  const analysed = scanned && hasColumn(shape, 'vehicle_images', 'ai_scan_metadata');
  return photoTable(shape, {
    backfill: 'vehicle-images',
    written: Object.keys(ANALYSIS_COLUMNS),
    stillUndone: scanned ? '(i.ai_last_scanned IS NULL OR i.ai_last_scanned < f.updated_at)' : 'true',
    only(what, query) {
      // Without the columns of an analysis, everything is missing.
      if (what === 'missing' && scanned) query.and('i.ai_last_scanned IS NULL');
      if (what === 'incomplete' && analysed)
        query.and(`(i.ai_last_scanned IS NULL OR NOT ${hasRequiredKeys('i')})`);
    },
  });
}

function rowColumns(table: RowTable): string {
  const metadata = photoMetadata(table);
  return `i.id::text AS id, i.vehicle_id::text AS unit, ${photoReference(table)} AS reference,
          coalesce(jsonb_typeof(${metadata}), 'null') IN ('object', 'null') AS "hasKeys",
          jsonb_build_object(${fingerprints(metadata)}) AS seen`;
}

const METADATA = 'ai_scan_metadata';

/** The fields that an analysis writes: four keys of `ai_scan_metadata`, and the columns beside it. */
function fingerprints(metadata: string): string {
  const columns = Object.keys(ANALYSIS_COLUMNS).filter((column) => column !== METADATA);
  return [
    ...REQUIRED_KEYS.map((key) => `'${METADATA}.${key}', md5((${metadata} -> '${key}')::text)`),
    ...columns.map((column) => `'${column}', md5((to_jsonb(i) -> '${column}')::text)`),
  ].join(', ');
}
