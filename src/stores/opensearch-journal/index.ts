import type { Client } from '@opensearch-project/opensearch';
import { closeRun } from './close-run.ts';
import { commitPage } from './commit.ts';
import { migrate, missing, openIndexes } from './indexes.ts';
import { beginItem, dueItems, endItem, recordedItems } from './items.ts';
import type { OpenSearchJournal } from './journal.ts';
import { canaryItems, keepList, listed } from './lists.ts';
import { claimPage, receiptOf } from './pages.ts';
import { failedItems, leftOutItems, quarantinedItems } from './quarantine.ts';
import {
  countToRestore,
  knownEntries,
  previewRollback,
  summarizeRun,
  toRestore,
  writtenFields,
} from './report.ts';
import { listRuns, openRun } from './runs.ts';

/**
 * The change journal in indexes `<prefix>-*` of the OpenSearch that it protects. A change names an index as its table and
 * a document's id as its row; an item sets fields of one document. There are no transactions: an entry is acknowledged
 * before its document is written, and a document is written only in the state in which it was seen.
 */
export function createOpenSearchJournal(client: Client, prefix = 'temporal-backfill'): OpenSearchJournal {
  const indexes = openIndexes(client, prefix);
  return {
    migrate: () => migrate(client, prefix),
    missing: () => missing(client, prefix),
    openRun: (run) => openRun(indexes, run),
    closeRun: (runId) => closeRun(indexes, runId),
    async claim(page) {
      const claimed = await claimPage(indexes, page);
      return 'version' in claimed ? null : claimed;
    },
    commit: (page, work) => commitPage(indexes, page, work),
    receipt: (runId, page) => receiptOf(indexes, runId, page),
    keepList: (runId, items) => keepList(indexes, runId, items),
    listed: (runId, range) => listed(indexes, runId, range),
    canary: (runId, after, limit) => canaryItems(indexes, runId, after, limit),
    leftOut: (runId, items) => leftOutItems(indexes, runId, items),
    quarantined: (backfill) => quarantinedItems(indexes, backfill),
    failedItems: (backfill, filter) => failedItems(indexes, backfill, filter),
    written: (runId, items) => writtenFields(indexes, runId, items),
    preview: (runId, limit) => previewRollback(indexes, runId, limit),
    countToRestore: (runId, rollbackId) => countToRestore(indexes, runId, rollbackId),
    toRestore: (runId, rollbackId, after, limit) => toRestore(indexes, runId, rollbackId, after, limit),
    entries: (runId, entries) => knownEntries(indexes, runId, entries),
    due: (runId, scope, now, limit) => dueItems(indexes, runId, scope, now, limit),
    begin: (runId, item) => beginItem(indexes, runId, item),
    end: (runId, item) => endItem(indexes, runId, item),
    failures: (runId, filter) => recordedItems(indexes, runId, ['failed', 'skipped', 'unknown'], filter),
    conflicts: (runId) => recordedItems(indexes, runId, ['conflict']),
    runs: () => listRuns(indexes),
    summary: (runId) => summarizeRun(indexes, runId),
  };
}
