import { existsSync, renameSync, rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { ItemResult } from '../../domain/page.ts';
import type { RollbackPreview } from '../journal.ts';
import type { Outcome } from '../outcome.ts';
import { hashOf } from './file.ts';

/** One file that a run put in place. */
interface Entry {
  entry: number;
  path: string;
  sha256: string;
  replaced: string | null;
  replaced_sha256: string | null;
  fate: string | null;
}

export type Fate = RollbackPreview['entries'][number]['fate'];

/**
 * What a rollback does with a file: one that a later run has replaced leaves what it had replaced to that run; one that is
 * as it was made goes, and what it had replaced comes back; any other is a person's by now, and stays.
 */
export function fateOf(db: DatabaseSync, file: Entry): { fate: Fate; heir?: Entry } {
  const heir = db
    .prepare('SELECT * FROM files WHERE path = ? AND entry > ? AND fate IS NULL ORDER BY entry LIMIT 1')
    .get(file.path, file.entry) as Entry | undefined;
  const found = hashOf(heir ? (heir.replaced ?? '') : file.path);
  // Moved before the transaction ended that would have said so.
  const done = heir ? heir.replaced === file.replaced : found === file.replaced_sha256;
  if (found !== file.sha256 && !done) return { fate: 'conflict' };
  return heir ? { fate: 'handed-on', heir } : { fate: 'restored' };
}

export function entryOf(db: DatabaseSync, entry: string): Entry | undefined {
  return db.prepare('SELECT * FROM files WHERE entry = ?').get(entry) as Entry | undefined;
}

export function restoreFile(
  db: DatabaseSync,
  rollbackId: string,
  { result, seq }: { result: ItemResult; seq: string },
): Outcome {
  const file = entryOf(db, seq);
  if (!file) return { ...result, status: 'skipped', class: 'gone' };
  if (file.fate !== null) return result;
  const { fate, heir } = fateOf(db, file);
  if (heir) {
    if (heir.replaced !== null && heir.replaced !== file.replaced) rmSync(heir.replaced, { force: true });
    db.prepare('UPDATE files SET replaced = ?, replaced_sha256 = ? WHERE entry = ?').run(
      file.replaced,
      file.replaced_sha256,
      heir.entry,
    );
  } else if (fate === 'restored') putBack(file);
  db.prepare('UPDATE files SET fate = ?, rolled_back_by = ?, rolled_back_at = ? WHERE entry = ?').run(
    fate,
    rollbackId,
    Date.now(),
    file.entry,
  );
  if (fate !== 'conflict') return result;
  const message = `${file.path} is no longer as the run made it; kept.`;
  return { ...result, status: 'conflict', class: 'changed-since', message };
}

function putBack({ path, sha256, replaced }: Entry): void {
  if (replaced !== null && existsSync(replaced)) renameSync(replaced, path);
  else if (hashOf(path) === sha256) rmSync(path);
}
