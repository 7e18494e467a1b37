import type { Backfill } from '../backfills/define.ts';
import type { FailureWindow } from '../domain/failure-window.ts';
import type { Pins, Run } from '../domain/run.ts';
import type { Journal } from '../stores/journal.ts';
import type { Ledger } from '../stores/ledger/ledger.ts';
import type { HealthWatch } from './health-watch.ts';
import type { Slots } from './slots.ts';

/** What activities work with: real stores, opened once per worker. */
export interface Deps {
  ledger: Ledger;
  /** The journal of a backfill, beside the data that it writes. */
  journalOf(backfill: string): Journal;
  /** The run's backfill, to read with; see {@link Deps.open}. */
  backfillOf(run: Run): Backfill;
  /** The run's backfill, prepared, opened with the run's options; for a rollback, the rollback of its run. */
  open(run: Run): Promise<Backfill>;
  /** Bounds the items in work, over all pages of the run in this worker. */
  slots(run: Run): Slots;
  /** The latest results of the run in this worker, since it was last set running. */
  failures(run: Run): FailureWindow;
  health: Pick<HealthWatch, 'during'>;
  /** What the code of this worker would go on with. */
  pins(run: Run): Pins;
}

export async function runOf(deps: Deps, runId: string): Promise<Run> {
  const run = await deps.ledger.runs.get(runId);
  if (!run) throw new Error(`run ${runId} is not in the ledger`);
  return run;
}
