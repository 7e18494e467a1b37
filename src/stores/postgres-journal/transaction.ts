import { setTimeout } from 'node:timers/promises';
import { DatabaseError, type Pool, type PoolClient } from 'pg';

const DEADLOCK = '40P01';
const SERIALIZATION_FAILURE = '40001';
const TRIES = 5;

/** Images are compared months later, by sessions with other settings; fingerprints are a reader's, and came before. */
export const CANONICAL_IMAGES = `SET LOCAL TimeZone = 'UTC'; SET LOCAL IntervalStyle = 'postgres'; SET LOCAL bytea_output = 'hex'`;

/** Runs `work` in a transaction, again when PostgreSQL chose it as the victim of a deadlock. */
export async function transaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await once(pool, work);
    } catch (error) {
      const state = sqlState(error);
      if (tried === TRIES || (state !== DEADLOCK && state !== SERIALIZATION_FAILURE)) throw error;
      await setTimeout(Math.random() * 20 * 2 ** tried);
    }
  }
}

export function sqlState(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

async function once<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // A connection that breaks rejects its query and emits `error` besides; nobody else listens meanwhile.
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  try {
    await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((failed: Error) => {
      broken = failed;
    });
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}
