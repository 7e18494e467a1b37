import type { Pool } from 'pg';
import { UsageError } from '../../domain/failure.ts';
import { imageTable } from './table.ts';

/** Throws UsageError where nothing was scored yet. */
export async function requireScores(postgres: Pool): Promise<void> {
  const { columns } = await imageTable(postgres);
  const { rows } = await postgres.query<{ found: boolean }>(
    `SELECT to_regprocedure('get_quality_category(integer)') IS NOT NULL AS found`,
  );
  if (columns.quality_score !== undefined && columns.quality_details !== undefined && rows[0]?.found) return;
  throw new UsageError(
    'nothing to tell: image-quality has not run on this database',
    'start-backfill image-quality',
  );
}
