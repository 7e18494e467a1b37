import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';

/**
 * What copies the database now and then (a base backup, an archive of the log) replays nothing and is no replica. The
 * lag that PostgreSQL measures is null or out of date once all is replayed; and it stands still when nothing more is
 * heard of the replica, which until then counts as connected.
 */
const REPLICAS = `
  SELECT count(*)::int AS connected,
         count(*) FILTER (WHERE state IS NULL)::int AS hidden,
         count(*) FILTER (WHERE replay_lag IS NULL AND NOT caught_up)::int AS unmeasured,
         coalesce(max(CASE WHEN NOT caught_up THEN
           extract(epoch FROM greatest(replay_lag, clock_timestamp() - reply_time))
         END), 0)::float AS lag
  FROM (
    SELECT state, replay_lag, reply_time,
           state = 'streaming' AND coalesce(replay_lsn >= pg_current_wal_flush_lsn(), false) AS caught_up
    FROM pg_stat_replication
    WHERE state IS NULL OR (state <> 'backup' AND (state <> 'streaming' OR replay_lsn IS NOT NULL))
  ) AS replicas`;

/** The first write after a quiet time is measured as soon as the replica has replayed it. */
const MEASURED_AFTER_MS = 500;

interface Replicas {
  connected: number;
  hidden: number;
  unmeasured: number;
  lag: number;
}

/** Seconds that the replica which is furthest behind has still to replay. */
export async function replicaLagSeconds(postgres: Pool): Promise<number> {
  let replicas = await read(postgres);
  if (replicas.unmeasured > 0) {
    await delay(MEASURED_AFTER_MS);
    replicas = await read(postgres);
  }
  const { connected, hidden, unmeasured, lag } = replicas;
  if (connected === 0) throw new Error('no replica is connected');
  if (hidden > 0) throw new Error('permission denied (the role pg_monitor may see it)');
  if (unmeasured > 0) throw new Error('a replica is behind, and its lag is not measured yet');
  return lag;
}

async function read(postgres: Pool): Promise<Replicas> {
  const { rows } = await postgres.query<Replicas>(REPLICAS);
  return rows[0] ?? { connected: 0, hidden: 0, unmeasured: 0, lag: 0 };
}
