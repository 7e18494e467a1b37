import type { ClientBase, Pool } from 'pg';
import { UsageError } from '../../domain/failure.ts';

/** `sample`: how to come by one to try. */
export async function missingTable(
  database: Pool | ClientBase,
  table: string,
  sample: string,
): Promise<UsageError> {
  const { rows } = await database.query<{ database: string; path: string }>(
    `SELECT current_database() AS database, current_setting('search_path') AS path`,
  );
  return new UsageError(
    `table ${table} not found in database ${rows[0]?.database}`,
    `Check DATABASE_URL (search_path is ${rows[0]?.path}); ${sample}.`,
  );
}
