import type { Pool } from 'pg';
import type { Journal } from '../journal.ts';
import { commitPage } from './commit.ts';
import { beginItem, dueItems, endItem, recordedItems } from './items.ts';
import { previewRollback } from './preview.ts';
import { canaryItems, failedItems, leftOutItems, quarantinedItems } from './quarantine.ts';
import { listRuns, summarizeRun, writtenFields } from './report.ts';
import { claimPage, closeRun, lastPosition, openRun, receiptOf } from './runs.ts';
import { migrate, missing } from './schema.ts';
import { tableFinder } from './table.ts';
import { countToRestore, knownEntries, toRestore } from './to-restore.ts';
import { transaction } from './transaction.ts';

/**
 * The change journal in schema `temporal_backfill` of the database that it protects. A change names its
 * table with or without schema (`vehicle_images`, `public.vehicle_images`); rows are known by a column `id`.
 *
 * A table or column that is missing throws RunPaused; a value that PostgreSQL refuses fails its own item,
 * class `row-invalid`.
 */
export function createPostgresJournal(pool: Pool): Journal {
  const find = tableFinder();
  return {
    migrate: () => migrate(pool),
    missing: () => missing(pool),
    openRun: (run) => openRun(pool, run),
    closeRun: (runId) => closeRun(pool, runId),
    claim: (page) => transaction(pool, (client) => claimPage(client, page)),
    commit: (page, work) => transaction(pool, (client) => commitPage(client, find, page, work)),
    receipt: (runId, page) => receiptOf(pool, runId, page),
    canary: (runId, after, limit) => canaryItems(pool, runId, after, limit),
    leftOut: (runId, items) => leftOutItems(pool, runId, items),
    quarantined: (backfill) => quarantinedItems(pool, backfill),
    failedItems: (backfill, filter) => failedItems(pool, backfill, filter),
    written: (runId, items) => writtenFields(pool, runId, items),
    countToRestore: (runId) => countToRestore(pool, runId),
    toRestore: (runId, _rollbackId, after, limit) => toRestore(pool, runId, after, limit),
    entries: (runId, entries) => knownEntries(pool, runId, entries),
    preview: (runId, limit) => previewRollback(pool, find, runId, limit),
    due: (runId, scope, now, limit) => dueItems(pool, runId, scope, now, limit),
    begin: (runId, item) => beginItem(pool, runId, item),
    end: (runId, item) => endItem(pool, runId, item),
    failures: (runId, filter) => recordedItems(pool, runId, ['failed', 'skipped', 'unknown'], filter),
    conflicts: (runId) => recordedItems(pool, runId, ['conflict']),
    lastPosition: (runId) => lastPosition(pool, runId),
    runs: () => listRuns(pool),
    summary: (runId) => summarizeRun(pool, runId),
  };
}
