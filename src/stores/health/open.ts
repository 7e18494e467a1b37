import pg from 'pg';
import type { Throttles } from './dynamodb-throttles.ts';
import { lockWaits } from './lock-waits.ts';
import { type Probes, TIMEOUT_MS } from './look.ts';
import { opensearchQueue } from './opensearch-queue.ts';
import { replicaLagSeconds } from './replica-lag.ts';

export interface OpenProbes {
  probes: Probes;
  close(): Promise<void>;
}

export interface ProbedStores {
  databaseUrl: string | undefined;
  opensearchUrl: string | undefined;
  throttles: Throttles;
}

/**
 * Connections of their own: a pool in which every connection is at work would look like a database that does not
 * answer. They are made at the first look, and end when they have been idle for a while.
 */
export function openProbes({ databaseUrl, opensearchUrl, throttles }: ProbedStores): OpenProbes {
  const postgres = new pg.Pool({
    ...(databaseUrl !== undefined && { connectionString: databaseUrl }),
    application_name: 'temporal-backfill health',
    max: 2,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    allowExitOnIdle: true,
  });
  // An idle connection that the server closes is replaced; without a listener it would end the process.
  postgres.on('error', () => undefined);
  const named = (pool: pg.Pool) => {
    if (databaseUrl === undefined) throw new Error('DATABASE_URL is not set');
    return pool;
  };
  return {
    probes: {
      replicaLagSeconds: async () => replicaLagSeconds(named(postgres)),
      lockWaits: async () => lockWaits(named(postgres)),
      opensearchQueue: (signal) => opensearchQueue(opensearchUrl, signal),
      dynamodbThrottles: async () => throttles.lastMinute(),
    },
    close: () => postgres.end(),
  };
}
