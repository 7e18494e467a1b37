import type { Pool } from 'pg';

/** Other users' sessions are listed, but only who has the right sees whether they wait. */
const WAITING_SESSIONS = `
  SELECT count(*) FILTER (WHERE wait_event_type = 'Lock')::int AS waiting,
         count(*) FILTER (
           WHERE NOT pg_has_role(usesysid, 'USAGE') AND NOT pg_has_role('pg_read_all_stats', 'USAGE')
         )::int AS hidden
  FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`;

/** Sessions of our database that wait for a lock. */
export async function lockWaits(postgres: Pool): Promise<number> {
  const { rows } = await postgres.query<{ waiting: number; hidden: number }>(WAITING_SESSIONS);
  const { waiting = 0, hidden = 0 } = rows[0] ?? {};
  if (hidden === 0) return waiting;
  throw new Error(
    `permission denied for ${hidden} sessions of other users (the role pg_monitor may see them)`,
  );
}
