import type { PageClaim, Receipt } from '../../domain/page.ts';
import { Fenced, RunClosed } from '../journal.ts';
import type { Stored, Version } from '../opensearch/collection.ts';
import type { Target } from '../opensearch/documents.ts';
import { fenceOff } from './fence.ts';
import { type Indexes, idOf, type PageDocument, type RunDocument } from './indexes.ts';
import { requireOpen } from './runs.ts';

/** A page that is ours to write. */
export interface HeldPage {
  run: Stored<RunDocument>;
  version: Version;
  document: PageDocument;
}

/** Returns what a finished page has to tell, or the page, which is ours. */
export async function claimPage(indexes: Indexes, page: PageClaim): Promise<Receipt | HeldPage> {
  const id = pageId(page.runId, page.page);
  for (;;) {
    const found = await indexes.pages.get(id);
    // A finished page is told even of a closed run: its counts are true, and still have to be added up.
    if (found?.source.receipt) return found.source.receipt;
    const run = await requireOpen(indexes, page.runId);
    if (!found) {
      const source: PageDocument = {
        ...{ run_id: page.runId, page: page.page, scope: page.scope, fence: page.fence },
        ...{ finished: false, receipt: null, writing: [] },
      };
      await indexes.pages.put([{ id, source, only: 'new' }]);
      continue;
    }
    const { fence, writing, finished } = found.source;
    if (finished || fence > page.fence) throw takenOver(page, fence);
    if (fence === page.fence) return { run, version: found, document: found.source };
    // Whoever worked on it before may still have a write on its way.
    const source = { ...found.source, fence: page.fence };
    const put = await indexes.pages.put([{ id, source, only: 'unchanged', version: found }]);
    const version = put.get(id);
    if (!version) continue;
    await fenceOff(indexes, page, writing);
    return { run, version, document: source };
  }
}

/** Says which documents the page will write. Afterwards its run is open, or {@link RunClosed} is thrown. */
export async function announce(
  indexes: Indexes,
  page: PageClaim,
  held: HeldPage,
  writing: Target[],
): Promise<HeldPage> {
  const document = { ...held.document, writing };
  const announced = { ...held, document, version: await replace(indexes, page, held, document) };
  await requireOpen(indexes, page.runId);
  return announced;
}

export async function finishPage(
  indexes: Indexes,
  page: PageClaim,
  held: HeldPage,
  receipt: Receipt,
): Promise<void> {
  await replace(indexes, page, held, { ...held.document, finished: true, receipt, writing: [] });
}

export async function receiptOf({ pages }: Indexes, runId: string, page: string): Promise<Receipt | null> {
  return (await pages.get(pageId(runId, page)))?.source.receipt ?? null;
}

export async function unfinishedPages({ pages }: Indexes, runId: string): Promise<Stored<PageDocument>[]> {
  await pages.refresh();
  const query = { bool: { filter: [{ term: { run_id: runId } }, { term: { finished: false } }] } };
  const ids: string[] = [];
  for await (const { id } of pages.every(query, ['page'])) ids.push(id);
  return [...(await pages.getMany(ids)).values()].filter(({ source }) => !source.finished);
}

/** Whoever still works on it finds itself replaced, and none of its writes gets in. */
export async function closePage(indexes: Indexes, page: Stored<PageDocument>): Promise<void> {
  const { source, id } = page;
  const closed = { ...source, finished: true };
  const put = await indexes.pages.put([{ id, source: closed, only: 'unchanged', version: page }]);
  if (!put.get(id)) {
    const now = await indexes.pages.get(id);
    if (now && !now.source.finished) await closePage(indexes, now);
    return;
  }
  const fence = Number.MAX_SAFE_INTEGER;
  await fenceOff(
    indexes,
    { runId: source.run_id, scope: source.scope, page: source.page, fence },
    source.writing,
  );
}

async function replace(
  indexes: Indexes,
  page: PageClaim,
  { version }: HeldPage,
  source: PageDocument,
): Promise<Version> {
  const id = pageId(page.runId, page.page);
  const put = (await indexes.pages.put([{ id, source, only: 'unchanged', version }])).get(id);
  if (put) return put;
  const now = await indexes.pages.get(id);
  // The acknowledgement was lost, and the request sent again.
  if (now && isSame(now.source, source)) return now;
  if (now?.source.finished && !now.source.receipt)
    throw new RunClosed(`Run ${page.runId} was closed: nothing more was written.`);
  throw takenOver(page, now?.source.fence ?? 0);
}

function isSame(a: PageDocument, b: PageDocument): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function pageId(runId: string, page: string): string {
  return idOf(runId, page);
}

function takenOver(page: PageClaim, fence: number): Fenced {
  return new Fenced(
    `Page ${page.page} of run ${page.runId} was taken over (fence ${fence}, ours is ${page.fence}): nothing was written.`,
  );
}
