import type { Pool } from 'pg';
import type { VerifyTable } from '../define.ts';
import { FAILED_ITEMS } from '../postgres-rows/table.ts';
import { hasColumn, type Shape } from './shape.ts';
import { ANALYSIS_COLUMNS, FINDING_TABLE_NAMES, FINDING_TABLES } from './tables.ts';

/**
 * A check of what runs have written, and still answer for: the journal knows which images, and rows of findings have a
 * `step`. What other tools left is not judged: rolling back a run would not mend it.
 */
export async function contradictions(postgres: Pool, shape: Shape): Promise<VerifyTable> {
  const broken = [...images(shape), ...FINDING_TABLE_NAMES.flatMap((table) => findings(table, shape))];
  const { rows } = await postgres.query<[string, number, string]>({
    text: `SELECT what, count(DISTINCT image)::int, min(image)
             FROM (${broken.join(' UNION ALL ')}) AS broken GROUP BY what ORDER BY what`,
    rowMode: 'array',
  });
  return {
    title: 'Analyses that contradict themselves',
    columns: ['contradiction', 'images', 'for example'],
    rows,
    passed: rows.length === 0,
  };
}

/** SQL: what is wrong, and with which image. */
function images(shape: Shape): string[] {
  if (
    !shape[FAILED_ITEMS] ||
    Object.keys(ANALYSIS_COLUMNS).some((column) => !hasColumn(shape, IMAGES, column))
  )
    return [];
  const where = (what: string, condition: string) =>
    `SELECT '${what}' AS what, i.id::text AS image FROM ${IMAGES} i WHERE ${condition} AND ${WRITTEN_BY_A_RUN}`;
  return [
    where('analysed without labels', WITHOUT_LABELS),
    where(`${IMAGES}.ai_avg_confidence is not 0 to 100`, 'i.ai_avg_confidence NOT BETWEEN 0 AND 100'),
  ];
}

const IMAGES = 'vehicle_images';

const WITHOUT_LABELS = `i.ai_last_scanned IS NOT NULL
  AND jsonb_typeof(i.ai_scan_metadata -> 'rekognition') IS DISTINCT FROM 'object'`;

const WRITTEN_BY_A_RUN = `EXISTS (
  SELECT FROM temporal_backfill.journal j
   WHERE j.table_name = (SELECT n.nspname || '.' || c.relname FROM pg_class c
                           JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = '${IMAGES}'::regclass)
     AND j.row_id = i.id::text AND j.field = 'ai_last_scanned' AND j.rollback_state IS NULL)`;

function findings(table: keyof typeof FINDING_TABLES, shape: Shape): string[] {
  if (!hasColumn(shape, table, 'step') || !hasColumn(shape, table, 'image_id')) return [];
  const where = (what: string, condition: string) =>
    `SELECT '${what}' AS what, f.image_id::text AS image FROM ${table} f WHERE f.step IS NOT NULL AND ${condition}`;
  const percentages = Object.keys(FINDING_TABLES[table]).filter(
    (column) => /confidence|score/.test(column) && NUMBER.test(shape[table]?.[column] ?? ''),
  );
  return [
    where(
      `${table} of an image that is gone`,
      `NOT EXISTS (SELECT FROM ${IMAGES} i WHERE i.id = f.image_id)`,
    ),
    ...percentages.map((column) =>
      where(`${table}.${column} is not 0 to 100`, `f.${column} NOT BETWEEN 0 AND 100`),
    ),
  ];
}

const NUMBER = /^(smallint|integer|bigint|real|double precision|numeric)/;
