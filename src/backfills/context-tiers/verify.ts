import type { Pool } from 'pg';
import { UsageError } from '../../domain/failure.ts';
import { nanodollars } from '../../domain/money.ts';
import type { VerifyTable } from '../define.ts';
import { numberAt } from '../postgres-rows/number-at.ts';
import { queryTable } from '../query-table.ts';
import { hasColumn, readShape } from '../vehicle-images/shape.ts';
import { contradictions } from './contradictions.ts';
import { comparedWithMonolithic } from './monolithic.ts';
import type { Options } from './options.ts';
import { missingTable } from './plan-table.ts';
import { readSources } from './sources.ts';
import { GAPS, gapsQuery, isTaken } from './views.ts';

/** What the database itself says about the tiers. Reads only. */
export async function verify(postgres: Pool, options: Options): Promise<VerifyTable[]> {
  const shape = await readShape(postgres);
  if (!hasColumn(shape, 'vehicle_images', 'ai_scan_metadata')) {
    throw new UsageError(
      'nothing to verify: context-tiers has not run on this database',
      'start-backfill context-tiers',
    );
  }
  const tables: VerifyTable[] = [];
  for (const { title, query } of TABLES) tables.push(await queryTable(postgres, title, query));
  tables.push(await comparison(postgres), await contradictions(postgres));
  const { missing } = await readSources(postgres, options);
  if (missing.length > 0) tables.push(missingTable(missing));
  if (await isTaken(postgres))
    tables.push({ title: 'Left as it is, not ours', columns: ['name'], rows: [[GAPS]] });
  return tables;
}

async function comparison(postgres: Pool): Promise<VerifyTable> {
  const { rows } = await postgres.query<{ images: number; cost: string }>(
    `SELECT count(*)::int AS images, coalesce(sum(${COST}), 0) AS cost FROM vehicle_images i WHERE ${PROCESSED}`,
  );
  return comparedWithMonolithic({
    images: rows[0]?.images ?? 0,
    spent: nanodollars(Number(rows[0]?.cost ?? 0)),
  });
}

const PROCESSED = `i.vehicle_id IS NOT NULL AND i.ai_scan_metadata -> 'context_score' IS NOT NULL`;
const COST = numberAt('i.ai_scan_metadata', 'processing_cost');
const CALLS = ['tier_1', 'tier_2', 'gap_finder']
  .map((key) => `(coalesce(jsonb_typeof(i.ai_scan_metadata -> '${key}'), '') = 'object')::int`)
  .join(' + ');

const TABLES = [
  {
    title: 'Progress',
    query: `
      SELECT count(*)::int AS total,
             (count(*) FILTER (WHERE ${PROCESSED}))::int AS processed,
             round(avg(${numberAt('i.ai_scan_metadata', 'context_score')}), 1)::float8 AS avg_context_score,
             sum(${COST})::float8 AS total_cost
        FROM vehicle_images i
       WHERE vehicle_id IS NOT NULL`,
  },
  {
    title: 'How many left',
    query: `
      SELECT count(*)::int AS "left"
        FROM vehicle_images i
       WHERE vehicle_id IS NOT NULL AND (ai_scan_metadata IS NULL OR ai_scan_metadata -> 'context_score' IS NULL)`,
  },
  {
    title: 'Verify all done',
    query: `
      SELECT count(*)::int AS total, count(ai_scan_metadata)::int AS processed,
             coalesce(round(100.0 * count(ai_scan_metadata) / nullif(count(*), 0), 1), 0)::float8 AS percent
        FROM vehicle_images
       WHERE vehicle_id IS NOT NULL`,
  },
  {
    title: 'Routes',
    query: `
      SELECT i.ai_scan_metadata #>> '{context,route}' AS route, count(*)::int AS images, sum(${CALLS})::int AS calls,
             sum(${COST})::float8 AS cost, round(avg(${COST}), 6)::float8 AS mean_cost,
             round(100.0 * count(*) / sum(count(*)) OVER (), 1)::float8 AS percent
        FROM vehicle_images i
       WHERE ${PROCESSED}
       GROUP BY 1 ORDER BY 2 DESC, 1`,
  },
  {
    title: 'What is missing of vehicles',
    query: `
      SELECT vehicle_id::text AS vehicle, min(current_context_score)::float8 AS score, sum(images)::int AS answers,
             string_agg(words, '; ' ORDER BY images DESC, item) AS missing
        FROM (${gapsQuery()}) AS gaps
       GROUP BY vehicle_id ORDER BY 3 DESC, 1
       LIMIT 10`,
  },
];
