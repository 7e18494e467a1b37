import { DatabaseSync } from 'node:sqlite';

/** Locks that are garbage collected would be released; they are held here until somebody releases them. */
const held = new Set<DatabaseSync>();

/**
 * Locks a file for this process, or returns null when somebody else holds it. SQLite's lock is the
 * system's own: it ends with its holder, however that ends, so it is never stale.
 */
export function tryLock(file: string): (() => void) | null {
  const database = new DatabaseSync(file);
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    const SQLITE_BUSY = 5;
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return null;
    throw error;
  }
  held.add(database);
  return () => {
    if (held.delete(database)) database.close();
  };
}
