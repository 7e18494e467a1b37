/**
 * Every state a run can be in, and the states it may go to from there. Code that moves a run goes through
 * {@link mayMove}; the ledger enforces the same table with a condition on its write.
 */
const MOVES = {
  /** Counted and recorded; the workflow has not started yet. */
  planned: ['running', 'cancelled'],
  /** The only state in which money may be held for a call. */
  running: ['pausing', 'awaiting-approval', 'cancelling', 'done'],
  /** No new call starts; what is in flight is being settled. */
  pausing: ['paused', 'cancelling'],
  /** Nothing is in flight. Waits for `resume`, or for the time its reason names. */
  paused: ['running', 'cancelling'],
  /** The canary is done, nothing is in flight. Waits for `approve` or `cancel`. */
  'awaiting-approval': ['running', 'cancelling'],
  /** Asked to stop for good; what is in flight is being settled. */
  cancelling: ['cancelled'],
  /** Stopped before its end. Written fields stay until `rollback`. */
  cancelled: ['rolled-back'],
  /** Every item has a final result (failed items included). */
  done: ['rolled-back'],
  /** Its fields were restored by a rollback run. */
  'rolled-back': [],
} as const satisfies Record<string, readonly string[]>;

export type RunState = keyof typeof MOVES;

export const RUN_STATES = Object.keys(MOVES) as RunState[];

export function mayMove(from: RunState, to: RunState): boolean {
  return (MOVES[from] as readonly string[]).includes(to);
}

/** The states from which a run may go to `to`. */
export function statesBefore(to: RunState): RunState[] {
  return RUN_STATES.filter((from) => mayMove(from, to));
}

/** A run in such a state will never write again. */
export function isClosed(state: RunState): boolean {
  return state === 'done' || state === 'cancelled' || state === 'rolled-back';
}
