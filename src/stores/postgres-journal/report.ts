import type { Pool } from 'pg';
import type { JournalRun, WrittenField, WrittenTable } from '../journal.ts';

export async function listRuns(pool: Pool): Promise<JournalRun[]> {
  const found = await pool.query<JournalRun>(
    `SELECT run_id AS "runId", backfill, state, opened_at AS "openedAt", closed_at AS "closedAt"
       FROM temporal_backfill.runs ORDER BY opened_at DESC, run_id`,
  );
  return found.rows;
}

export async function summarizeRun(pool: Pool, runId: string): Promise<WrittenTable[]> {
  const found = await pool.query<WrittenTable>(
    `SELECT table_name AS "table", count(DISTINCT row_id)::int AS rows, count(*)::int AS fields,
            count(*) FILTER (WHERE rollback_state = 'restored')::int AS restored,
            count(*) FILTER (WHERE rollback_state = 'handed')::int AS "handedOn",
            count(*) FILTER (WHERE rollback_state = 'conflict')::int AS conflicts
       FROM temporal_backfill.journal WHERE run_id = $1 GROUP BY table_name ORDER BY table_name`,
    [runId],
  );
  return found.rows;
}

/** SQL: an entry `j` as people read it. */
export const WRITTEN_FIELD = 'j.item, j.table_name AS "table", j.row_id AS "row", j.field, j.before, j.after';

export async function writtenFields(pool: Pool, runId: string, items: number): Promise<WrittenField[]> {
  const found = await pool.query<WrittenField>(
    `SELECT ${WRITTEN_FIELD} FROM temporal_backfill.journal j
      WHERE run_id = $1 AND item IN (
        SELECT DISTINCT item FROM temporal_backfill.journal WHERE run_id = $1 ORDER BY item LIMIT $2)
      ORDER BY item, seq`,
    [runId, items],
  );
  return found.rows;
}
