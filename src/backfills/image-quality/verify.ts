import type { Pool } from 'pg';
import type { VerifyTable } from '../define.ts';
import { numberAt } from '../postgres-rows/number-at.ts';
import { queryTable } from '../query-table.ts';
import { requireScores } from './require-scores.ts';
import { OURS, PARTIAL, SCORE } from './score-sql.ts';

/** What the table itself says of the scores. Reads only. */
export async function verify(postgres: Pool): Promise<VerifyTable[]> {
  await requireScores(postgres);
  const tables: VerifyTable[] = [];
  for (const [title, query] of TABLES) tables.push(await queryTable(postgres, title, query));
  const broken = await queryTable(postgres, 'Scores that contradict their details', BROKEN);
  return [...tables, { ...broken, passed: broken.rows.length === 0 }];
}

const POINTS = numberAt('c.value', 'points');
const BIRDS = numberAt('quality_details', 'birds');

const TABLES = [
  [
    'Progress',
    `SELECT count(*)::int AS total, count(quality_score)::int AS scored,
            (count(*) FILTER (WHERE quality_score IS NULL))::int AS "without score",
            coalesce(round(100.0 * count(quality_score) / nullif(count(*), 0), 1), 0)::float8 AS percent
       FROM images`,
  ],
  [
    'Score distribution',
    `SELECT coalesce(get_quality_category(${SCORE}), 'not 0 to 100') AS category, count(*)::int AS count,
            min(quality_score)::float8 AS lowest, round(avg(quality_score)::numeric, 1)::float8 AS mean,
            max(quality_score)::float8 AS highest
       FROM images WHERE quality_score IS NOT NULL GROUP BY 1 ORDER BY 4 DESC`,
  ],
  [
    'Criteria',
    `SELECT c.value ->> 'name' AS criterion, ${numberAt('c.value', 'weight')}::float8 AS "weight, %",
            round(avg(${POINTS}), 1)::float8 AS "points, mean",
            (count(*) FILTER (WHERE ${POINTS} < 100))::int AS "below 100",
            (count(*) FILTER (WHERE ${POINTS} = 0))::int AS "at 0"
       FROM images, jsonb_array_elements(CASE WHEN ${OURS} THEN quality_details -> 'criteria' END) WITH ORDINALITY AS c
      GROUP BY 1, 2 ORDER BY min(c.ordinality)`,
  ],
  [
    'Detectors',
    `SELECT quality_details ->> 'detector' AS detector, count(*)::int AS images,
            (count(*) FILTER (WHERE ${BIRDS} = 0))::int AS "no bird",
            (count(*) FILTER (WHERE ${BIRDS} = 1))::int AS "one bird",
            (count(*) FILTER (WHERE ${BIRDS} > 1))::int AS "several birds",
            (count(*) FILTER (WHERE ${PARTIAL}))::int AS "partial scores"
       FROM images WHERE quality_details IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1`,
  ],
] as const;

/** Of rows that have details; what other tools have scored is not judged. */
const BROKEN = `
  SELECT id::text AS image, quality_score::float8 AS score, quality_details ->> 'score' AS "score in details",
         get_quality_category(${SCORE}) AS category, quality_details ->> 'category' AS "category in details"
    FROM images
   WHERE ${OURS} AND quality_details ->> 'score' IS NOT NULL
     AND (quality_score IS NULL OR quality_score NOT BETWEEN 0 AND 100
          OR ${SCORE} IS DISTINCT FROM ${numberAt('quality_details', 'score')}
          OR get_quality_category(${SCORE}) IS DISTINCT FROM quality_details ->> 'category')
   ORDER BY id LIMIT 20`;
