import type { ClientBase, Pool } from 'pg';
import { UsageError } from '../../domain/failure.ts';
import { requireImages } from '../vehicle-images/fitness.ts';
import { hasColumn, readShape } from '../vehicle-images/shape.ts';
import { GAPS, missingView } from './views.ts';

/**
 * Adds the column and the view that the tiers need, and touches nothing that is there. Where nothing is missing no lock is
 * taken. Throws UsageError where the database cannot hold what is found.
 */
export async function migrate(postgres: Pool): Promise<void> {
  await requireImages(postgres, await readShape(postgres));
  if ((await statements(postgres)).length > 0) await addWhatIsMissing(postgres);
}

/** What {@link migrate} would add, in words. Reads only; throws UsageError as well. */
export async function check(postgres: Pool): Promise<string[]> {
  const shape = await readShape(postgres);
  await requireImages(postgres, shape);
  return [
    ...(hasColumn(shape, 'vehicle_images', 'ai_scan_metadata')
      ? []
      : ['columns ai_scan_metadata of vehicle_images']),
    ...((await missingView(postgres)).length > 0 ? [`views ${GAPS}`] : []),
  ];
}

async function statements(database: Pool | ClientBase): Promise<string[]> {
  const has = hasColumn(await readShape(database), 'vehicle_images', 'ai_scan_metadata');
  const column = 'ALTER TABLE vehicle_images ADD COLUMN IF NOT EXISTS ai_scan_metadata jsonb';
  return [...(has ? [] : [column]), ...(await missingView(database))];
}

async function addWhatIsMissing(postgres: Pool): Promise<void> {
  const client = await postgres.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SET LOCAL lock_timeout = '10s'`);
    await client.query(
      `SELECT pg_advisory_xact_lock(hashtext('temporal-backfill'), hashtext('context-tiers'))`,
    );
    // Asked again under the lock: another process may just have added everything.
    for (const statement of await statements(client)) await client.query(statement);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw inWords(error);
  } finally {
    client.release();
  }
}

/** `55P03` lock not available, `42501` insufficient privilege. */
function inWords(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === '55P03') {
    const hint = 'Wait for the long transaction that holds vehicle_images, or end it (see pg_stat_activity).';
    return new UsageError('vehicle_images could not be locked within 10 s to add a column', hint, {
      cause: error,
    });
  }
  if (code === '42501') {
    const hint = 'Connect once as the owner of vehicle_images, so that the column and the view can be added.';
    return new UsageError(
      `the database user may not add what is missing: ${(error as Error).message}`,
      hint,
      { cause: error },
    );
  }
  return error;
}
