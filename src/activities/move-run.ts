import type { PauseReason } from '../domain/page.ts';
import type { Run } from '../domain/run.ts';
import type { RunState } from '../domain/run-state.ts';
import { endRun } from '../stores/end-run.ts';
import { type Deps, runOf } from './deps.ts';

export interface MoveRun {
  runId: string;
  to: RunState;
  reason?: PauseReason;
}

export async function moveRun({ ledger }: Deps, { runId, to, reason }: MoveRun): Promise<Run> {
  return ledger.runs.move(runId, to, reason);
}

export interface FinishRun {
  runId: string;
  to: 'done' | 'cancelled';
}

export async function finishRun(deps: Deps, { runId, to }: FinishRun): Promise<Run> {
  const open = await runOf(deps, runId);
  const backfill = deps.backfillOf(open);
  if (to === 'done') await backfill.complete?.(runId);
  const run = await endRun(deps, open, to);
  const { createdAt: startedAt, counts, classes } = run;
  // The run has ended, whether or not there is room to say so.
  await backfill.conclude?.({ runId, end: to, startedAt, counts, classes }).catch((error: Error) => {
    console.error(
      `run ${runId} has ended, but that could not be told where its users look: ${error.message}`,
    );
  });
  if (run.rollbackOf && to === 'done') await deps.ledger.runs.move(run.rollbackOf, 'rolled-back');
  return run;
}
