import { type Journal, type JournalRun, RunClosed } from '../journal.ts';
import type { Stored } from '../opensearch/collection.ts';
import type { Indexes } from './indexes.ts';
import { keepCanary } from './lists.ts';
import type { RunDocument } from './shapes.ts';

/** Of a list of ids the source keeps those that are items, with `keepList`: here they would be a second list. */
export async function openRun(indexes: Indexes, run: Parameters<Journal['openRun']>[0]): Promise<void> {
  const { runId, backfill, rollbackOf, canary } = run;
  const document: RunDocument = {
    run_id: runId,
    backfill,
    state: 'open',
    rollback_of: rollbackOf ?? null,
    opened_at: new Date().toISOString(),
    closed_at: null,
    canary: canary !== undefined,
  };
  if (canary) await keepCanary(indexes, runId, canary);
  // Last: an open run has its canary.
  await indexes.runs.put([{ id: runId, source: document, only: 'new' }]);
}

/** Throws {@link RunClosed} for a run that is closed, or unknown. */
export async function requireOpen(indexes: Indexes, runId: string): Promise<Stored<RunDocument>> {
  const run = await indexes.runs.get(runId);
  if (run?.source.state === 'open') return run;
  const state = run?.source.state ?? 'not known to the journal of this OpenSearch';
  throw new RunClosed(`Run ${runId} is ${state}: nothing was written.`);
}

export async function listRuns(indexes: Indexes): Promise<JournalRun[]> {
  await indexes.runs.refresh();
  const runs: JournalRun[] = [];
  for await (const { source } of indexes.runs.every({ match_all: {} }, ['run_id'])) {
    const { run_id: runId, backfill, state, opened_at, closed_at } = source;
    const closedAt = closed_at === null ? null : new Date(closed_at);
    runs.push({ runId, backfill, state, openedAt: new Date(opened_at), closedAt });
  }
  return runs.sort((a, b) => b.openedAt.getTime() - a.openedAt.getTime());
}
