import type { Indexes } from './indexes.ts';
import { CLOSED, takePage } from './pages.ts';
import { settle } from './settle.ts';

/**
 * First the run is closed, then its pages are looked for; a page first says what it will write, then looks at its run.
 * So one of the two always sees the other.
 */
export async function closeRun(indexes: Indexes, runId: string): Promise<void> {
  const closed_at = new Date().toISOString();
  await indexes.runs.change([runId], (_, run) =>
    run?.state === 'open' ? { ...run, state: 'closed', closed_at } : undefined,
  );
  await indexes.pages.refresh();
  const query = { bool: { filter: [{ term: { run_id: runId } }, { term: { settled: false } }] } };
  const unsettled = await Array.fromAsync(indexes.pages.every(query, ['page']));
  for (const { id } of unsettled) await closePage(indexes, id);
}

/** Nobody writes for it any more, or what it has to tell is told. */
async function closePage(indexes: Indexes, id: string): Promise<void> {
  for (;;) {
    const page = await indexes.pages.get(id);
    if (page?.source.receipt) await settle(indexes, page);
    if (!page || page.source.finished) return;
    const { run_id: runId, scope, page: name } = page.source;
    const held = await takePage(indexes, { runId, scope, page: name, fence: CLOSED });
    if (!held) continue;
    const source = { ...held.document, finished: true, settled: true };
    await indexes.pages.put([{ id, source, only: 'unchanged', version: held.version }]);
  }
}
