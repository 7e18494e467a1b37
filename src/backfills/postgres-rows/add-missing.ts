import type { ClientBase, Pool } from 'pg';
import { UsageError } from '../../domain/failure.ts';

/**
 * Runs the statements that add what is missing, in one transaction. Where there are none no lock is taken. Throws
 * UsageError with what to do where the database does not let us.
 */
export async function addMissing(postgres: Pool, { backfill, table, statements }: Addition): Promise<void> {
  if ((await statements(postgres)).length === 0) return;
  const client = await postgres.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SET LOCAL lock_timeout = '10s'`);
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('temporal-backfill'), hashtext($1))`, [
      backfill,
    ]);
    // Asked again under the lock: another process may just have added everything.
    for (const statement of await statements(client)) await client.query(statement);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw inWords(error, table);
  } finally {
    client.release();
  }
}

export interface Addition {
  backfill: string;
  /** What is added to, for a person. */
  table: string;
  statements(database: Pool | ClientBase): Promise<string[]>;
}

/** `55P03` lock not available, `42501` insufficient privilege, `42830` no key to refer to. */
function inWords(error: unknown, table: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === '55P03') {
    const hint = `Wait for the long transaction that holds ${table}, or end it (see pg_stat_activity).`;
    return new UsageError(`${table} could not be locked within 10 s to add columns`, hint, { cause: error });
  }
  if (code === '42501') {
    const hint = 'Connect once as the owner of the tables, so that the columns and tables can be added.';
    return new UsageError(
      `the database user may not add what is missing: ${(error as Error).message}`,
      hint,
      { cause: error },
    );
  }
  if (code === '42830') {
    const hint = `Give it one: ALTER TABLE ${table} ADD PRIMARY KEY (id).`;
    return new UsageError(`${table}.id is no primary key, so findings cannot refer to it`, hint, {
      cause: error,
    });
  }
  return error;
}
