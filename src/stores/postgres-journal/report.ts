import type { Pool } from 'pg';
import type { JournalRun, WrittenTable } from '../journal.ts';

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
