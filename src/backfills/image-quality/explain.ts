import type { Pool } from 'pg';
import { UsageError } from '../../domain/failure.ts';
import type { ImageQuality } from '../../domain/image-quality/quality.ts';
import type { VerifyTable } from '../define.ts';
import { requireScores } from './tables.ts';

type Details = Omit<ImageQuality, 'bird'> & { detector: string; scored_at: string };

/** Why images got their scores, a table each. Reads only. Throws UsageError for an id that has no row. */
export async function explain(postgres: Pool, ids: readonly string[]): Promise<VerifyTable[]> {
  await requireScores(postgres);
  const { rows } = await postgres.query<{ id: string; score: number | null; details: Details | null }>(
    `SELECT id::text AS id, quality_score::int AS score, quality_details AS details
       FROM images WHERE id::text = ANY ($1::text[])`,
    [ids],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => {
    const row = byId.get(id);
    if (!row) throw new UsageError(`there is no image ${id}`, 'Give the id of a row of images.');
    return { title: `${id}: ${summary(row)}`, ...criteria(row.details) };
  });
}

function summary({ score, details }: { score: number | null; details: Details | null }): string {
  if (!details)
    return score === null ? 'not scored yet' : `${score}, scored by another tool: no reasons are known`;
  const at = details.scored_at.slice(0, 10);
  const told = score === null ? 'no score' : `${score}, ${details.category}`;
  return `${told} (detector ${details.detector}, ${at})${details.remark ? `; ${details.remark}` : ''}`;
}

function criteria(details: Details | null): Omit<VerifyTable, 'title'> {
  const rows = (details?.criteria ?? []).map(({ name, weight, points, reason }) => [
    name.replaceAll('_', ' '),
    weight,
    points,
    reason,
  ]);
  return { columns: ['criterion', 'weight, %', 'points', 'why'], rows };
}
