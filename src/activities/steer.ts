import { ApplicationFailure } from '@temporalio/activity';
import { UsageError } from '../domain/failure.ts';
import type { Run } from '../domain/run.ts';
import type { Tuning } from '../domain/tuning.ts';
import { type Deps, runOf } from './deps.ts';

export interface TuneRun {
  runId: string;
  by: string;
  tuning: Tuning;
}

/** `refused`: why not. */
export interface TunedRun {
  changes: string[];
  refused?: string;
}

export async function tuneRun({ ledger }: Deps, { runId, by, tuning }: TuneRun): Promise<TunedRun> {
  const tuned = await ledger.runs.tune(runId, tuning, by);
  return tuned.kind === 'tuned' ? { changes: tuned.changes } : { changes: [], refused: tuned.why };
}

export interface ApproveRun {
  runId: string;
  by: string;
}

export async function approveRun({ ledger }: Deps, { runId, by }: ApproveRun): Promise<void> {
  const approved = await ledger.runs.approve(runId, by);
  if (!approved) throw ApplicationFailure.nonRetryable(`run ${runId} waits for no approval`, 'refused');
}

/** Lets the backfill judge what the run has written, and keeps what it says. */
export async function verifyRun(deps: Deps, { runId }: { runId: string }): Promise<Run> {
  const run = await runOf(deps, runId);
  return deps.ledger.runs.noteVerified(runId, await verdictOn(deps, run));
}

async function verdictOn(deps: Deps, run: Run): Promise<{ passed: boolean; message: string }> {
  try {
    const tables = await (await deps.open(run)).verify();
    const failed = tables.filter(({ passed }) => passed === false).map(({ title }) => title);
    if (failed.length === 0) return { passed: true, message: 'every check of verify passed' };
    return { passed: false, message: `verify did not pass: ${failed.join('; ')}` };
  } catch (error) {
    if (error instanceof UsageError)
      return { passed: false, message: `verify could not be made: ${error.message}` };
    throw error;
  }
}
