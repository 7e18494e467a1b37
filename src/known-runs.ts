import { UsageError } from './domain/failure.ts';
import type { Run } from './domain/run.ts';
import type { Runs } from './stores/ledger/runs.ts';

export type KnownRuns = Pick<Runs, 'get' | 'list'>;

/** Reads the ledger as it is: where no run was ever started it has no table, and then there is no run. */
export function knownRuns({ get, list }: Runs): KnownRuns {
  return {
    get: (runId) => unlessNoTable(get(runId), undefined),
    list: async () => (await unlessNoTable(list(), [])).filter(everBegan),
  };
}

/** Of two starts at the same moment Temporal refuses one: its record is nobody's run. */
function everBegan({ state, epoch, spent }: Run): boolean {
  return state !== 'cancelled' || epoch > 0 || spent > 0;
}

/** Throws UsageError when there is no such run. */
export async function runById(runs: KnownRuns, runId: string): Promise<Run> {
  const run = await runs.get(runId);
  if (run) return run;
  throw new UsageError(`there is no run '${runId}'`, "'backfill list' shows all runs");
}

/** A ledger without a table is one that was never used. */
export async function unlessNoTable<T>(reading: Promise<T>, none: T): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && (error.cause as Error | undefined)?.name === 'ResourceNotFoundException')
      return none;
    throw error;
  }
}
