import { setTimeout as sleep } from 'node:timers/promises';
import { type BackfillClient, isFinished } from '../client.ts';
import type { Config } from '../config.ts';
import { settled } from '../domain/counts.ts';
import type { Run } from '../domain/run.ts';
import { say } from './output.ts';

export interface Following {
  client: BackfillClient;
  config: Config;
  runId: string;
  /** Ends the following; the run goes on. */
  signal?: AbortSignal | undefined;
  /** Sees every look at the run. */
  onLook?: (run: Run) => void;
}

const EVERY_MS = 500;
const A_MOMENT_MS = 60_000;
/** So long may nothing change until we ask whether any worker is there. */
const SILENCE_MS = 6_000;

/** Looks at the ledger, whose numbers are exact, until the run is as wanted. Returns the run as it was seen last. */
export async function followRun(following: Following, until: (run: Run) => boolean): Promise<Run> {
  const { client, runId, signal, onLook } = following;
  const silence = createSilence(following);
  for (;;) {
    const run = await client.run(runId);
    onLook?.(run);
    if (until(run) || signal?.aborted) return run;
    void silence.look(run);
    await sleep(EVERY_MS, undefined, signal && { signal }).catch(() => undefined);
  }
}

/** False when the run is over, or waits for something that only a person can do. */
export function goesOnByItself(run: Run): boolean {
  return !isFinished(run) && !waitsForPerson(run);
}

export function waitsForPerson({
  state,
  reason,
  available,
  approval,
}: Pick<Run, 'state' | 'reason' | 'available' | 'approval'>): boolean {
  // Once approved, it goes on as soon as its workflow comes to that.
  if (state === 'awaiting-approval') return approval === undefined;
  if (state !== 'paused' || !reason) return false;
  // What was held when it paused may have come back: then the workflow goes on at once.
  if (reason.kind === 'budget') return available < (reason.needs ?? 0);
  // It passes with the day; but whoever started the run may have more money for it today. Other runs may hold it: then
  // it passes in a moment.
  if (reason.kind === 'day-budget') return (reason.until ?? 0) > Date.now() + A_MOMENT_MS;
  return reason.until === undefined && reason.kind !== 'operator' && reason.kind !== 'quota';
}

/** Tells, once per silence, that no worker serves the run. */
function createSilence({ client }: Following) {
  let last = '';
  let since = Date.now();
  let asked = false;
  return {
    async look(run: Run): Promise<void> {
      const now = `${run.state} ${settled(run.counts)} ${run.spent} ${Object.keys(run.holds).length}`;
      if (now !== last) {
        last = now;
        since = Date.now();
        asked = false;
      }
      if (asked || isStill(run) || Date.now() - since < SILENCE_MS) return;
      asked = true;
      await tellUnserved(client, run);
    },
  };
}

/** Nothing is to be expected of it now. */
function isStill(run: Run): boolean {
  return run.state === 'paused' || run.state === 'awaiting-approval' || isFinished(run);
}

/** Says so where nobody does the run's work. */
export async function tellUnserved(client: BackfillClient, { backfill }: Run): Promise<void> {
  const queue = await client.unservedQueue(backfill);
  if (queue !== null) say(`no worker is serving task queue '${queue}': run 'backfill worker'`);
}
