import type { PageClaim, Receipt } from '../../domain/page.ts';
import { Fenced, RunClosed } from '../journal.ts';
import type { Stored, Version } from '../opensearch/collection.ts';
import type { Outcome } from '../outcome.ts';
import { fenceOff } from './fence.ts';
import { type Indexes, idOf } from './indexes.ts';
import { requireOpen } from './runs.ts';
import { settle } from './settle.ts';
import type { PageDocument, Pending, RunDocument } from './shapes.ts';

/** A page that is ours to write. */
export interface HeldPage {
  version: Version;
  document: PageDocument;
}

/** The fence of a page that was closed with its run: no execution has it. */
export const CLOSED = Number.MAX_SAFE_INTEGER;

const NOTHING: Pending = { writing: [], restoring: [] };

/** Returns what a finished page has to tell, or the page, which is ours. */
export async function claimPage(indexes: Indexes, page: PageClaim): Promise<Receipt | HeldPage> {
  for (;;) {
    const found = await indexes.pages.get(pageId(page.runId, page.page));
    // A finished page is told even of a closed run: its counts are true, and still have to be added up.
    if (found?.source.receipt) return settle(indexes, found);
    if (found && (found.source.finished || found.source.fence > page.fence)) throw replaced(page, found);
    if (found?.source.fence === page.fence && !isPending(found.source)) return toHeld(found);
    await requireOpen(indexes, page.runId);
    const held = found ? await takePage(indexes, page) : await makePage(indexes, page);
    if (held) return held;
  }
}

/** Says which documents the page will write. Afterwards its run is open, or {@link RunClosed} is thrown. */
export async function announce(
  indexes: Indexes,
  page: PageClaim,
  held: HeldPage,
  pending: Pending,
): Promise<{ held: HeldPage; run: RunDocument }> {
  const announced = isPending(pending)
    ? await replace(indexes, page, held, { ...held.document, ...pending })
    : held;
  const run = await requireOpen(indexes, page.runId);
  return { held: announced, run: run.source };
}

/** Throws {@link Fenced} or {@link RunClosed} where somebody has taken the page over since it was announced. */
export async function requireHeld(indexes: Indexes, page: PageClaim, held: HeldPage): Promise<void> {
  const now = await indexes.pages.get(pageId(page.runId, page.page));
  const { seqNo, primaryTerm } = held.version;
  if (now?.seqNo !== seqNo || now.primaryTerm !== primaryTerm) throw replaced(page, now);
}

/** The receipt, and what has to be told of the items, in one. */
export async function finishPage(
  indexes: Indexes,
  page: PageClaim,
  held: HeldPage,
  receipt: Receipt,
  unrecorded: Outcome[],
): Promise<Receipt> {
  const finished = { finished: true, receipt, unrecorded, settled: unrecorded.length === 0 };
  const { version, document } = await replace(indexes, page, held, {
    ...held.document,
    ...NOTHING,
    ...finished,
  });
  const mine = { id: pageId(page.runId, page.page), source: document, ...version };
  return settle(indexes, mine, false);
}

export async function receiptOf(indexes: Indexes, runId: string, page: string): Promise<Receipt | null> {
  const found = await indexes.pages.get(pageId(runId, page));
  return found?.source.receipt ? settle(indexes, found) : null;
}

/**
 * Makes the page ours, and keeps whoever had it from writing. Only then it forgets what they may have been writing: who
 * dies in between is followed by one who does it again. Null: somebody was faster.
 */
export async function takePage({ pages, ...indexes }: Indexes, page: PageClaim): Promise<HeldPage | null> {
  const id = pageId(page.runId, page.page);
  const ours = (now: PageDocument) => !now.finished && now.fence <= page.fence;
  const make = (how: (now: PageDocument) => PageDocument) =>
    pages.change([id], (_, now) => (now && ours(now) ? how(now) : undefined));
  const taken = (await make((now) => ({ ...now, fence: page.fence }))).get(id);
  if (!taken || !isPending(taken.source)) return taken ? toHeld(taken) : null;
  await fenceOff({ pages, ...indexes }, page, taken.source);
  const quiet = (await make((now) => ({ ...now, ...NOTHING }))).get(id);
  return quiet ? toHeld(quiet) : null;
}

/** Null: somebody was faster, or we were, and the acknowledgement was lost. */
async function makePage({ pages }: Indexes, page: PageClaim): Promise<HeldPage | null> {
  const id = pageId(page.runId, page.page);
  const document = newPage(page);
  const version = (await pages.put([{ id, source: document, only: 'new' }])).get(id);
  return version ? { version, document } : null;
}

function toHeld({ source, ...version }: Stored<PageDocument>): HeldPage {
  return { version, document: source };
}

function newPage({ runId, page, scope, fence }: PageClaim): PageDocument {
  const open = { finished: false, receipt: null, unrecorded: [], settled: false };
  return { run_id: runId, page, scope, fence, ...NOTHING, ...open };
}

function isPending({ writing, restoring }: Pending): boolean {
  return writing.length > 0 || restoring.length > 0;
}

async function replace(
  indexes: Indexes,
  page: PageClaim,
  { version }: HeldPage,
  document: PageDocument,
): Promise<HeldPage> {
  const id = pageId(page.runId, page.page);
  const put = (await indexes.pages.put([{ id, source: document, only: 'unchanged', version }])).get(id);
  if (put) return { version: put, document };
  const now = await indexes.pages.get(id);
  // The acknowledgement was lost, and the request sent again.
  if (now && JSON.stringify(now.source) === JSON.stringify(document)) return { version: now, document };
  throw replaced(page, now);
}

function replaced(page: PageClaim, now: Stored<PageDocument> | null): Error {
  const name = `Page ${page.page} of run ${page.runId}`;
  if (now?.source.fence === CLOSED)
    return new RunClosed(`${name}: the run was closed; nothing more was written.`);
  const fence = now?.source.fence ?? 0;
  return new Fenced(
    `${name} was taken over (fence ${fence}, ours is ${page.fence}); nothing more was written.`,
  );
}

function pageId(runId: string, page: string): string {
  return idOf(runId, page);
}
