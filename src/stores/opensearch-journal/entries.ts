import type { PageClaim } from '../../domain/page.ts';
import type { Target } from '../opensearch/documents.ts';
import { type Entry, type Indexes, idOf } from './indexes.ts';

/** One entry per run and document. */
export function entryId(runId: string, { table, row }: Target): string {
  return idOf(runId, table, row);
}

/** An entry of nothing: a place where an execution that was replaced can make none. */
export function tombstone(page: PageClaim, target: Target): Entry {
  return {
    ...{ entry: entryId(page.runId, target), run_id: page.runId, item: target.row, page: page.page },
    ...{ table: target.table, row: target.row, fence: page.fence, live: false },
    ...{ run_at: 0, written_at: new Date().toISOString(), fields: {} },
    ...{ call_key: null, model: null, prompt_version: null },
    ...{ rolled_back_by: null, rolled_back_at: null, fates: {} },
  };
}

/** Query: what a run wrote. */
export function liveEntriesOf(runId: string) {
  return { bool: { filter: [{ term: { run_id: runId } }, { term: { live: true } }] } };
}

/** Entries that are neither tombstones nor rolled back, of runs after that of each entry, oldest first, by entry. */
export async function laterEntries(
  { entries }: Indexes,
  earlier: readonly Entry[],
): Promise<Map<string, Entry[]>> {
  if (earlier.length === 0) return new Map();
  await entries.refresh();
  const rows = [...new Set(earlier.map(({ row }) => row))];
  const query = {
    bool: {
      filter: [
        { terms: { row: rows } },
        { term: { live: true } },
        { range: { run_at: { gt: Math.min(...earlier.map(({ run_at }) => run_at)) } } },
      ],
      must_not: { exists: { field: 'rolled_back_by' } },
    },
  };
  const found: Entry[] = [];
  for await (const { source } of entries.every(query, ['run_at', 'entry'])) found.push(source);
  const byDocument = Map.groupBy(found, documentOf);
  return new Map(
    earlier.map((entry) => [
      entry.entry,
      (byDocument.get(documentOf(entry)) ?? []).filter(({ run_at }) => run_at > entry.run_at),
    ]),
  );
}

function documentOf({ table, row }: Target): string {
  return JSON.stringify([table, row]);
}
