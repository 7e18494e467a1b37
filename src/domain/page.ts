import type { Counts } from './counts.ts';

/** A place in a source's order, which is always (unit, item), both in the source's own collation. */
export interface Position {
  unit: string;
  id: string;
}

/** What one child workflow works through: consecutive units, usually one. */
export interface Scope {
  /** Names the child workflow: the unit itself, or `pack-000012`. */
  id: string;
  firstUnit: string;
  lastUnit: string;
  units: number;
  /** Items counted when the scope was planned. */
  items: number;
  /** The run's canary: its items are those that the journal keeps for it, whatever their units. */
  canary?: true;
}

/** Which rows a run is about. Fixed when the run is planned, so that every page reads the same set. */
export interface Selection {
  only: 'missing' | 'incomplete' | 'improved' | 'failed' | 'all';
  /** Just this unit. */
  unit?: string;
  /** True when the run has a list of ids of its own, kept by the journal. */
  ids?: boolean;
  /** Columns that the source sorts by, as it was asked: `created_at:desc`. Absent: its own order. */
  order?: Order;
  /** Also items that failed in so many runs that others leave them out. */
  quarantined?: true;
  /** The last position that belongs to the run (`--limit`). */
  until?: Position;
  /** ISO time; rows created later belong to the next run. */
  watermark: string;
}

/** A column, perhaps with `:desc`. A unit is placed by the least (with desc: the greatest) value in it. */
export interface Order {
  units?: string;
  items?: string;
}

/** One execution of one page. `fence` grows with every execution: what holds a lower one is a zombie. */
export interface PageClaim {
  runId: string;
  scope: string;
  /** Unique within the run: `<scope>/<number>`. */
  page: string;
  fence: number;
}

/** Why a run cannot go on by itself. The whole run pauses; no item fails for it. */
export interface PauseReason {
  kind:
    | 'operator'
    | 'configuration'
    | 'quota'
    | 'budget'
    | 'day-budget'
    | 'price-table'
    | 'child'
    | 'hours'
    | 'failures'
    | 'version'
    | 'approval';
  /** What happened and what to do about it, for a person. */
  message: string;
  /** Epoch milliseconds at which the run resumes by itself. */
  until?: number;
  /** For `budget`: what the next call needs, in nanodollars. */
  needs?: number;
}

/** What became of a page. Stored with the page's writes, so that it is told again instead of worked again. */
export interface Receipt {
  counts: Counts;
  /** Items by class, of those skipped and failed. */
  classes: Record<string, number>;
  /** The last item started; the next page begins after it. */
  position: Position | null;
  /** True when the scope has no item after `position`. */
  done: boolean;
  /** Items read from the scope so far by this page; the last page squares this with the plan. */
  read: number;
  /** Items of the scope that wait for another try. */
  waiting: { items: number; nextDueAt: number | null };
  /** Names the ledger's hold that books this page: no other hold of the same page may book it again. */
  hold: string;
  /** Why the run cannot go on after this page: told again as well. */
  pause?: PauseReason;
}

/** What an item waits for, or what it ended with. */
export interface ItemResult {
  item: string;
  unit: string;
  status: 'written' | 'cached' | 'skipped' | 'failed' | 'unknown' | 'deferred';
  /** Failure, skip or deferral class, a word from the class table. */
  class?: string;
  message?: string;
  /** Tries that were used up, this one included. */
  tries: number;
  /** Epoch milliseconds; only when deferred. */
  dueAt?: number;
}
