import type { Backfill } from '../backfills/define.ts';
import type { FailureWindow } from '../domain/failure-window.ts';
import type { PageClaim, Position, Scope } from '../domain/page.ts';
import type { Run } from '../domain/run.ts';
import type { Journal } from '../stores/journal.ts';
import type { Ledger } from '../stores/ledger/ledger.ts';
import type { Slots } from './slots.ts';

/** `next`: items after a position. `due`: items of the scope that wait for another try. */
export type PageKind = { name: 'next'; after: Position | null; seen: number } | { name: 'due' };

export interface PageTask {
  run: Run;
  scope: Scope;
  claim: PageClaim;
  kind: PageKind;
  /** Of the activity, from 1. */
  attempt: number;
}

export interface PageSurroundings {
  backfill: Backfill;
  journal: Journal;
  ledger: Ledger;
  slots: Slots;
  failures: FailureWindow;
  /** Aborted by pause, cancellation or shutdown: what is in flight is settled, nothing new begins. */
  stop: AbortSignal;
}
