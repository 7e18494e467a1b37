import type { Pool } from 'pg';
import type { VerifyTable } from '../define.ts';
import { queryTable } from '../query-table.ts';
import { requireScores } from './require-scores.ts';

/** What the table itself says of the scores. Reads only. */
export async function verify(postgres: Pool): Promise<VerifyTable[]> {
  await requireScores(postgres);
  const tables: VerifyTable[] = [];
  for (const [title, query] of TABLES) tables.push(await queryTable(postgres, title, query));
  const broken = await queryTable(postgres, 'Scores that contradict their details', BROKEN);
  return [...tables, { ...broken, passed: broken.rows.length === 0 }];
}

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
    `SELECT get_quality_category(quality_score::int) AS category, count(*)::int AS count,
            min(quality_score)::int AS lowest, round(avg(quality_score), 1)::float8 AS mean, max(quality_score)::int AS highest
       FROM images WHERE quality_score IS NOT NULL GROUP BY 1 ORDER BY 4 DESC`,
  ],
  [
    'Criteria',
    `SELECT c.value ->> 'name' AS criterion, (c.value ->> 'weight')::int AS "weight, %",
            round(avg((c.value ->> 'points')::numeric), 1)::float8 AS "points, mean",
            (count(*) FILTER (WHERE (c.value ->> 'points')::numeric < 100))::int AS "below 100",
            (count(*) FILTER (WHERE (c.value ->> 'points')::numeric = 0))::int AS "at 0"
       FROM images, jsonb_array_elements(quality_details -> 'criteria') WITH ORDINALITY AS c
      GROUP BY 1, 2 ORDER BY min(c.ordinality)`,
  ],
  [
    'Detectors',
    `SELECT quality_details ->> 'detector' AS detector, count(*)::int AS images,
            (count(*) FILTER (WHERE (quality_details ->> 'birds')::int = 0))::int AS "no bird",
            (count(*) FILTER (WHERE (quality_details ->> 'birds')::int = 1))::int AS "one bird",
            (count(*) FILTER (WHERE (quality_details ->> 'birds')::int > 1))::int AS "several birds",
            (count(*) FILTER (WHERE (quality_details ->> 'partial')::boolean))::int AS "partial scores"
       FROM images WHERE quality_details IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1`,
  ],
] as const;

/** Of rows that have details; what other tools have scored is not judged. */
const BROKEN = `
  SELECT id::text AS image, quality_score::int AS score, quality_details ->> 'score' AS "score in details",
         get_quality_category(quality_score::int) AS category, quality_details ->> 'category' AS "category in details"
    FROM images
   WHERE quality_details ? 'criteria' AND quality_details ->> 'score' IS NOT NULL
     AND (quality_score IS NULL OR quality_score NOT BETWEEN 0 AND 100
          OR quality_score::int <> (quality_details ->> 'score')::int
          OR get_quality_category(quality_score::int) <> quality_details ->> 'category')
   ORDER BY id LIMIT 20`;
