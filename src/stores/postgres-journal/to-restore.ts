import type { Pool } from 'pg';

/** What a rollback has restored is in its finished pages as well: one transaction writes both. */
export async function countToRestore(pool: Pool, runId: string): Promise<number> {
  const found = await pool.query<{ entries: number }>(
    `SELECT count(*)::int AS entries FROM temporal_backfill.journal WHERE run_id = $1 AND rollback_state IS NULL`,
    [runId],
  );
  return found.rows[0]?.entries ?? 0;
}

/** Against the order of writing. */
export async function toRestore(
  pool: Pool,
  runId: string,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const found = await pool.query<Entry>(
    `SELECT seq::text FROM temporal_backfill.journal
      WHERE run_id = $1 AND rollback_state IS NULL AND ($2::bigint IS NULL OR seq < $2)
      ORDER BY journal.seq DESC LIMIT $3`,
    [runId, after, limit],
  );
  return found.rows.map(({ seq }) => seq);
}

export async function knownEntries(pool: Pool, runId: string, entries: readonly string[]): Promise<string[]> {
  const found = await pool.query<Entry>(
    'SELECT seq::text FROM temporal_backfill.journal WHERE run_id = $1 AND seq = ANY ($2::bigint[])',
    [runId, entries],
  );
  return found.rows.map(({ seq }) => seq);
}

interface Entry {
  seq: string;
}
