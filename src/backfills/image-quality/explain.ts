import type { Pool } from 'pg';
import { UsageError } from '../../domain/failure.ts';
import type { ImageQuality } from '../../domain/image-quality/quality.ts';
import type { VerifyTable } from '../define.ts';
import { requireScores } from './require-scores.ts';
import { OURS } from './score-sql.ts';

type Details = Omit<ImageQuality, 'bird'> & { detector: string; scored_at: string };

interface Row {
  id: string;
  score: number | null;
  details: Details | null;
}

/** Why images got their scores, a table each. Reads only. Throws UsageError for an id that has no row. */
export async function explain(postgres: Pool, ids: readonly string[]): Promise<VerifyTable[]> {
  await requireScores(postgres);
  const { rows } = await postgres.query<Row>(
    `SELECT id::text AS id, quality_score::float8 AS score, CASE WHEN ${OURS} THEN quality_details END AS details
       FROM images WHERE id::text = ANY ($1::text[])`,
    [ids],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => {
    const row = byId.get(id);
    if (!row) throw new UsageError(`there is no image ${id}`, 'Give the id of a row of images.');
    return told(row, row.details);
  });
}

/** A table without rows would not be shown. */
function told({ id, score }: Row, details: Details | null): VerifyTable {
  if (!details) {
    const state =
      score === null ? 'not scored yet' : `${score}, scored by another tool: no reasons are known`;
    return { title: id, columns: ['score'], rows: [[state]] };
  }
  const { category, detector, remark, criteria } = details;
  const quality = score === null ? 'no score' : `${score}, ${category}`;
  const by = `(detector ${detector}, ${details.scored_at.slice(0, 10)})`;
  return {
    title: `${id}: ${quality} ${by}${remark ? `; ${remark}` : ''}`,
    columns: ['criterion', 'weight, %', 'points', 'why'],
    rows: criteria.map(({ name, weight, points, reason }) => [
      name.replaceAll('_', ' '),
      weight,
      points,
      reason,
    ]),
  };
}
