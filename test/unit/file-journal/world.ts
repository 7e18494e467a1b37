import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ItemResult, PageClaim } from '../../../src/domain/page.ts';
import { createFileJournal } from '../../../src/stores/file-journal/index.ts';
import type { PageWork } from '../../../src/stores/journal.ts';

/** A folder with a journal, which several processes may have open. */
export async function openFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), 'file-journal-'));
  const at = (name: string) => path.join(folder, name);
  const opened: { close(): void }[] = [];
  const another = () => {
    const journal = createFileJournal(at('journal.db'));
    opened.push(journal);
    return journal;
  };
  return {
    at,
    another,
    journal: another(),
    write: (name: string, text: string) => writeFile(at(name), text),
    /** Null: there is no such file. */
    text: (name: string) => readFile(at(name), 'utf8').catch(() => null),
    async drop() {
      for (const journal of opened) journal.close();
      await rm(folder, { recursive: true });
    },
  };
}

export type Folder = Awaited<ReturnType<typeof openFolder>>;

export function claimOf(runId: string, more: Partial<PageClaim> = {}): PageClaim {
  return { runId, scope: 'u', page: 'u/0', fence: 1, ...more };
}

/** Items of unit `u` that are written as these numbers, and others that came to something else. */
export function workOf(
  rows: Record<string, number>,
  others: (Partial<ItemResult> & { item: string })[] = [],
): PageWork {
  const written = Object.keys(rows).map(
    (item): ItemResult => ({ item, unit: 'u', status: 'written', tries: 1 }),
  );
  const results = [
    ...written,
    ...others.map((one): ItemResult => ({ unit: 'u', status: 'failed', class: 'bad', tries: 1, ...one })),
  ];
  const changes = Object.entries(rows).map(
    ([item, value]) => [item, [{ kind: 'part' as const, row: { value } }]] as const,
  );
  return {
    results,
    changes: new Map(changes.map(([item, all]) => [item, [...all]])),
    position: null,
    done: true,
    read: results.length,
    missing: 0,
    hold: 'hold',
  };
}

/** Puts a file with this text in its place, as a run's unit is completed. */
export async function publish(
  { journal, at, write }: Folder,
  runId: string,
  text: string,
  replace?: string,
): Promise<void> {
  await journal.openRun({ runId, backfill: 'test' });
  await journal.keepUnits(runId, [{ unit: 'u', items: 1, planned: 1 }]);
  await journal.commit(claimOf(runId), workOf({ a: 1 }));
  await write(`${runId}.new`, text);
  const aside = replace === undefined ? {} : { replace: at(replace) };
  await journal.publish({
    ...{ runId, unit: 'u', temporary: at(`${runId}.new`), path: at('u.db'), rows: 1 },
    ...aside,
  });
}
