import type { Run } from '../domain/run.ts';
import type { Journal } from './journal.ts';
import type { Ledger } from './ledger/ledger.ts';

/** Ends a run: no write can follow, and nothing stays held but for calls of unknown outcome. Idempotent. */
export async function endRun(
  { ledger, journalOf }: { ledger: Ledger; journalOf(backfill: string): Journal },
  { runId, backfill }: Pick<Run, 'runId' | 'backfill'>,
  to: 'done' | 'cancelled',
): Promise<Run> {
  const journal = journalOf(backfill);
  await journal.closeRun(runId);
  await ledger.closeLeftovers(runId, (page) => journal.receipt(runId, page));
  return ledger.runs.move(runId, to);
}
