import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Run } from './domain/run.ts';
import { isClosed } from './domain/run-state.ts';
import type { KnownRuns } from './known-runs.ts';
import { workflowIdOf } from './start-request.ts';
import { endRun } from './stores/end-run.ts';
import type { OpenSurroundings } from './surroundings.ts';

/** Between the ledger's record of a run and the start of its workflow lies a moment. */
const STARTING_MS = 60_000;

/**
 * Ends runs whose workflow is gone (terminated in the Web UI, or lost with Temporal's data): nobody else
 * would, and what is open cannot be rolled back. Returns those it ended.
 */
export async function endOrphans(
  { temporal, surroundings, runs }: { temporal: Client; surroundings: OpenSurroundings; runs: KnownRuns },
  backfill: string,
): Promise<Run[]> {
  const open = (await runs.list()).filter((run) => run.backfill === backfill && !isClosed(run.state));
  if (open.length === 0) return [];
  const alive = await runOfWorkflow(temporal, backfill);
  const orphans = open.filter((run) => run.runId !== alive && !isStarting(run));
  for (const run of orphans) {
    if (run.state !== 'planned') await surroundings.ledger.runs.move(run.runId, 'cancelling');
    await endRun(surroundings, run, 'cancelled');
  }
  return orphans;
}

/** The run that the open workflow of this backfill is about; null when none is open. */
async function runOfWorkflow(temporal: Client, backfill: string): Promise<unknown> {
  try {
    const { status, memo } = await temporal.workflow.getHandle(workflowIdOf(backfill)).describe();
    return status.name === 'RUNNING' ? memo?.runId : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

function isStarting({ state, createdAt }: Run): boolean {
  return state === 'planned' && Date.now() - Date.parse(createdAt) < STARTING_MS;
}
