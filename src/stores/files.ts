import type { FileJournal } from './file-journal/journal.ts';

/** A folder that a backfill reads and writes files in, and the journal of what it has written there. */
export interface FileStore {
  /** Absolute. What users name in it is relative to it. */
  folder: string;
  journal: FileJournal;
}
