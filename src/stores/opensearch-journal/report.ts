import type { JsonObject } from '../../domain/json.ts';
import type { RollbackPreview, WrittenField, WrittenTable } from '../journal.ts';
import { laterEntries, liveEntriesOf } from './entries.ts';
import { fatesOf } from './fate.ts';
import type { Indexes } from './indexes.ts';
import type { Entry, Fate } from './shapes.ts';

/** What the run wrote and what has become of it, by index. */
export async function summarizeRun(indexes: Indexes, runId: string): Promise<WrittenTable[]> {
  await indexes.entries.refresh();
  const tables = new Map<string, WrittenTable>();
  for await (const { source } of indexes.entries.every(liveEntriesOf(runId), ['entry'])) {
    const { table, fields, fates } = source;
    const sum = tables.get(table) ?? { table, rows: 0, fields: 0, restored: 0, handedOn: 0, conflicts: 0 };
    const count = (fate: Fate) => Object.values(fates).filter((one) => one === fate).length;
    sum.rows += 1;
    sum.fields += Object.keys(fields).length;
    sum.restored += count('restored');
    sum.handedOn += count('handed-on');
    sum.conflicts += count('conflict');
    tables.set(table, sum);
  }
  return [...tables.values()].sort((a, b) => (a.table < b.table ? -1 : 1));
}

export async function writtenFields(indexes: Indexes, runId: string, items: number): Promise<WrittenField[]> {
  await indexes.entries.refresh();
  const written: WrittenField[] = [];
  const seen = new Set<string>();
  for await (const { source } of indexes.entries.every(liveEntriesOf(runId), ['item', 'entry'])) {
    seen.add(source.item);
    if (seen.size > items) break;
    written.push(...fieldsOf(source));
  }
  return written;
}

const AT_ONCE = 500;

/** Looks at each document as a rollback would. */
export async function previewRollback(
  indexes: Indexes,
  runId: string,
  limit: number,
): Promise<RollbackPreview> {
  await indexes.entries.refresh();
  const tables = new Map<string, RollbackPreview['tables'][number]>();
  const listed = new Map<Fate, RollbackPreview['entries']>(FATES.map((fate) => [fate, []]));
  for await (const some of inGroups(indexes.entries.every(leftOf(runId), ['entry']), AT_ONCE)) {
    // The documents first: what a later run has written to one of them by then has an entry.
    const documents = await indexes.documents.read(some, ({ fields }) => Object.keys(fields));
    const later = await laterEntries(indexes, some);
    for (const entry of some) {
      const fates = fatesOf(entry, documents.get(entry)?.source ?? null, later.get(entry.entry) ?? []);
      const images = new Map(fieldsOf(entry).map((one) => [one.field, one]));
      for (const { field, fate } of fates) {
        const sum = tables.get(entry.table) ?? { table: entry.table, restored: 0, handedOn: 0, conflicts: 0 };
        sum[COUNTED[fate]] += 1;
        tables.set(entry.table, sum);
        const list = listed.get(fate);
        const image = images.get(field);
        if (image && list && list.length < limit) list.push({ ...image, fate });
      }
    }
  }
  return { tables: [...tables.values()], entries: [...listed.values()].flat().slice(0, limit) };
}

/** In the order in which they are listed. */
const FATES: Fate[] = ['conflict', 'handed-on', 'restored'];
const COUNTED = { conflict: 'conflicts', 'handed-on': 'handedOn', restored: 'restored' } as const;

/** What a rollback has restored is counted with its pages only: an attempt that died may have got further. */
export async function countToRestore(indexes: Indexes, runId: string, rollbackId: string): Promise<number> {
  await indexes.entries.refresh();
  return (await indexes.entries.first({ query: leftOf(runId, rollbackId) })).count;
}

export async function toRestore(
  indexes: Indexes,
  runId: string,
  rollbackId: string,
  after: string | null,
  limit: number,
): Promise<string[]> {
  if (after === null) await indexes.entries.refresh();
  const found = await indexes.entries.find({
    query: leftOf(runId, rollbackId),
    sort: ['entry'],
    after: after === null ? undefined : [after],
    size: limit,
  });
  return found.map(({ id }) => id);
}

export async function knownEntries(
  indexes: Indexes,
  runId: string,
  entries: readonly string[],
): Promise<string[]> {
  const found = await indexes.entries.getMany(entries);
  return [...found.values()]
    .filter(({ source }) => source.run_id === runId && source.live)
    .map(({ id }) => id);
}

/** Query: entries that were not rolled back, or by this rollback. */
function leftOf(runId: string, rollbackId?: string): JsonObject {
  const unrestored = { bool: { must_not: { exists: { field: 'rolled_back_by' } } } };
  const should =
    rollbackId === undefined ? [unrestored] : [unrestored, { term: { rolled_back_by: rollbackId } }];
  return { bool: { filter: [liveEntriesOf(runId), { bool: { should, minimum_should_match: 1 } }] } };
}

function fieldsOf({ item, table, row, fields }: Entry): WrittenField[] {
  return Object.entries(fields).map(([field, { before = null, after = null }]) => ({
    ...{ item, table, row, field },
    before,
    after,
  }));
}

async function* inGroups(entries: AsyncIterable<{ source: Entry }>, size: number): AsyncGenerator<Entry[]> {
  let group: Entry[] = [];
  for await (const { source } of entries) {
    group.push(source);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
