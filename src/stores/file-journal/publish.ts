import { existsSync, linkSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { hashOf, syncFile, syncFolder } from './file.ts';
import { type MadeFile, type NewFile, PlaceInUse, PlaceTaken } from './journal.ts';
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
  if (hashOf(place) !== sha256) {
    requireUnused(place);
    move(temporary, place, replace);
  }
  const aside = replace !== undefined && existsSync(replace) ? replace : null;
  rmSync(temporary, { force: true });
  removeLeftovers(place, runId);
  syncFolder(path.dirname(place));
  db.prepare(
    `INSERT INTO files (run_id, unit, path, sha256, rows, replaced, replaced_sha256, made_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(runId, unit, place, sha256, rows, aside, aside && hashOf(aside), Date.now());
  db.prepare('DELETE FROM parts WHERE run_id = ? AND unit = ?').run(runId, unit);
}

/** A new file would be read with changes that are another's, and that one be kept aside without them. */
function requireUnused(place: string): void {
  const changes = [`${place}-wal`, `${place}-journal`].find(
    (file) => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0,
  );
  if (changes) throw new PlaceInUse(`${changes} holds changes of ${place} that are not in it yet.`);
}

/** Of attempts that were killed, or came second: nobody makes anything of them. */
function removeLeftovers(place: string, runId: string): void {
  const folder = path.dirname(place);
  const begin = `${path.basename(place)}.${runId}-`;
  for (const name of readdirSync(folder))
    if (name.startsWith(begin) && name.endsWith('.unfinished'))
      rmSync(path.join(folder, name), { force: true });
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
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || existsSync(place))
      throw new PlaceTaken(`There is a file ${place} already; it was left as it is.`, { cause: error });
    if (!NO_LINKS.has(code)) throw error;
    renameSync(temporary, place);
  }
}

/** File systems without links, as drives for all computers have (exFAT): all other writers of ours wait for this transaction. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

export function filesOf(db: DatabaseSync, runId: string): MadeFile[] {
  return db
    .prepare('SELECT unit, path, sha256, rows FROM files WHERE run_id = ? AND fate IS NULL ORDER BY entry')
    .all(runId) as unknown as MadeFile[];
}
