import type { Counts } from './counts.ts';
import type { Nanodollars } from './money.ts';
import type { PauseReason, Selection } from './page.ts';
import type { RunState } from './run-state.ts';
import type { RunSettings } from './settings.ts';

/** Money set aside for one page. */
export interface Hold {
  /** Made anew whenever the hold is: a page is booked by the hold that its receipt names, and by no other. */
  id: string;
  amount: Nanodollars;
}

/** One execution of a backfill, as the ledger knows it. Times are ISO. */
export interface Run {
  runId: string;
  backfill: string;
  workflowId: string;
  /** The run whose fields this run restores; absent for a run that asks and writes. */
  rollbackOf?: string;
  state: RunState;
  /** Why it is paused (or was, last). */
  reason: PauseReason | null;
  selection: Selection;
  settings: RunSettings;
  units: number;
  counts: Counts;
  /** Items by class, of those skipped and failed. */
  classes: Record<string, number>;
  /** What may still be held for calls. */
  available: Nanodollars;
  /** By page: for calls in flight or not yet settled. */
  holds: Record<string, Hold>;
  spent: Nanodollars;
  /** By `provider/model`. */
  spentBy: Record<string, Nanodollars>;
  /** Kept for calls of unknown outcome. */
  unknownHeld: Nanodollars;
  unknownCalls: number;
  createdAt: string;
  finishedAt?: string;
}
