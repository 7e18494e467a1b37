import { RunPaused } from '../../domain/failure.ts';
import { sqlState } from './transaction.ts';

/**
 * What the table, its triggers or our rights do not allow (a computed column, a view that cannot be written), what PostgreSQL
 * cannot do there, a relation in no state for it. Trying again changes none of them; a database that is read-only may be failing over.
 */
const MISFIT = /^(42...|0A000|55000)$/;

/** A table that cannot take what is to be written is for a person to mend. Other errors come back as they are. */
export function orMisfit(error: unknown): unknown {
  if (!MISFIT.test(sqlState(error) ?? '')) return error;
  const message = `PostgreSQL cannot go on: ${(error as Error).message}. Mend the table or the rights, then resume.`;
  return new RunPaused({ kind: 'configuration', message }, { cause: error });
}
