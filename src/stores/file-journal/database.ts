import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { RunPaused } from '../../domain/failure.ts';
import { forPerson } from '../for-person.ts';
import { StoreFailure } from '../store-failure.ts';
import { migrate } from './schema.ts';

/** A SQLite file that several processes use; it is made when it is first written. */
export interface Database {
  /** Where there is no file yet, on an empty one. */
  read<T>(work: (db: DatabaseSync) => T): T;
  /** In one transaction, alone. */
  write<T>(work: (db: DatabaseSync) => T): T;
  close(): void;
}

/** So long for another process's transaction, which lasts some milliseconds. */
const BUSY_MS = 5_000;

/**
 * Not in WAL mode, which asks for memory that its users share: so that the folder may lie on a network drive, as long as
 * the drive has locks.
 */
export function openDatabase(file: string): Database {
  let opened: DatabaseSync | undefined;

  function open(): DatabaseSync {
    if (opened) return opened;
    mkdirSync(path.dirname(file), { recursive: true });
    const db = new DatabaseSync(file, { timeout: BUSY_MS });
    db.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL');
    immediately(db, () => migrate(db));
    opened = db;
    return db;
  }

  return {
    read(work) {
      return told(file, () => {
        if (opened || existsSync(file)) return work(open());
        const empty = new DatabaseSync(':memory:');
        migrate(empty);
        try {
          return work(empty);
        } finally {
          empty.close();
        }
      });
    },
    write: (work) => told(file, () => immediately(open(), work)),
    close() {
      opened?.close();
      opened = undefined;
    },
  };
}

function immediately<T>(db: DatabaseSync, work: (db: DatabaseSync) => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work(db);
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Throws RunPaused for what only a person can mend, StoreFailure for what passes. */
function told<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code } = error as { code?: string };
    const why = forPerson(error);
    const ofJournal = code === 'ERR_SQLITE_ERROR';
    if (why === null) throw ofJournal ? new StoreFailure(`SQLite (${file})`, error) : error;
    const what = ofJournal ? `The journal ${file} cannot be used` : 'A file cannot be written';
    const message = `${what}: ${why}. Mend that, then resume.`;
    throw new RunPaused({ kind: 'configuration', message }, { cause: error });
  }
}
