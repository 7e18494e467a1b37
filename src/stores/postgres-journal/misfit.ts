import { RunPaused } from '../../domain/failure.ts';
import { sqlState } from './transaction.ts';

/** Undefined table, undefined column, insufficient privilege. */
const MISFITS = new Set(['42P01', '42703', '42501']);

/** A table that has changed since it was looked up is for a person to mend. Other errors come back as they are. */
export function orMisfit(error: unknown): unknown {
  if (!MISFITS.has(sqlState(error) ?? '')) return error;
  const message = `PostgreSQL cannot go on: ${(error as Error).message}. Mend the table or the rights, then resume.`;
  return new RunPaused({ kind: 'configuration', message }, { cause: error });
}
