import type { JsonObject } from '../../domain/json.ts';
import type { ItemResult, PageClaim } from '../../domain/page.ts';
import { busyFor, type Stored } from '../opensearch/collection.ts';
import { type DocumentEdit, isSame, type SeenDocument, type Target } from '../opensearch/documents.ts';
import { laterEntries } from './entries.ts';
import { type FieldFate, fatesOf } from './fate.ts';
import type { Entry, Indexes } from './indexes.ts';
import type { Outcome } from './write.ts';

export interface Restore {
  result: ItemResult;
  /** Id of the entry. */
  seq: string;
}

/**
 * Puts before-images back, document by document, then says so in the entries. An attempt that was killed in between is
 * found by the next one: its fields already are what was there before.
 */
export async function restoreEntries(
  indexes: Indexes,
  page: PageClaim,
  restores: readonly Restore[],
): Promise<Outcome[]> {
  const found = await indexes.entries.getMany(restores.map(({ seq }) => seq));
  const outcomes = new Map<string, Outcome>();
  let open: Open[] = restores.flatMap(({ seq, result }) => {
    const entry = found.get(seq);
    return entry ? [{ entry, result, table: entry.source.table, row: entry.source.row }] : [];
  });
  const later = await laterEntries(
    indexes,
    open.map(({ entry }) => entry.source),
  );
  for (let round = 0; open.length > 0; round += 1) {
    const documents = await indexes.documents.read(open, ({ entry }) => Object.keys(entry.source.fields));
    const looked = open.map((one) => {
      const document = documents.get(one) ?? null;
      const fates = fatesOf(one.entry.source, document?.source ?? null, later.get(one.entry.id) ?? []);
      return { ...one, target: one, document, fates };
    });
    const written = await indexes.documents.write(looked.flatMap(toEdit));
    const done = looked.flatMap((one) => {
      const became = written.get(one.target) ?? 'written';
      if (typeof became === 'object') return [{ ...one, fates: one.fates.map(kept) }];
      return became === 'written' ? [one] : [];
    });
    await handOn(indexes, done);
    await note(indexes, page, done);
    for (const { entry, result, fates } of done)
      outcomes.set(entry.id, outcomeOf(entry.source, result, fates));
    const ended = new Set(done.map(({ entry }) => entry.id));
    open = open.filter(({ entry }) => !ended.has(entry.id));
    if (open.length > 0) await busyFor(round);
  }
  return restores.map(({ seq, result }) => outcomes.get(seq) ?? result);
}

interface Open extends Target {
  entry: Stored<Entry>;
  result: ItemResult;
}

interface Looked extends Open {
  target: Open;
  document: SeenDocument | null;
  fates: FieldFate[];
}

function toEdit({ target, entry, document, fates }: Looked): DocumentEdit<Open>[] {
  if (!document) return [];
  const restored = fates.filter(
    ({ field, fate, found }) => fate === 'restored' && !isSame(found, entry.source.fields[field]?.before),
  );
  if (restored.length === 0) return [];
  const set: JsonObject = {};
  const remove: string[] = [];
  for (const { field } of restored) {
    const { before } = entry.source.fields[field] ?? {};
    if (before === undefined) remove.push(field);
    else set[field] = before;
  }
  return [{ target, version: document, set, remove }];
}

/** What OpenSearch does not take back (its mapping has changed) stays as it is. */
function kept(fate: FieldFate): FieldFate {
  return fate.fate === 'restored' ? { ...fate, fate: 'conflict' } : fate;
}

/** One heir may take over several fields, of one document. */
async function handOn(indexes: Indexes, looked: readonly Looked[]): Promise<void> {
  const wishes = looked.flatMap(({ entry, fates }) =>
    fates.flatMap(({ field, heir }) => (heir ? [{ heir: heir.entry, field, from: entry.source }] : [])),
  );
  let open = [...Map.groupBy(wishes, ({ heir }) => heir)];
  while (open.length > 0) {
    const heirs = await indexes.entries.getMany(open.map(([heir]) => heir));
    const put = await indexes.entries.put(
      open.flatMap(([id, taken]) => {
        const heir = heirs.get(id);
        if (!heir) return [];
        const fields = { ...heir.source.fields };
        for (const { field, from } of taken) {
          const { before: _was, ...images } = fields[field] ?? {};
          const before = from.fields[field]?.before;
          fields[field] = { ...images, ...(before !== undefined && { before }) };
        }
        return [{ id, source: { ...heir.source, fields }, only: 'unchanged' as const, version: heir }];
      }),
    );
    open = open.filter(([id]) => heirs.has(id) && !put.get(id));
  }
}

/** An entry that somebody changed meanwhile (a later rollback, handing on to it) is left as it is: the data is right. */
async function note(indexes: Indexes, page: PageClaim, looked: readonly Looked[]): Promise<void> {
  if (looked.length === 0) return;
  const rolledBack = { rolled_back_by: page.runId, rolled_back_at: new Date().toISOString() };
  await indexes.entries.put(
    looked.map(({ entry: { id, source, ...version }, fates }) => ({
      id,
      source: {
        ...source,
        ...rolledBack,
        fates: Object.fromEntries(fates.map(({ field, fate }) => [field, fate])),
      },
      only: 'unchanged' as const,
      version,
    })),
  );
}

function outcomeOf(entry: Entry, result: ItemResult, fates: readonly FieldFate[]): Outcome {
  const conflicts = fates.filter(({ fate }) => fate === 'conflict');
  if (conflicts.length === 0) return result;
  const message = conflicts
    .map(({ field, found }) => {
      const wrote = inShort(entry.fields[field]?.after);
      return `${entry.table}, document ${entry.row}, field ${field}: expected ${wrote}, found ${inShort(found)}; kept.`;
    })
    .join(' ');
  return { ...result, status: 'conflict', class: 'changed-since', message };
}

function inShort(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
}
