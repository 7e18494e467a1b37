import { existsSync } from 'node:fs';
import { commitPage } from './commit.ts';
import { openDatabase } from './database.ts';
import { beginItem, dueItems, endItem, recordedItems } from './items.ts';
import type { FileJournal } from './journal.ts';
import { filesOf, publish } from './publish.ts';
import { canaryItems, failedItems, leftOutItems, quarantinedItems } from './quarantine.ts';
import {
  countToRestore,
  knownEntries,
  previewRollback,
  summarizeRun,
  toRestore,
  writtenFiles,
} from './report.ts';
import { claimPage, closeRun, listedItems, listRuns, openRun, receiptOf } from './runs.ts';
import { completeUnits, keepUnits, outcomesOf, unitsOf } from './units.ts';

/** The journal in one SQLite file, beside the files that runs make. */
export function createFileJournal(file: string): FileJournal & { close(): void } {
  const { read, write, close } = openDatabase(file);
  return {
    migrate: async () => write(() => undefined),
    missing: async () => (existsSync(file) ? [] : [`the journal ${file}`]),
    openRun: async (run) => write((db) => openRun(db, run)),
    closeRun: async (runId) => write((db) => closeRun(db, runId)),
    claim: async (page) => write((db) => claimPage(db, page)),
    commit: async (page, work) => write((db) => commitPage(db, page, work)),
    receipt: async (runId, page) => read((db) => receiptOf(db, runId, page)),
    canary: async (runId, after, limit) => read((db) => canaryItems(db, runId, after, limit)),
    leftOut: async (runId, items) => read((db) => leftOutItems(db, runId, items)),
    quarantined: async (backfill) => read((db) => quarantinedItems(db, backfill)),
    failedItems: async (backfill, filter) => read((db) => failedItems(db, backfill, filter)),
    written: async (runId, items) => read((db) => writtenFiles(db, runId, items)),
    countToRestore: async (runId) => read((db) => countToRestore(db, runId)),
    toRestore: async (runId, _rollbackId, after, limit) => read((db) => toRestore(db, runId, after, limit)),
    entries: async (runId, entries) => read((db) => knownEntries(db, runId, entries)),
    preview: async (runId, limit) => read((db) => previewRollback(db, runId, limit)),
    due: async (runId, scope, now, limit) => read((db) => dueItems(db, runId, scope, now, limit)),
    begin: async (runId, item) => write((db) => beginItem(db, runId, item)),
    end: async (runId, item) => write((db) => endItem(db, runId, item)),
    failures: async (runId, filter) =>
      read((db) => recordedItems(db, runId, ['failed', 'skipped', 'unknown'], filter)),
    conflicts: async (runId) => read((db) => recordedItems(db, runId, ['conflict'])),
    runs: async () => read(listRuns),
    summary: async (runId) => read((db) => summarizeRun(db, runId)),
    keepUnits: async (runId, units) => write((db) => keepUnits(db, runId, units)),
    units: async (runId, range) => read((db) => unitsOf(db, runId, range)),
    listed: async (runId, items) => read((db) => listedItems(db, runId, items)),
    completeUnits: async (runId) => read((db) => completeUnits(db, runId)),
    outcomes: async (runId, unit) => read((db) => outcomesOf(db, runId, unit)),
    publish: async (made) => write((db) => publish(db, made)),
    alone: async (work) => write(work),
    files: async (runId) => read((db) => filesOf(db, runId)),
    close,
  };
}
