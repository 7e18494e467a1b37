import type { Provenance } from '../../domain/change.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { ItemResult, PageClaim } from '../../domain/page.ts';
import { Fenced } from '../journal.ts';
import { busyFor, type Stored } from '../opensearch/collection.ts';
import { type DocumentEdit, isSame, type SeenDocument, type Target } from '../opensearch/documents.ts';
import { fingerprint, valueAt } from '../opensearch/fingerprint.ts';
import { entryId } from './entries.ts';
import type { Entry, FieldImages, Indexes } from './indexes.ts';
import type { HeldPage } from './pages.ts';

/** What became of an item once its changes met the data. */
export type Outcome = Omit<ItemResult, 'status'> & { status: ItemResult['status'] | 'conflict' };

/** One document that an item writes. */
export interface Edit extends Target {
  result: ItemResult;
  fields: JsonObject;
  seen: Record<string, string | null>;
  by: Provenance;
}

/** So often a document is read anew for a neighbour's write before its item waits for a better time. */
const ROUNDS = 20;
const LATER_MS = 5_000;

/**
 * Entry first, then the document, in the state in which it was seen. Whatever stands in the way (another hand's write,
 * a full queue, an attempt that was killed half-way) is met by looking again: a round begins with the documents and
 * entries as they are.
 */
export async function writeDocuments(
  indexes: Indexes,
  page: PageClaim,
  held: HeldPage,
  edits: readonly Edit[],
): Promise<Outcome[]> {
  const state: Writing = { open: [...edits], outcomes: new Map(), entries: new Map() };
  for (let round = 0; state.open.length > 0; round += 1) {
    if (round > 0) await knownEntries(indexes, page, state);
    const busy = await writeOnce(indexes, page, held, state, round);
    state.open = state.open.filter((edit) => !state.outcomes.has(edit));
    if (busy || (round > 2 && state.open.length > 0)) await busyFor(Math.min(round, 6));
  }
  await withdraw(indexes, edits, state);
  return edits.map((edit) => state.outcomes.get(edit) as Outcome);
}

interface Writing {
  open: Edit[];
  outcomes: Map<Edit, Outcome>;
  /** As they were seen last. */
  entries: Map<Edit, Stored<Entry>>;
}

/** Tells whether the server has too much to do. */
async function writeOnce(
  indexes: Indexes,
  page: PageClaim,
  held: HeldPage,
  { open, outcomes, entries }: Writing,
  round: number,
): Promise<boolean> {
  const documents = await indexes.documents.read(open, pathsOf);
  const wanted: Wanted[] = [];
  for (const edit of open) {
    const verdict = judge(edit, documents.get(edit), entries.get(edit)?.source, round);
    if (verdict.kind === 'ended') outcomes.set(edit, verdict.outcome);
    else wanted.push({ edit, ...verdict });
  }
  const alike = wanted.filter(({ edit, document }) => isWritten(edit, document)).map(({ edit }) => edit);
  await knownEntries(indexes, page, { open: alike, entries });
  for (const edit of alike) if (!entries.get(edit)?.source.live) outcomes.set(edit, unchanged(edit));
  const changing = wanted.filter(({ edit }) => !outcomes.has(edit));
  const entered = await enter(indexes, page, held, changing, entries);
  const there = entered.filter(({ edit, document }) => isWritten(edit, document));
  for (const { edit } of there) outcomes.set(edit, edit.result);
  const unwritten = entered.filter(({ edit }) => !outcomes.has(edit));
  const written = await indexes.documents.write(unwritten.map(toDocumentEdit));
  for (const [edit, became] of written) {
    if (became === 'written') outcomes.set(edit, edit.result);
    else if (became === 'gone') outcomes.set(edit, gone(edit));
    else if (typeof became === 'object') outcomes.set(edit, refused(edit, became.refused));
  }
  return [...written.values()].includes('busy');
}

type Verdict = { kind: 'ended'; outcome: Outcome } | { kind: 'write'; document: SeenDocument };

function judge(
  edit: Edit,
  document: SeenDocument | undefined,
  entry: Entry | undefined,
  round: number,
): Verdict {
  if (!document) return { kind: 'ended', outcome: gone(edit) };
  const ours = writtenBy(entry, document);
  const changed = Object.keys(edit.seen).filter(
    (path) => fingerprint(valueAt(document.source, path)) !== edit.seen[path] && !ours.has(path),
  );
  const byHand = changed.filter((path) => path in edit.fields);
  if (byHand.length > 0) return { kind: 'ended', outcome: conflict(edit, byHand) };
  if (changed.length > 0 || round >= ROUNDS) return { kind: 'ended', outcome: later(edit, changed) };
  return { kind: 'write', document };
}

/** Fields that hold what an earlier attempt of ours wrote, with what was there before. */
function writtenBy(entry: Entry | undefined, { source }: SeenDocument): Map<string, Json | undefined> {
  const ours = Object.entries(entry?.live ? entry.fields : {});
  const there = ours.filter(([field, { after }]) => isSame(source[field], after));
  return new Map(there.map(([field, { before }]) => [field, before]));
}

