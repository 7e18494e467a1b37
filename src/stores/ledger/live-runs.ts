import type { Run } from '../../domain/run.ts';
import type { Runs } from './runs.ts';

const FRESH_MS = 1_000;

/** Runs as they were at most a second ago, so that a change of settings reaches pages that are in work. */
export interface LiveRuns {
  get(runId: string): Promise<Run>;
  /** As it was last read here; undefined when it never was. */
  latest(runId: string): Run | undefined;
}

export function createLiveRuns(runs: Pick<Runs, 'get'>): LiveRuns {
  const known = new Map<string, { at: number; reading: Promise<Run>; run?: Run }>();

  async function read(runId: string): Promise<Run> {
    const run = await runs.get(runId);
    if (!run) throw new Error(`run ${runId} is not in the ledger`);
    return run;
  }

  return {
    get(runId) {
      const before = known.get(runId);
      if (before && Date.now() - before.at < FRESH_MS) return before.reading;
      const entry = { at: Date.now(), reading: read(runId), ...(before?.run && { run: before.run }) };
      known.set(runId, entry);
      entry.reading.then(
        (run) => {
          entry.run = run;
        },
        // Whoever asks next reads again.
        () => known.delete(runId),
      );
      return entry.reading;
    },
    latest: (runId) => known.get(runId)?.run,
  };
}
