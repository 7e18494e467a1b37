import type { PageClaim } from '../../domain/page.ts';
import type { Put, Stored } from '../opensearch/collection.ts';
import { isSameState, type SeenDocument } from '../opensearch/current.ts';
import { busyFor, stepAside } from '../opensearch/patient.ts';
import type { Outcome } from '../outcome.ts';
import { entryId, entryOf, wasWritten } from './entries.ts';
import type { Indexes } from './indexes.ts';
import { crowded, gone, refused } from './outcome.ts';
import { type HeldPage, requireHeld } from './pages.ts';
import type { Entry } from './shapes.ts';
import { type Edit, isDoubtful, judge, toDocumentEdit } from './verdict.ts';

/** So often a document is read anew for a neighbour's write before its item waits for a better time. */
const ROUNDS = 20;

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
  const state: Writing = { open: [...edits], outcomes: new Map(), documents: new Map(), entries: new Map() };
  let rejections = 0;
  for (let round = 0; state.open.length > 0; round += 1) {
    const looked =
      round === 0 ? await lookFirst(indexes, page, state) : await lookAgain(indexes, page, held, state);
    const busy = await writeOnce(indexes, page, state, judged(looked, state, round));
    state.open = state.open.filter((edit) => !state.outcomes.has(edit));
    if (busy) await busyFor(rejections++);
    else if (round > 1 && state.open.length > 0) await stepAside(round);
  }
  await withdraw(indexes, edits, state);
  return edits.map((edit) => state.outcomes.get(edit) as Outcome);
}

/** Documents and entries as they were seen last. */
interface Writing {
  open: Edit[];
  outcomes: Map<Edit, Outcome>;
  documents: Map<Edit, SeenDocument>;
  entries: Map<Edit, Stored<Entry>>;
}

/**
 * Those whose entry is not there yet, or so it seems: it can only be made where there is none. Documents that are still in
 * the state in which they were read with their items are not read again.
 */
async function lookFirst(indexes: Indexes, page: PageClaim, { open, documents }: Writing): Promise<Edit[]> {
  const states = await indexes.documents.read(open, () => []);
  const moved = open.filter((edit) => {
    const state = states.get(edit);
    if (state && isSameState(state, edit.read)) documents.set(edit, edit.read);
    return state && !documents.has(edit);
  });
  for (const [edit, seen] of await indexes.documents.read(moved, pathsOf)) documents.set(edit, seen);
  const doubtful = open.filter((edit) => {
    const document = documents.get(edit);
    return document && isDoubtful(edit, document);
  });
  const known = await indexes.entries.getMany(doubtful.map((edit) => entryId(page.runId, edit)));
  return open.filter((edit) => !known.has(entryId(page.runId, edit)));
}

/**
 * Whoever follows an entry that is there makes sure, after reading it and the document, that the page is still ours: who
 * takes the page over changes both.
 */
async function lookAgain(
  indexes: Indexes,
  page: PageClaim,
  held: HeldPage,
  { open, documents, entries }: Writing,
): Promise<Edit[]> {
  const known = await indexes.entries.getMany(open.map((edit) => entryId(page.runId, edit)));
  for (const edit of open) {
    const entry = known.get(entryId(page.runId, edit));
    if (entry) entries.set(edit, entry);
    documents.delete(edit);
  }
  const paths = (edit: Edit) => [...pathsOf(edit), ...Object.keys(entries.get(edit)?.source.fields ?? {})];
  for (const [edit, seen] of await indexes.documents.read(open, paths)) documents.set(edit, seen);
  await requireHeld(indexes, page, held);
  return open;
}

/** Those that are to be written. */
function judged(looked: readonly Edit[], { outcomes, documents, entries }: Writing, round: number): Edit[] {
  return looked.filter((edit) => {
    const outcome = judge(edit, documents.get(edit), entries.get(edit)?.source);
    if (outcome) outcomes.set(edit, outcome);
    else if (round >= ROUNDS) outcomes.set(edit, crowded(edit));
    return !outcomes.has(edit);
  });
}

/** Tells whether the server has too much to do. */
async function writeOnce(
  indexes: Indexes,
  page: PageClaim,
  state: Writing,
  wanted: readonly Edit[],
): Promise<boolean> {
  const entered = await enter(indexes, page, state, wanted);
  const { documents, outcomes } = state;
  const written = await indexes.documents.write(
    entered.map((edit) => toDocumentEdit(edit, documents.get(edit) as SeenDocument)),
  );
  for (const [edit, became] of written) {
    if (became === 'written') outcomes.set(edit, edit.result);
    else if (became === 'gone') outcomes.set(edit, gone(edit));
    else if (typeof became === 'object') outcomes.set(edit, refused(edit, became.refused));
  }
  return [...written.values()].includes('busy');
}

/** Returns those whose entry says now what will be done. The others' entries are looked at in the next round. */
async function enter(
  indexes: Indexes,
  page: PageClaim,
  { documents, entries }: Writing,
  wanted: readonly Edit[],
): Promise<Edit[]> {
  const saying = new Map(
    wanted.map((edit) => {
      const document = documents.get(edit) as SeenDocument;
      return [edit, entryOf(page, { ...edit, item: edit.result.item }, document, entries.get(edit)?.source)];
    }),
  );
  const news = wanted.filter((edit) => !saysSo(entries.get(edit)?.source, saying.get(edit) as Entry));
  const puts = news.map((edit): Put<Entry> => {
    const known = entries.get(edit);
    const source = saying.get(edit) as Entry;
    const { entry: id } = source;
    return known ? { id, source, only: 'unchanged', version: known } : { id, source, only: 'new' };
  });
  const put = await indexes.entries.put(puts);
  for (const [n, edit] of news.entries()) {
    const { id, source } = puts[n] as Put<Entry>;
    const version = put.get(id);
    if (version) entries.set(edit, { id, source, ...version });
    else saying.delete(edit);
  }
  return [...saying.keys()];
}

/** It was entered in an earlier round: so somebody changed other fields since. */
function saysSo(known: Entry | undefined, wanted: Entry): boolean {
  if (!known?.live || known.page !== wanted.page || known.fence !== wanted.fence) return false;
  return JSON.stringify(known.fields) === JSON.stringify(wanted.fields);
}

/** What was not written after all is no entry. */
async function withdraw(
  indexes: Indexes,
  edits: readonly Edit[],
  { outcomes, documents, entries }: Writing,
): Promise<void> {
  const unwritten = edits.flatMap((edit) => {
    const entry = entries.get(edit);
    const source = documents.get(edit)?.source;
    if (!entry?.source.live || outcomes.get(edit) === edit.result) return [];
    return source && wasWritten(entry.source, source) ? [] : [entry];
  });
  await indexes.entries.put(
    unwritten.map(({ id, source, ...version }) => ({
      ...{ id, source: { ...source, live: false } },
      ...{ only: 'unchanged' as const, version },
    })),
  );
}

function pathsOf({ fields, seen }: Edit): string[] {
  return [...new Set([...Object.keys(fields), ...Object.keys(seen)])];
}
