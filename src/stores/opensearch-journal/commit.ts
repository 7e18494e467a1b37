import type { Change } from '../../domain/change.ts';
import type { ItemResult, PageClaim, Receipt } from '../../domain/page.ts';
import type { PageWork } from '../journal.ts';
import type { Target } from '../opensearch/current.ts';
import { isWritten, type Outcome } from '../outcome.ts';
import { tally } from '../tally.ts';
import type { Indexes } from './indexes.ts';
import { newsOfItems, waitingItems } from './items.ts';
import { announce, claimPage, finishPage } from './pages.ts';
import { newsOfQuarantine } from './quarantine.ts';
import { type Restore, restoreEntries } from './restore.ts';
import type { Edit } from './verdict.ts';
import { writeDocuments } from './write.ts';

/** In steps, each of which may be done again by the next attempt; the last is the receipt. */
export async function commitPage(indexes: Indexes, page: PageClaim, work: PageWork): Promise<Receipt> {
  const claimed = await claimPage(indexes, page);
  if (!('version' in claimed)) return claimed;
  const { edits, restores, unchanged } = sorted(work);
  const entries = await indexes.entries.getMany(restores.map(({ seq }) => seq));
  const restoring = [...entries.values()].map(({ source }) => toTarget(source));
  const { held, run } = await announce(indexes, page, claimed, { writing: edits.map(toTarget), restoring });
  const outcomes = [
    ...unchanged,
    ...(await writeDocuments(indexes, page, held, edits)),
    ...(await restoreEntries(indexes, page, held, restores)),
  ];
  const [waiting, ...news] = await Promise.all([
    waitingItems(indexes, page, outcomes),
    newsOfItems(indexes, page, outcomes),
    newsOfQuarantine(indexes, run, outcomes),
  ]);
  const receipt: Receipt = {
    ...tally(outcomes, work.missing),
    position: work.position,
    done: work.done,
    read: work.read,
    waiting,
    hold: work.hold,
    ...(work.pause && { pause: work.pause }),
  };
  return finishPage(indexes, page, held, receipt, [...new Set(news.flat())]);
}

interface Sorted {
  edits: Edit[];
  restores: Restore[];
  unchanged: Outcome[];
}

function sorted({ results, changes }: PageWork): Sorted {
  const all: Sorted = { edits: [], restores: [], unchanged: [] };
  const documents = new Set<string>();
  for (const result of results) {
    const [change, second] = (isWritten(result) && changes.get(result.item)) || [];
    if (!change) all.unchanged.push(result);
    else if (second) throw unfit(result, 'more than one change');
    else if (change.kind === 'restore') all.restores.push({ result, seq: change.seq });
    else all.edits.push(toEdit(result, change, documents));
  }
  return all;
}

function toEdit(result: ItemResult, change: Change, documents: Set<string>): Edit {
  if (change.kind !== 'fields' || change.onlyIfEmpty) throw unfit(result, 'a change of another kind');
  const { table, id: row, fields, seen = {}, by, read } = change;
  if (!read) throw unfit(result, 'a change that does not say in which state its document was read');
  const document = JSON.stringify([table, row]);
  if (documents.has(document)) throw unfit(result, `a document, ${row}, that a neighbour writes too`);
  documents.add(document);
  return { table, row, result, fields, seen, by, read };
}

function toTarget({ table, row }: Target): Target {
  return { table, row };
}

function unfit({ item }: ItemResult, what: string): Error {
  return new Error(
    `item ${item} brings ${what}: in OpenSearch an item sets fields of one document of its own`,
  );
}
