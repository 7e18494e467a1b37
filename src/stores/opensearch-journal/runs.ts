import { type Journal, type JournalRun, RunClosed } from '../journal.ts';
import type { Stored } from '../opensearch/collection.ts';
import type { Indexes, RunDocument } from './indexes.ts';
import { keepCanary, keepList } from './lists.ts';
import { closePage, unfinishedPages } from './pages.ts';

export async function openRun(indexes: Indexes, run: Parameters<Journal['openRun']>[0]): Promise<void> {
  const { runId, backfill, rollbackOf, ids, canary } = run;
  const document: RunDocument = {
    run_id: runId,
    backfill,
    state: 'open',
    rollback_of: rollbackOf ?? null,
    opened_at: new Date().toISOString(),
    closed_at: null,
    canary: canary !== undefined,
  };
  if (ids) await keepList(indexes, runId, ids);
  if (canary) await keepCanary(indexes, runId, canary);
  // Last: an open run has its lists.
  await indexes.runs.put([{ id: runId, source: document, only: 'new' }]);
}

/**
 * First the run is closed, then its pages are looked for; a page first says what it will write, then looks at its run.
 * So one of the two always sees the other.
 */
export async function closeRun(indexes: Indexes, runId: string): Promise<void> {
  for (;;) {
    const run = await indexes.runs.get(runId);
    if (!run) return;
    if (run.source.state === 'closed') break;
    const source: RunDocument = { ...run.source, state: 'closed', closed_at: new Date().toISOString() };
    const put = await indexes.runs.put([{ id: runId, source, only: 'unchanged', version: run }]);
    if (put.get(runId)) break;
  }
  for (const page of await unfinishedPages(indexes, runId)) await closePage(indexes, page);
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
