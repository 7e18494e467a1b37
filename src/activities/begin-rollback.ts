import { rollbackRun } from '../backfills/rollback.ts';
import { newRunId } from '../domain/run-id.ts';
import { isClosed } from '../domain/run-state.ts';
import { type Deps, runOf } from './deps.ts';

/** The rollback that a run's own workflow goes on as. */
export interface BegunRollback {
  runId: string;
  /** Fields and rows to put back. */
  total: number;
}

/** Records the rollback of a closed run. Null when nothing is left to put back. */
export async function beginRollback(deps: Deps, { runId }: { runId: string }): Promise<BegunRollback | null> {
  const { ledger, journalOf } = deps;
  const target = await runOf(deps, runId);
  // Another attempt of this activity may have recorded it before it died.
  const begun = (await ledger.runs.list()).find((run) => run.rollbackOf === runId && !isClosed(run.state));
  if (begun) return { runId: begun.runId, total: begun.counts.total };
  const rollbackId = newRunId();
  const rollback = await deps.open({ ...target, runId: rollbackId, rollbackOf: runId });
  const watermark = new Date().toISOString();
  const survey = await rollback.source.survey(rollbackId, { only: 'all', watermark });
  if (survey.items === 0) return null;
  await journalOf(target.backfill).openRun({
    runId: rollbackId,
    backfill: target.backfill,
    rollbackOf: runId,
  });
  await ledger.runs.create(rollbackRun(target, rollbackId, survey));
  return { runId: rollbackId, total: survey.items };
}
