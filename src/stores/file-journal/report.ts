import type { DatabaseSync } from 'node:sqlite';
import type { RollbackPreview, WrittenField, WrittenTable } from '../journal.ts';
import { entryOf, fateOf } from './restore.ts';

/** What people read as the table of a file. */
const FILES = 'files';

export function countToRestore(db: DatabaseSync, runId: string): number {
  return Number(
    db.prepare('SELECT count(*) AS n FROM files WHERE run_id = ? AND fate IS NULL').get(runId)?.n ?? 0,
  );
}

/** Newest first. */
export function toRestore(db: DatabaseSync, runId: string, after: string | null, limit: number): string[] {
  const found = db
    .prepare(
      `SELECT entry FROM files
        WHERE run_id = ?1 AND fate IS NULL AND (?2 IS NULL OR entry < CAST(?2 AS INTEGER))
        ORDER BY entry DESC LIMIT ?3`,
    )
    .all(runId, after, limit);
  return found.map(({ entry }) => String(entry));
}

export function knownEntries(db: DatabaseSync, runId: string, entries: readonly string[]): string[] {
  const find = db.prepare('SELECT entry FROM files WHERE run_id = ? AND entry = ?');
  return entries.filter((entry) => find.get(runId, entry) !== undefined);
}

export function summarizeRun(db: DatabaseSync, runId: string): WrittenTable[] {
  const found = db
    .prepare(
      `SELECT count(*) AS rows, coalesce(sum(fate = 'restored'), 0) AS restored,
              coalesce(sum(fate = 'handed-on'), 0) AS handedOn, coalesce(sum(fate = 'conflict'), 0) AS conflicts
         FROM files WHERE run_id = ?`,
    )
    .get(runId) as unknown as Omit<WrittenTable, 'table' | 'fields'>;
  return found.rows === 0 ? [] : [{ ...found, table: FILES, fields: found.rows }];
}

export function writtenFiles(db: DatabaseSync, runId: string, items: number): WrittenField[] {
  const found = db
    .prepare('SELECT * FROM files WHERE run_id = ? ORDER BY unit, entry LIMIT ?')
    .all(runId, items) as unknown as Row[];
  return found.map(toField);
}

export function previewRollback(db: DatabaseSync, runId: string, limit: number): RollbackPreview {
  const rows = db
    .prepare('SELECT * FROM files WHERE run_id = ? AND fate IS NULL ORDER BY entry')
    .all(runId) as unknown as Row[];
  const entries = rows.map((row) => {
    const file = entryOf(db, String(row.entry));
    return { ...toField(row), fate: file ? fateOf(db, file).fate : ('conflict' as const) };
  });
  const of = (fate: string) => entries.filter((entry) => entry.fate === fate);
  const [conflicts, handedOn, restored] = [of('conflict'), of('handed-on'), of('restored')];
  const counts = { restored: restored.length, handedOn: handedOn.length, conflicts: conflicts.length };
  return {
    tables: rows.length === 0 ? [] : [{ table: FILES, ...counts }],
    entries: [...conflicts, ...handedOn, ...restored].slice(0, limit),
  };
}

interface Row {
  entry: number;
  unit: string;
  path: string;
  sha256: string;
  replaced: string | null;
}

function toField({ unit, path, sha256, replaced }: Row): WrittenField {
  return { item: unit, table: FILES, row: path, field: '*', before: replaced, after: `sha256:${sha256}` };
}
