import type { Pool } from 'pg';
import type { Period, VerifyTable } from '../define.ts';
import { isMoment } from '../postgres-rows/table.ts';
import { queryTable } from '../query-table.ts';
import { requireScores } from './require-scores.ts';
import { SCORE, SCORED_AT } from './score-sql.ts';
import { imageTable } from './table.ts';

/** Scores by the time that images came in; where rows do not tell that, by the time they were scored. Reads only. */
export async function trend(postgres: Pool, by: Period): Promise<VerifyTable[]> {
  await requireScores(postgres);
  const { columns } = await imageTable(postgres);
  const came = isMoment(columns.created_at);
  const moment = came ? 'created_at::timestamptz' : SCORED_AT;
  const share = (category: string) =>
    `round(100.0 * count(*) FILTER (WHERE get_quality_category(${SCORE}) = '${category}') / count(*), 1)::float8`;
  const table = await queryTable(
    postgres,
    `Quality by ${by} of ${came ? 'the images' : 'their scoring'} (UTC)`,
    `SELECT coalesce(to_char(date_trunc($1, ${moment} AT TIME ZONE 'UTC'), 'YYYY-MM-DD'), 'unknown') AS "from",
            count(*)::int AS images, round(avg(quality_score)::numeric, 1)::float8 AS "score, mean",
            ${share('high')} AS "high, %", ${share('medium')} AS "medium, %", ${share('low')} AS "low, %"
       FROM images WHERE quality_score IS NOT NULL GROUP BY 1 ORDER BY 1`,
    [by],
  );
  return [table];
}
