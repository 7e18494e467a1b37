import type { Run } from '../domain/run.ts';
import type { Journal } from './journal.ts';
import type { Ledger } from './ledger/ledger.ts';

/** Ends a run: no write can follow, and nothing stays held but for calls of unknown outcome. Idempotent. */
export async function endRun(
  { ledger, journal }: { ledger: Ledger; journal: Journal },
  runId: string,
  to: 'done' | 'cancelled',
): Promise<Run> {
  await journal.closeRun(runId);
  await ledger.closeLeftovers(runId, (page) => journal.receipt(runId, page));
  return ledger.runs.move(runId, to);
}
