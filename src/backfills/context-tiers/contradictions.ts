import type { Pool } from 'pg';
import type { VerifyTable } from '../define.ts';
import { numberAt } from '../postgres-rows/number-at.ts';
import { FAILED_ITEMS } from '../postgres-rows/table.ts';
import { routeSql } from './context-sql.ts';

/**
 * A check of what runs have written, and still answer for: the journal knows which images. What other tools left is not judged:
 * rolling back a run would not mend it.
 */
export async function contradictions(postgres: Pool): Promise<VerifyTable> {
  const { rows } = (await hasJournal(postgres))
    ? await postgres.query<[string, number, string]>({ text: BROKEN, rowMode: 'array' })
    : { rows: [] };
  return {
    title: 'Routes that contradict their score',
    columns: ['contradiction', 'images', 'for example'],
    rows,
    passed: rows.length === 0,
  };
}

export async function hasJournal(postgres: Pool): Promise<boolean> {
  const { rows } = await postgres.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [
    FAILED_ITEMS,
  ]);
  return rows[0]?.found ?? false;
}

const M = 'i.ai_scan_metadata';
const SCORE = numberAt(M, 'context_score');
const ROUTE = `${M} #>> '{context,route}'`;
const SUFFICIENT = `coalesce(${M} #> '{tier_1,image_quality,sufficient_for_detail}' = 'true', false)`;
const is = (key: string) => `coalesce(jsonb_typeof(${M} -> '${key}') = 'object', false)`;
const POINTS = `(SELECT sum(point::numeric) FROM jsonb_path_query(${M}, '$.context.points.* ? (@.type() == "number")') AS point)`;

/** What is wrong → where. */
const CONTRADICTIONS: Record<string, string> = {
  'the score is not the sum of its points': `${SCORE} IS DISTINCT FROM ${POINTS}`,
  'the route does not fit the score': `${ROUTE} IS DISTINCT FROM ${routeSql(`(${SCORE})`)}`,
  'no processing cost': `coalesce(${numberAt(M, 'processing_cost')}, -1) < 0`,
  'no tier 1': `NOT ${is('tier_1')}`,
  'tier 2 of an image that does not suffice for it': `${is('tier_2')} AND NOT ${SUFFICIENT}`,
  'no tier 2 of an image that suffices for it': `NOT ${is('tier_2')} AND ${SUFFICIENT} AND ${ROUTE} <> 'gap_finder'`,
  'an answer of another route': `${is('tier_2')} AND ${ROUTE} = 'gap_finder' OR ${is('gap_finder')} AND ${ROUTE} <> 'gap_finder'`,
};

const WRITTEN_BY_A_RUN = `EXISTS (
  SELECT FROM temporal_backfill.journal j
   WHERE j.table_name = (SELECT n.nspname || '.' || c.relname FROM pg_class c
                           JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = 'vehicle_images'::regclass)
     AND j.row_id = i.id::text AND j.field = 'ai_scan_metadata.context_score' AND j.rollback_state IS NULL)`;

const BROKEN = `
  SELECT what, count(*)::int, min(image) FROM (
    SELECT i.id::text AS image, wrong.what
      FROM vehicle_images i
     CROSS JOIN LATERAL (VALUES ${Object.entries(CONTRADICTIONS)
       .map(([what, condition]) => `('${what}', ${condition})`)
       .join(', ')}) AS wrong (what, found)
     WHERE wrong.found AND ${WRITTEN_BY_A_RUN}
  ) AS broken GROUP BY what ORDER BY what`;
