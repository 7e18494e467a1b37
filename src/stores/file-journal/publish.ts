import { existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { hashOf, syncFile, syncFolder } from './file.ts';
import { type MadeFile, type NewFile, PlaceTaken } from './journal.ts';
import { requireOpen } from './runs.ts';

/**
 * Within one transaction, so that no run is closed, and no file put back, meanwhile. Who dies between the move and the
 * transaction's end leaves a file of our making in its place, which the next one recognises.
 */
export function publish(db: DatabaseSync, file: NewFile): void {
  const { runId, unit, temporary, path: place, rows, replace } = file;
  const published = db.prepare('SELECT 1 FROM files WHERE run_id = ? AND unit = ?').get(runId, unit);
  if (published) {
    rmSync(temporary, { force: true });
    return;
  }
  requireOpen(db, runId);
  syncFile(temporary);
  const sha256 = hashOf(temporary) as string;
  if (hashOf(place) !== sha256) move(temporary, place, replace);
  const aside = replace !== undefined && existsSync(replace) ? replace : null;
  rmSync(temporary, { force: true });
  syncFolder(path.dirname(place));
  db.prepare(
    `INSERT INTO files (run_id, unit, path, sha256, rows, replaced, replaced_sha256, made_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(runId, unit, place, sha256, rows, aside, aside && hashOf(aside), Date.now());
  db.prepare('DELETE FROM parts WHERE run_id = ? AND unit = ?').run(runId, unit);
}

/**
 * A link is refused where there is a file, however late it came; a rename would overwrite it. What is aside already was moved
 * there by an attempt that died.
 */
function move(temporary: string, place: string, replace: string | undefined): void {
  if (replace !== undefined && existsSync(place) && !existsSync(replace)) renameSync(place, replace);
  try {
    linkSync(temporary, place);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new PlaceTaken(`There is a file ${place} already; it was left as it is.`, { cause: error });
  }
}

export function filesOf(db: DatabaseSync, runId: string): MadeFile[] {
  return db
    .prepare('SELECT unit, path, sha256, rows FROM files WHERE run_id = ? AND fate IS NULL ORDER BY entry')
    .all(runId) as unknown as MadeFile[];
}
