import type { Pool } from 'pg';
import { UsageError } from '../../domain/failure.ts';
import { imageTable } from './table.ts';

/** Throws UsageError where nothing was scored yet. */
export async function requireScores(postgres: Pool): Promise<void> {
  const { columns } = await imageTable(postgres);
  if (columns.quality_score !== undefined && columns.quality_details !== undefined) return;
  throw new UsageError(
    'nothing to tell: image-quality has not run on this database',
    'start-backfill image-quality',
  );
}