async function knownEntries(
  indexes: Indexes,
  page: PageClaim,
  { open, entries }: Pick<Writing, 'open' | 'entries'>,
): Promise<void> {
  const found = await indexes.entries.getMany(open.map((edit) => entryId(page.runId, edit)));
  for (const edit of open) {
    const entry = found.get(entryId(page.runId, edit));
    if (!entry) continue;
    if (entry.source.fence > page.fence && entry.source.page === page.page)
      throw new Fenced(`Page ${page.page} of run ${page.runId} was taken over while it wrote.`);
    entries.set(edit, entry);
  }
}

interface Wanted {
  edit: Edit;
  document: SeenDocument;
}

/** Returns those whose entry says now what will be done. The others' entries are looked at in the next round. */
async function enter(
  indexes: Indexes,
  page: PageClaim,
  held: HeldPage,
  wanted: readonly Wanted[],
  entries: Map<Edit, Stored<Entry>>,
): Promise<Wanted[]> {
  const puts = wanted.map((one) => {
    const known = entries.get(one.edit);
    const source = entryOf(page, held, one, known?.source);
    return known
      ? { id: source.entry, source, only: 'unchanged' as const, version: known }
      : { id: source.entry, source, only: 'new' as const };
  });
  const put = puts.length > 0 ? await indexes.entries.put(puts) : new Map();
  return wanted.filter(({ edit }, n) => {
    const { id, source } = puts[n] as (typeof puts)[number];
    const version = put.get(id);
    if (version) entries.set(edit, { id, source, ...version });
    return Boolean(version);
  });
}

function entryOf(
  page: PageClaim,
  { run }: HeldPage,
  { edit, document }: Wanted,
  known: Entry | undefined,
): Entry {
  const { table, row, result, fields, by } = edit;
  const ours = writtenBy(known, document);
  const images = Object.entries(fields).map(([field, after]): [string, FieldImages] => {
    const was = ours.has(field) ? ours.get(field) : document.source[field];
    return [field, { ...(was !== undefined && { before: was }), ...(after !== null && { after }) }];
  });
  return {
    ...{ entry: entryId(page.runId, edit), run_id: page.runId, table, row, item: result.item },
    ...{ page: page.page, fence: page.fence, live: true },
    ...{ run_at: Date.parse(run.source.opened_at), written_at: new Date().toISOString() },
    fields: Object.fromEntries(images),
    ...{ call_key: by.callKey ?? null, model: by.model ?? null, prompt_version: by.promptVersion ?? null },
    ...{ rolled_back_by: null, rolled_back_at: null, fates: {} },
  };
}

/** What was not written after all is no entry. */
async function withdraw(
  indexes: Indexes,
  edits: readonly Edit[],
  { outcomes, entries }: Writing,
): Promise<void> {
  const unwritten = edits.flatMap((edit) => {
    const entry = entries.get(edit);
    return entry?.source.live && outcomes.get(edit) !== edit.result ? [entry] : [];
  });
  if (unwritten.length === 0) return;
  await indexes.entries.put(
    unwritten.map(({ id, source, ...version }) => ({
      id,
      source: { ...source, live: false },
      only: 'unchanged' as const,
      version,
    })),
  );
}

function toDocumentEdit({ edit, document }: Wanted): DocumentEdit<Edit> {
  const entries = Object.entries(edit.fields);
  return {
    target: edit,
    version: document,
    set: Object.fromEntries(entries.filter(([, value]) => value !== null)),
    remove: entries
      .filter(([field, value]) => value === null && field in document.source)
      .map(([field]) => field),
  };
}

function pathsOf({ fields, seen }: Edit): string[] {
  return [...new Set([...Object.keys(fields), ...Object.keys(seen)])];
}

function isWritten({ fields }: Edit, { source }: SeenDocument): boolean {
  return Object.entries(fields).every(([field, value]) => isSame(source[field], value));
}

/** It holds already what would be written, by whomever. */
function unchanged({ result }: Edit): Outcome {
  return { ...result, status: 'skipped', class: 'unchanged', message: 'It holds what would be written.' };
}

function gone({ result, table, row }: Edit): Outcome {
  return {
    ...result,
    status: 'skipped',
    class: 'gone',
    message: `There is no document ${row} in ${table} any more.`,
  };
}

function refused({ result }: Edit, why: string): Outcome {
  const message = `OpenSearch refused what was to be written: ${why}`;
  return { ...result, status: 'failed', class: 'row-invalid', message };
}

function conflict({ result, table, row }: Edit, fields: string[]): Outcome {
  const message = `${fields.join(', ')} of ${table}/${row} changed after it was read; nothing was written.`;
  return { ...result, status: 'conflict', class: 'changed-since', message };
}

/** What it was made from has changed, or somebody writes the document all the time: it is read anew. */
function later({ result, table, row }: Edit, changed: string[]): Outcome {
  const why =
    changed.length > 0 ? `${changed.join(', ')} changed after it was read` : 'others write it all the time';
  return {
    ...result,
    status: 'deferred',
    class: 'changed-since',
    message: `${table}/${row}: ${why}; it is read anew.`,
    // What others do uses up none of its tries.
    tries: result.tries - 1,
    dueAt: Date.now() + (changed.length > 0 ? 0 : LATER_MS),
  };
}
