import type { ClientBase } from 'pg';
import type { PageClaim } from '../../domain/page.ts';

/**
 * SQL: the next entry `n` for the field of entry `m`, by a later run, and whether it found what `m` had left.
 * `seq + 0` keeps the planner from walking the whole journal in the order of `seq`.
 */
export const NEXT_ENTRY = `(
  SELECT n.seq, n.before IS NOT DISTINCT FROM m.after AS follows FROM temporal_backfill.journal n
   WHERE n.table_name = m.table_name AND n.row_id = m.row_id AND n.field = m.field
     AND n.seq > m.seq AND n.rollback_state IS NULL
   ORDER BY n.seq + 0 LIMIT 1)`;

/** Blocked: a later run wrote the field too, but found something else there than we had left. */
export async function handOn(client: ClientBase, page: PageClaim, seqs: string[]) {
  const found = await client.query<{ seq: string; follows: boolean }>(
    `WITH later AS MATERIALIZED (
       SELECT m.seq, n.seq AS next, m.before, m.column_was, n.follows
         FROM temporal_backfill.journal m CROSS JOIN LATERAL ${NEXT_ENTRY} n
        WHERE m.seq = ANY ($1::bigint[]) AND m.rollback_state IS NULL
     ), heirs AS (
       UPDATE temporal_backfill.journal j SET before = later.before, column_was = later.column_was
         FROM later WHERE j.seq = later.next AND later.follows
     ), handed AS (
       UPDATE temporal_backfill.journal j
          SET rollback_state = 'handed', handed_to = later.next, rolled_back_by = $2, rolled_back_at = now()
         FROM later WHERE j.seq = later.seq AND later.follows
     )
     SELECT seq::text, follows FROM later`,
    [seqs, page.runId],
  );
  const those = (follows: boolean) =>
    new Set(found.rows.filter((row) => row.follows === follows).map(({ seq }) => seq));
  return { handed: those(true), blocked: those(false) };
}

/**
 * A run that put the first key into an empty column leaves its emptiness to the keys written since: whoever
 * takes the last key out again empties the column.
 */
export async function handOnEmptiness(client: ClientBase, seqs: string[]): Promise<void> {
  await client.query(
    `UPDATE temporal_backfill.journal n SET column_was = m.column_was
       FROM temporal_backfill.journal m
      WHERE m.seq = ANY ($1::bigint[]) AND m.rollback_state IS NULL AND m.column_was <> 'object'
        AND n.table_name = m.table_name AND n.row_id = m.row_id AND n.rollback_state IS NULL
        AND (n.seq > m.seq OR n.run_id = m.run_id)
        AND n.column_was = 'object' AND split_part(n.field, '.', 1) = split_part(m.field, '.', 1)`,
    [seqs],
  );
}
