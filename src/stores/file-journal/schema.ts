import type { DatabaseSync } from 'node:sqlite';

const VERSION = 1;

/** Idempotent; never destroys. */
export function migrate(db: DatabaseSync): void {
  const { user_version: found } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  if (found > VERSION)
    throw new Error(
      `The journal was made by a newer version of this program (${found}, ours is ${VERSION}).`,
    );
  if (found < VERSION) db.exec(`${TABLES}; PRAGMA user_version = ${VERSION}`);
}

const TABLES = `
CREATE TABLE IF NOT EXISTS runs (
  run_id TEXT PRIMARY KEY, backfill TEXT NOT NULL, rollback_of TEXT, state TEXT NOT NULL DEFAULT 'open',
  opened_at INTEGER NOT NULL, closed_at INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run_items (run_id TEXT, item TEXT, PRIMARY KEY (run_id, item)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS canary_items (run_id TEXT, item TEXT, PRIMARY KEY (run_id, item)) WITHOUT ROWID;
-- What the run is about, in its order. items: that the unit has; planned: that the run works on.
CREATE TABLE IF NOT EXISTS units (
  run_id TEXT, place INTEGER, unit TEXT NOT NULL, items INTEGER NOT NULL, planned INTEGER NOT NULL,
  PRIMARY KEY (run_id, place), UNIQUE (run_id, unit)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS receipts (
  run_id TEXT, page TEXT, scope TEXT NOT NULL, fence INTEGER NOT NULL, receipt TEXT,
  PRIMARY KEY (run_id, page)
) WITHOUT ROWID;
-- What was not written; a row per item.
CREATE TABLE IF NOT EXISTS items (
  run_id TEXT, item TEXT, unit TEXT NOT NULL, scope TEXT NOT NULL, status TEXT NOT NULL, class TEXT NOT NULL,
  message TEXT NOT NULL, tries INTEGER NOT NULL, due_at INTEGER,
  PRIMARY KEY (run_id, item)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS items_waiting ON items (run_id, scope, due_at) WHERE status = 'deferred';
CREATE INDEX IF NOT EXISTS items_by_unit ON items (run_id, unit);
CREATE TABLE IF NOT EXISTS starts (
  run_id TEXT, item TEXT, started INTEGER NOT NULL, ended INTEGER NOT NULL, PRIMARY KEY (run_id, item)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quarantine (
  backfill TEXT, item TEXT, unit TEXT NOT NULL, runs INTEGER NOT NULL, class TEXT NOT NULL, message TEXT NOT NULL,
  last_run_id TEXT NOT NULL, PRIMARY KEY (backfill, item)
) WITHOUT ROWID;
-- Rows of files that are under construction; gone once the file is there.
CREATE TABLE IF NOT EXISTS parts (
  run_id TEXT, unit TEXT, item TEXT, value TEXT NOT NULL, PRIMARY KEY (run_id, unit, item)
) WITHOUT ROWID;
-- Files that runs have put in place. replaced: where the file is that was there before.
CREATE TABLE IF NOT EXISTS files (
  entry INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, unit TEXT NOT NULL, path TEXT NOT NULL,
  sha256 TEXT NOT NULL, rows INTEGER NOT NULL, replaced TEXT, replaced_sha256 TEXT, made_at INTEGER NOT NULL,
  fate TEXT, rolled_back_by TEXT, rolled_back_at INTEGER, UNIQUE (run_id, unit)
);
CREATE INDEX IF NOT EXISTS files_by_path ON files (path, entry);
`;
