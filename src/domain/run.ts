import type { Counts } from './counts.ts';
import type { CostInterval } from './estimate.ts';
import type { Nanodollars } from './money.ts';
import type { PauseReason, Selection } from './page.ts';
import type { RunState } from './run-state.ts';
import type { RunSettings } from './settings.ts';
import type { RecordedTuning } from './tuning.ts';

/** Money set aside for one page. */
export interface Hold {
  /** Made anew whenever the hold is: a page is booked by the hold that its receipt names, and by no other. */
  id: string;
  amount: Nanodollars;
  /** UTC day that the page's calls are charged to: the one on which it was opened. */
  day: string;
  /** Names its latest change: an update that is repeated, as its acknowledgement was lost, changes nothing. */
  latest?: string;
}

/** What a person has found out about a call of unknown outcome. */
export interface Settlement {
  /** What it cost; zero: it was not billed. */
  cost: Nanodollars;
  by: string;
  /** ISO time. */
  at: string;
}

/** What the rest of a run must go on with after its canary: names and versions of definition, models, prompts. */
export type Pins = Record<string, string>;

/** One execution of a backfill, as the ledger knows it. Times are ISO. */
export interface Run {
  runId: string;
  backfill: string;
  workflowId: string;
  /** The run whose fields this run restores; absent for a run that asks and writes. */
  rollbackOf?: string;
  /** Buys answers for an estimate, and writes nothing. */
  sample?: true;
  /** Items that it begins with, before it waits for approval (a sample: all that it is about). */
  canaryItems?: number;
  state: RunState;
  /** Why it is paused (or was, last). */
  reason: PauseReason | null;
  selection: Selection;
  settings: RunSettings;
  units: number;
  /** What a person was told that it will cost; absent where nobody was. */
  estimated?: CostInterval;
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
  /** By `<UTC day> <provider>/<model>`: `2026-11-21 openai/gpt-4o`. */
  spentOn: Record<string, Nanodollars>;
  /** By call (`<page>#<slot>.<index>`): calls of unknown outcome that a person has closed. */
  settlements: Record<string, Settlement>;
  /** How often it was set running: what is counted since the last pause begins anew. */
  epoch: number;
  tunings: RecordedTuning[];
  approval?: { by: string; at: string };
  pins?: Pins;
  /** Why workers are slower than they could be, by worker. What is older than half a minute is over. */
  slow: Record<string, { reasons: string[]; at: number }>;
  /** What `verify` said at the end, where the run was to be rolled back if it did not pass. */
  verified?: { passed: boolean; message: string };
  createdAt: string;
  finishedAt?: string;
}
