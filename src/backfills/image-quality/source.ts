import type { Pool } from 'pg';
import type { Source } from '../define.ts';
import { rowSource } from '../postgres-rows/source.ts';
import { imageTable, reference, WRITTEN } from './table.ts';

/** One image as it was read. */
export interface ImageRow {
  /** Null when the row does not say where the image is. */
  reference: string | null;
  /** It has a score already, whoever gave it. */
  scored: boolean;
  /** Fingerprints of what is written, as the journal compares them. */
  seen: Record<string, string | null>;
}

export function imageSource(postgres: Pool): Source {
  return rowSource({
    postgres,
    table: () => imageTable(postgres),
    async load({ columns, unit }, from, values) {
      const { rows } = await postgres.query<{ id: string; unit: string } & ImageRow>(
        `SELECT i.id::text AS id, ${unit.sql}::text AS unit, ${reference(columns)} AS reference,
                ${columns.quality_score === undefined ? 'false' : 'i.quality_score IS NOT NULL'} AS scored,
                jsonb_build_object(${WRITTEN.map(fingerprint).join(', ')}) AS seen ${from}`,
        values,
      );
      return rows.map(({ id, unit, ...row }) => ({ id, unit, row }));
    },
  });
}

function fingerprint(column: string): string {
  return `'${column}', md5((to_jsonb(i) -> '${column}')::text)`;
}
