import type { Pool } from 'pg';
import { UsageError } from '../../domain/failure.ts';
import type { VerifyTable } from '../define.ts';
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

export async function tableOf(
  postgres: Pool,
  title: string,
  query: string,
  values: unknown[] = [],
): Promise<VerifyTable> {
  const { rows, fields } = await postgres.query<(string | number | null)[]>({
    text: query,
    values,
    rowMode: 'array',
  });
  return { title, columns: fields.map(({ name }) => name), rows };
}
