import type { Json, JsonObject } from '../../domain/json.ts';
import type { ItemResult, PageClaim } from '../../domain/page.ts';
import type { Stored } from '../opensearch/collection.ts';
import type { SeenDocument, Target } from '../opensearch/current.ts';
import { type DocumentEdit, isSame } from '../opensearch/documents.ts';
import { busyFor, stepAside } from '../opensearch/patient.ts';
import type { Outcome } from '../outcome.ts';
import { laterEntries } from './entries.ts';
import { type FieldFate, fatesOf } from './fate.ts';
import { handOn } from './hand-on.ts';
import type { Indexes } from './indexes.ts';
import { type HeldPage, requireHeld } from './pages.ts';
import type { Entry } from './shapes.ts';

export interface Restore {
  result: ItemResult;
  /** Id of the entry. */
  seq: string;
}

/**
 * Puts before-images back, document by document, then says so in the entries. An attempt that was killed in between is
 * found by the next one: its fields already are what was there before. A round begins with everything as it is.
 */
export async function restoreEntries(
  indexes: Indexes,
  page: PageClaim,
  held: HeldPage,
  restores: readonly Restore[],
): Promise<Outcome[]> {
  const outcomes = new Map<Restore, Outcome>();
  let open = [...restores];
  for (let round = 0; open.length > 0; round += 1) {
    if (round > 0) await stepAside(round);
    const looked = await look(indexes, page, held, open);
    const known = new Map(looked.map((one) => [one.restore, one]));
    for (const restore of open) if (!known.has(restore)) outcomes.set(restore, nothingThere(restore));
    const left = looked.filter(({ entry }) => entry.source.rolled_back_by === null);
    const done = await restoreOnce(indexes, page, left, round);
    for (const one of [...looked.filter((one) => !left.includes(one)), ...done])
      outcomes.set(one.restore, outcomeOf(one));
    open = open.filter((restore) => !outcomes.has(restore));
  }
  return restores.map((restore) => outcomes.get(restore) as Outcome);
}

interface Looked extends Target {
  restore: Restore;
  entry: Stored<Entry>;
  document: SeenDocument | null;
  fates: FieldFate[];
}

/** The documents before the entries of later runs: what such a run has written by then has an entry. */
async function look(
  indexes: Indexes,
  page: PageClaim,
  held: HeldPage,
  open: readonly Restore[],
): Promise<Looked[]> {
  const found = await indexes.entries.getMany(open.map(({ seq }) => seq));
  const entries = open.flatMap((restore) => {
    const entry = found.get(restore.seq);
    return entry?.source.live ? [{ restore, entry, table: entry.source.table, row: entry.source.row }] : [];
  });
  const documents = await indexes.documents.read(entries, ({ entry }) => Object.keys(entry.source.fields));
  const later = await laterEntries(
    indexes,
    entries.map(({ entry }) => entry.source),
  );
  // What is read is written as long as the page is ours: who takes it over changes the documents.
  await requireHeld(indexes, page, held);
  return entries.map((one) => {
    const document = documents.get(one) ?? null;
    const { source } = one.entry;
    const fates = source.rolled_back_by
      ? fatesSaid(source, document?.source)
      : fatesOf(source, document?.source ?? null, later.get(source.entry) ?? []);
    return { ...one, document, fates };
  });
}

/** Returns those that have said so in their entry; the others are to be looked at again. */
async function restoreOnce(
  indexes: Indexes,
  page: PageClaim,
  looked: readonly Looked[],
  round: number,
): Promise<Looked[]> {
  const written = await indexes.documents.write(looked.flatMap(toEdit));
  if ([...written.values()].includes('busy')) await busyFor(round);
  const restored = looked.flatMap((one) => {
    const became = written.get(one) ?? 'written';
    if (typeof became === 'object') return [{ ...one, fates: one.fates.map(kept) }];
    return became === 'written' ? [one] : [];
  });
  const untaken = await handOn(
    indexes,
    restored.map(({ entry, fates }) => ({ from: entry.source, fates })),
  );
  return note(
    indexes,
    page,
    restored.filter(({ entry }) => !untaken.has(entry.source)),
  );
}

function toEdit(looked: Looked): DocumentEdit<Looked>[] {
  const { entry, document, fates } = looked;
  if (!document) return [];
  const restored = fates.filter(
    ({ field, fate, found }) => fate === 'restored' && !isSame(found, entry.source.fields[field]?.before),
  );
  if (restored.length === 0) return [];
  const images = restored.map(({ field }): [string, Json | undefined] => [
    field,
    entry.source.fields[field]?.before,
  ]);
  const set = Object.fromEntries(images.filter(([, before]) => before !== undefined)) as JsonObject;
  const remove = images.filter(([, before]) => before === undefined).map(([field]) => field);
  return [{ target: looked, version: document, set, remove }];
}

/** What OpenSearch does not take back (its mapping has changed) stays as it is. */
function kept(fate: FieldFate): FieldFate {
  return fate.fate === 'restored' ? { ...fate, fate: 'conflict', heirs: [] } : fate;
}

async function note(indexes: Indexes, page: PageClaim, looked: readonly Looked[]): Promise<Looked[]> {
  const rolledBack = { rolled_back_by: page.runId, rolled_back_at: new Date().toISOString() };
  const noted = await indexes.entries.put(
    looked.map(({ entry: { id, source, ...version }, fates }) => {
      const said = Object.fromEntries(fates.map(({ field, fate }) => [field, fate]));
      const only = 'unchanged' as const;
      return { id, source: { ...source, ...rolledBack, fates: said }, only, version };
    }),
  );
  return looked.filter(({ entry }) => noted.get(entry.id));
}

/** As an attempt before us has noted. */
function fatesSaid({ fates }: Entry, source: JsonObject | undefined): FieldFate[] {
  return Object.entries(fates).map(([field, fate]) => ({ field, fate, found: source?.[field], heirs: [] }));
}

function nothingThere({ result, seq }: Restore): Outcome {
  return {
    ...result,
    status: 'skipped',
    class: 'gone',
    message: `The journal has no entry ${seq} any more.`,
  };
}

function outcomeOf({ entry: { source }, restore: { result }, fates }: Looked): Outcome {
  const conflicts = fates.filter(({ fate }) => fate === 'conflict');
  if (conflicts.length === 0) return result;
  const message = conflicts
    .map(({ field, found }) => {
      const wrote = inShort(source.fields[field]?.after);
      return `${source.table}, document ${source.row}, field ${field}: expected ${wrote}, found ${inShort(found)}; kept.`;
    })
    .join(' ');
  return { ...result, status: 'conflict', class: 'changed-since', message };
}

function inShort(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
}
