import type { Pool } from 'pg';
import { UsageError } from '../../domain/failure.ts';
import type { ReadRequest, UnitSize } from '../define.ts';
import { conditions, inOrder, LIST, type Selected } from './selection.ts';
import type { Conditions } from './table.ts';

/**
 * A run's own order: the journal's list of its items, each with its unit and its place. It is made once, so that
 * a row that changes meanwhile keeps its place. Rows of one unit follow one another in it. Idempotent.
 * Items of a list of ids that are not selected get no place.
 */
export async function fixOrder(postgres: Pool, selected: Selected): Promise<void> {
  const values: unknown[] = [selected.runId];
  const { rowCount } = await postgres.query(
    `INSERT INTO ${LIST} (run_id, item, unit, n)
     SELECT $1::text, id::text, unit::text, n FROM (${inOrder(selected, values)}) AS placed ORDER BY n
     ON CONFLICT (run_id, item) DO UPDATE SET unit = excluded.unit, n = excluded.n`,
    values,
  );
  if (!rowCount) throw new UsageError('what was to be ordered has just gone', 'Start the run again.');
  // Pages are read through a list that PostgreSQL would otherwise take for empty.
  await postgres.query(`ANALYZE ${LIST}`);
}

export async function unitsInOrder(
  postgres: Pool,
  selected: Selected,
  after: string | null,
  limit: number,
): Promise<UnitSize[]> {
  const query = conditions({ ...selected, listed: true });
  if (after !== null) query.and(`l.n > ${placeOf(query, selected, 'max', after)}`);
  const { rows } = await postgres.query<UnitSize>(
    `SELECT l.unit, count(*)::int AS items ${query.from()}
      GROUP BY l.unit ORDER BY min(l.n) LIMIT ${query.value(limit)}`,
    query.values,
  );
  return rows;
}

/** What a page reads. A scope is all places from the first of its first unit to the last of its last. */
export function pageInOrder(selected: Selected, { scope, after, limit }: ReadRequest): [string, unknown[]] {
  const query = conditions({ ...selected, listed: true });
  query.and(`l.n >= ${placeOf(query, selected, 'min', scope.firstUnit)}`);
  query.and(`l.n <= ${placeOf(query, selected, 'max', scope.lastUnit)}`);
  if (after)
    query.and(
      `l.n > (SELECT n FROM ${LIST} WHERE run_id = ${query.value(selected.runId)} AND item = ${query.value(after.id)})`,
    );
  return [`${query.from()} ORDER BY l.n LIMIT ${query.value(limit)}`, query.values];
}

function placeOf(query: Conditions, { runId }: Selected, which: 'min' | 'max', unit: string): string {
  return `(SELECT ${which}(n) FROM ${LIST} WHERE run_id = ${query.value(runId)} AND unit = ${query.value(unit)})`;
}
