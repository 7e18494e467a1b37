import type { ClientBase, Pool } from 'pg';
import { addMissing } from '../postgres-rows/add-missing.ts';
import { requireImages } from '../vehicle-images/fitness.ts';
import { hasColumn, readShape } from '../vehicle-images/shape.ts';
import { GAPS, missingView } from './views.ts';

/**
 * Adds the column and the view that the tiers need, and touches nothing that is there. Where nothing is missing no lock is
 * taken. Throws UsageError where the database cannot hold what is found.
 */
export async function migrate(postgres: Pool): Promise<void> {
  await requireImages(postgres, await readShape(postgres));
  await addMissing(postgres, { backfill: 'context-tiers', table: 'vehicle_images', statements });
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
