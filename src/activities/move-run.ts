import type { PauseReason } from '../domain/page.ts';
import type { Run } from '../domain/run.ts';
import type { RunState } from '../domain/run-state.ts';
import type { Deps } from './deps.ts';

export interface MoveRun {
  runId: string;
  to: RunState;
  reason?: PauseReason;
}

export async function moveRun({ ledger }: Deps, { runId, to, reason }: MoveRun): Promise<Run> {
  return ledger.runs.move(runId, to, reason);
}

/** Ends a run: no write can follow, nothing stays held but for calls of unknown outcome. */
export async function finishRun({ ledger, journal }: Deps, { runId, to }: MoveRun): Promise<Run> {
  await journal.closeRun(runId);
  await ledger.closeLeftovers(runId, (page) => journal.receipt(runId, page));
  const run = await ledger.runs.move(runId, to);
  if (run.rollbackOf && to === 'done') await ledger.runs.move(run.rollbackOf, 'rolled-back');
  return run;
}
