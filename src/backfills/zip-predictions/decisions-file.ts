import { DatabaseSync } from 'node:sqlite';

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

/** What a file says of itself; null for one that is not ours. Reads only. */
export function headOf(file: string): Head | null {
  return withDatabase(file, (db) => {
    if (db === null || Object.values(db.prepare('PRAGMA application_id').get() ?? {})[0] !== APPLICATION_ID)
      return null;
    return db
      .prepare(
        'SELECT project_id AS project, run_id AS runId, images, failed, groups, singletons FROM predictions',
      )
      .get() as unknown as Head;
  });
}

/** Null where it is no database. */
export function withDatabase<T>(file: string, work: (db: DatabaseSync | null) => T): T {
  let db: DatabaseSync;
  try {
    db = new DatabaseSync(file, { readOnly: true });
    db.prepare('PRAGMA schema_version').get();
  } catch {
    return work(null);
  }
  try {
    return work(db);
  } finally {
    db.close();
  }
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
