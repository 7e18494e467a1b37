import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { UsageError } from '../../domain/failure.ts';

/** Tells a file of ours from others that are SQLite databases as well: `TBFP`. */
const APPLICATION_ID = 0x54_42_46_50;

export interface Head {
  project: string;
  runId: string;
  images: number;
  failed: number;
  groups: number;
  singletons: number;
}

/** What a file says of itself; null for one that is not ours. Reads only. Throws UsageError for ours that cannot be read. */
export function headOf(file: string): Head | null {
  try {
    return isOurs(file) ? withDatabase(file, readHead) : null;
  } catch (error) {
    throw new UsageError(
      `${file} cannot be read: ${(error as Error).message}`,
      'close the programs that have it open; if it is damaged, move it away, or bring a whole copy back',
      { cause: error },
    );
  }
}

/** Reads only. */
export function withDatabase<T>(file: string, work: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS });
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** So long for another program's transaction. */
const BUSY_MS = 1_000;

/**
 * As its first bytes say (https://sqlite.org/fileformat.html): so that somebody else's database is not even opened, and
 * ours is known also while it is locked.
 */
function isOurs(file: string): boolean {
  if (!statSync(file).isFile()) return false;
  const header = Buffer.alloc(72);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, header, 0, header.length, 0);
  } finally {
    closeSync(descriptor);
  }
  return (
    header.toString('latin1', 0, 16) === 'SQLite format 3\0' && header.readUInt32BE(68) === APPLICATION_ID
  );
}

function readHead(db: DatabaseSync): Head {
  return db
    .prepare(
      'SELECT project_id AS project, run_id AS runId, images, failed, groups, singletons FROM predictions',
    )
    .get() as unknown as Head;
}

/** The tables, described for their users in docs/zip-predictions.md. */
export const SCHEMA = `
PRAGMA application_id = ${APPLICATION_ID};
CREATE TABLE predictions (
  project_id TEXT PRIMARY KEY, run_id TEXT NOT NULL, backfill_version TEXT NOT NULL, source TEXT NOT NULL,
  group_rule TEXT NOT NULL, images INTEGER NOT NULL, failed INTEGER NOT NULL, groups INTEGER NOT NULL,
  singletons INTEGER NOT NULL
);
CREATE TABLE models (
  models_id INTEGER, role TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (models_id, role)
);
CREATE TABLE training_decisions (
  group_id INTEGER PRIMARY KEY, group_key TEXT NOT NULL, image_count INTEGER NOT NULL, ai_selected_index INTEGER,
  ai_selected_image TEXT, ai_confidence REAL, ai_crop_coords TEXT, user_selected_index INTEGER, user_action TEXT,
  user_crop_coords TEXT, user_decided_at TEXT
);
CREATE TABLE images (
  image TEXT PRIMARY KEY, group_id INTEGER NOT NULL REFERENCES training_decisions, image_index INTEGER NOT NULL,
  sha256 TEXT, width INTEGER, height INTEGER, score REAL, crop_coords TEXT, models_id INTEGER,
  failure_class TEXT, failure_message TEXT
);
CREATE INDEX images_by_group ON images (group_id, image_index);
`;
