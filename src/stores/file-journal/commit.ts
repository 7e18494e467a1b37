import type { DatabaseSync } from 'node:sqlite';
import type { PageClaim, Receipt } from '../../domain/page.ts';
import type { PageWork } from '../journal.ts';
import { isWritten, type Outcome } from '../outcome.ts';
import { tally } from '../tally.ts';
import { recordItems, waitingItems } from './items.ts';
import { recordQuarantine } from './quarantine.ts';
import { restoreFile } from './restore.ts';
import { claimPage, finishPage } from './runs.ts';
import { keepPart } from './units.ts';

/** Inside one transaction: all of the page, or nothing. */
export function commitPage(db: DatabaseSync, page: PageClaim, work: PageWork): Receipt {
  const finished = claimPage(db, page);
  if (finished) return finished;
  const outcomes = work.results.map((result) => apply(db, page, work, result));
  recordItems(db, page, outcomes);
  recordQuarantine(db, page, outcomes);
  const receipt: Receipt = {
    ...tally(outcomes, work.missing),
    position: work.position,
    done: work.done,
    read: work.read,
    waiting: waitingItems(db, page),
    hold: work.hold,
    ...(work.pause && { pause: work.pause }),
  };
  finishPage(db, page, receipt);
  return receipt;
}

function apply(
  db: DatabaseSync,
  { runId }: PageClaim,
  { changes }: PageWork,
  result: PageWork['results'][number],
): Outcome {
  const [change, second] = (isWritten(result) && changes.get(result.item)) || [];
  if (!change) return result;
  if (second) throw new Error(`item ${result.item} brings more than one change: in files an item is one row`);
  if (change.kind === 'restore') return restoreFile(db, runId, { result, seq: change.seq });
  if (change.kind !== 'part') throw new Error(`item ${result.item} brings a change that is no row of a file`);
  keepPart(db, runId, result.unit, result.item, change.row);
  return result;
}
