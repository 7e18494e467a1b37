import { openRollback } from '../../src/backfills/rollback.ts';
import type { Change } from '../../src/domain/change.ts';
import type { Counts } from '../../src/domain/counts.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { PageClaim, Receipt } from '../../src/domain/page.ts';
import type { Journal, PageWork } from '../../src/stores/journal.ts';
import { claimOf, workOf } from './journal-database.ts';
import type { Corner } from './opensearch-data.ts';

/** As a page would set these fields of these documents now; items are called as their documents. */
export async function changesOf(
  corner: Corner,
  fields: Record<string, JsonObject>,
): Promise<Record<string, Change[]>> {
  const changes = Object.entries(fields).map(
    async ([name, set]): Promise<[string, Change[]]> => [name, [await corner.change(name, set)]],
  );
  return Object.fromEntries(await Promise.all(changes));
}

export function openRun(corner: Corner, runId: string, journal: Journal = corner.journal): Promise<void> {
  return journal.openRun({ runId: corner.name(runId), backfill: corner.name('test') });
}

export function claim(corner: Corner, runId: string, more: Partial<PageClaim> = {}): PageClaim {
  return claimOf(corner.name(runId), more);
}

/** Opens the run if need be, and writes these changes as one page. */
export async function writePage(
  corner: Corner,
  runId: string,
  changes: Record<string, Change[]>,
  more: Partial<PageWork> = {},
): Promise<Receipt> {
  await openRun(corner, runId);
  return corner.journal.commit(claim(corner, runId), workOf(changes, more));
}

export async function write(
  corner: Corner,
  runId: string,
  fields: Record<string, JsonObject>,
): Promise<Receipt> {
  return writePage(corner, runId, await changesOf(corner, fields));
}

export interface RollingBack {
  journal?: Journal;
  fence?: number;
  /** Of the rollback. */
  name?: string;
}

/** Closes the run and walks through its rollback as the engine would, in one page. */
export async function rollBack(
  corner: Corner,
  runId: string,
  { journal = corner.journal, fence = 1, name = `rollback of ${runId}` }: RollingBack = {},
): Promise<Counts> {
  const undone = corner.name(runId);
  const rollbackId = corner.name(name);
  await journal.closeRun(undone);
  const { source, process } = openRollback(journal, undone);
  await journal.openRun({ runId: rollbackId, backfill: corner.name('test'), rollbackOf: undone });
  const scope = { id: 'journal', firstUnit: 'journal', lastUnit: 'journal', units: 1, items: 0 };
  const selection = { only: 'all' as const, watermark: '' };
  const items = await source.read({ runId: rollbackId, selection, scope, after: null, limit: 5_000 });
  const changes: Record<string, Change[]> = {};
  for (const item of items) {
    const processed = await process(item, () => Promise.reject(new Error('a rollback asks nobody')));
    if (processed.kind === 'write') changes[item.id] = processed.changes;
  }
  const page = { runId: rollbackId, scope: 'journal', page: 'journal/0', fence };
  const { counts } = await journal.commit(page, workOf(changes));
  return counts;
}
