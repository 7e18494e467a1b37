import type { Pool } from 'pg';
import type { Period, VerifyTable } from '../define.ts';
import { queryTable } from '../query-table.ts';
import { requireScores } from './require-scores.ts';
import { imageTable } from './table.ts';

/** Scores by the time that images came in; where rows do not tell that, by the time they were scored. Reads only. */
export async function trend(postgres: Pool, by: Period): Promise<VerifyTable[]> {
  await requireScores(postgres);
  const { columns } = await imageTable(postgres);
  const came = columns.created_at !== undefined;
  const moment = came ? 'created_at::timestamptz' : `(quality_details ->> 'scored_at')::timestamptz`;
  const share = (category: string) =>
    `round(100.0 * count(*) FILTER (WHERE get_quality_category(quality_score::int) = '${category}') / count(*), 1)::float8`;
  const table = await queryTable(
    postgres,
    `Quality by ${by} of ${came ? 'the images' : 'their scoring'} (UTC)`,
    `SELECT coalesce(to_char(date_trunc($1, ${moment} AT TIME ZONE 'UTC'), 'YYYY-MM-DD'), 'unknown') AS "from",
            count(*)::int AS images, round(avg(quality_score), 1)::float8 AS "score, mean",
            ${share('high')} AS "high, %", ${share('medium')} AS "medium, %", ${share('low')} AS "low, %"
       FROM images WHERE quality_score IS NOT NULL GROUP BY 1 ORDER BY 1`,
    [by],
  );
  return [table];
}
