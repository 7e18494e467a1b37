import type { Change } from '../domain/change.ts';
import type { Json } from '../domain/json.ts';
import type { ItemResult, PageClaim, PauseReason, Position, Receipt } from '../domain/page.ts';

/**
 * The change journal: before and after of every field that a run wrote, kept in the same store as the data it
 * protects, with the receipts of its pages and the items that were not written.
 */
export interface Journal {
  /** Creates what is missing. Never destructive; safe to call at the same time from several processes. */
  migrate(): Promise<void>;
  /** What {@link migrate} would add, in words for a person. Reads only. */
  missing(): Promise<string[]>;
  /**
   * Idempotent. `ids`: the run's own list of items; `canary`: the items it begins with; `rollbackOf`: the run whose
   * fields this one restores, so that its items are entries of the journal, and no item of the backfill.
   */
  openRun(run: {
    runId: string;
    backfill: string;
    rollbackOf?: string;
    ids?: readonly string[];
    canary?: readonly string[];
  }): Promise<void>;
  /** Waits for commits under way; afterwards every commit of the run throws {@link RunClosed}. Idempotent. */
  closeRun(runId: string): Promise<void>;

  /**
   * Claims the page for this fence. Returns the receipt if the page is finished; null if it is now ours.
   * Throws {@link Fenced} for a lower fence than the one that claimed it last, {@link RunClosed} for a closed run.
   */
  claim(page: PageClaim): Promise<Receipt | null>;
  /**
   * Checks the claim and the open run, writes journal, values, items and receipt: in one transaction where the store has
   * them, else entry by entry before the values, so that what a killed worker left is told by the next attempt. Items
   * whose fields changed since they were read are not written and count as conflicts.
   * Throws {@link Fenced} or {@link RunClosed}: then nothing is written from there on.
   */
  commit(page: PageClaim, work: PageWork): Promise<Receipt>;

  /** The receipt of a finished page; null for any other. */
  receipt(runId: string, page: string): Promise<Receipt | null>;

  /** Items of the run's canary after one, in the order of their ids. */
  canary(runId: string, after: string | null, limit: number): Promise<string[]>;
  /**
   * Those of `items` that a page of the run leaves out: they were in its canary, or they are in quarantine: failed in
   * {@link QUARANTINED_AFTER} runs of the backfill and written by none since.
   */
  leftOut(runId: string, items: readonly string[]): Promise<Map<string, 'canary' | 'quarantined'>>;
  /** Items of the backfill in quarantine, by item. */
  quarantined(backfill: string): Promise<QuarantinedItem[]>;
  /** Items that failed when a run of the backfill last took them up, perhaps of one class only. By item. */
  failedItems(backfill: string, filter?: { class?: string }): Promise<string[]>;
  /** What the run wrote, field by field, of at most `items` items, by item and order of writing. */
  written(runId: string, items: number): Promise<WrittenField[]>;
  /** How many entries of the run were not rolled back, or by `rollbackId`. */
  countToRestore(runId: string, rollbackId: string): Promise<number>;
  /** The ids of those entries after one, in the order in which they are to be put back. */
  toRestore(runId: string, rollbackId: string, after: string | null, limit: number): Promise<string[]>;
  /** Those of `entries` that the run has, whatever became of them. */
  entries(runId: string, entries: readonly string[]): Promise<string[]>;
  /** What a rollback of the run would do now. Reads only. `limit`: of the entries listed. */
  preview(runId: string, limit: number): Promise<RollbackPreview>;

  /** Items of the scope whose time has come, earliest first. */
  due(runId: string, scope: string, now: number, limit: number): Promise<DueItem[]>;
  /** Says that work on the item starts; returns how many earlier starts never ended. For suspects of a crash. */
  begin(runId: string, item: string): Promise<number>;
  /** Says that work on the item ended, in whatever way. */
  end(runId: string, item: string): Promise<void>;

  /** Items that failed, were skipped or are held as unknown, by class and item. */
  failures(runId: string, filter?: { class?: string; limit?: number }): Promise<RecordedItem[]>;
  /** Items that were kept as somebody else had left them, by item. */
  conflicts(runId: string): Promise<RecordedItem[]>;
  /** Where the page had come to that was finished last. Absent where nothing tells which one that was. */
  lastPosition?(runId: string): Promise<Position | null>;
  /** Every run the journal knows, newest first. */
  runs(): Promise<JournalRun[]>;
  /** What the run wrote and what has become of it since, by table. */
  summary(runId: string): Promise<WrittenTable[]>;
}

export interface JournalRun {
  runId: string;
  backfill: string;
  state: 'open' | 'closed';
  openedAt: Date;
  closedAt: Date | null;
}

/** Fields by fate. A whole row that was inserted, replaced or deleted is one field, `*`. */
export interface WrittenTable {
  table: string;
  rows: number;
  /** All fields written; what is in none of the next three is still as the run left it, or was changed since. */
  fields: number;
  restored: number;
  /** Overwritten by a later run, which has taken over the before-image. */
  handedOn: number;
  /** Changed by another hand, and therefore kept. */
  conflicts: number;
}

/** An item that failed in so many runs, one after another, is left out by the next ones. */
export const QUARANTINED_AFTER = 3;

export interface QuarantinedItem {
  item: string;
  unit: string;
  /** Runs in which it failed since it was last written. */
  runs: number;
  /** Of the last failure. */
  class: string;
  message: string;
}

export interface WrittenField {
  item: string;
  table: string;
  row: string;
  /** `*` for a whole row. */
  field: string;
  /** Null: there was none. */
  before: Json | null;
  /** Null: the row was deleted. */
  after: Json | null;
}

export interface RollbackPreview {
  tables: { table: string; restored: number; handedOn: number; conflicts: number }[];
  entries: (WrittenField & { fate: 'restored' | 'handed-on' | 'conflict' })[];
}

export interface PageWork {
  results: ItemResult[];
  /** Changes by item; only for results `written` and `cached`. */
  changes: Map<string, Change[]>;
  position: Position | null;
  done: boolean;
  read: number;
  /** For the scope's last page: items planned but not found (positive: `gone`), or found beyond the plan (negative). */
  missing: number;
  /** This and the next go into the receipt as they are. */
  hold: string;
  pause?: PauseReason;
}

export interface DueItem {
  item: string;
  tries: number;
}

export interface RecordedItem {
  item: string;
  unit: string;
  status: 'failed' | 'skipped' | 'unknown' | 'deferred' | 'conflict';
  class: string;
  message: string;
  tries: number;
}

/** A newer execution of the same page has taken over: stop, and write nothing. */
export class Fenced extends Error {
  override name = 'Fenced';
}

/** The run was closed (cancelled or rolled back): stop, and write nothing. */
export class RunClosed extends Error {
  override name = 'RunClosed';
}
