import { setTimeout as sleep } from 'node:timers/promises';
import { type BackfillClient, isFinished } from '../client.ts';
import type { Run } from '../domain/run.ts';
import { rolledBackByItself } from './exit-codes.ts';
import type { Following } from './follow-run.ts';
import { say } from './output.ts';

/** Between a run's end and the start of its rollback lies a moment. */
const STARTING_MS = 10_000;
const EVERY_MS = 250;

/**
 * A run with `--on-failure rollback` that was cancelled, or did not pass its `verify`, is undone by its own workflow.
 * Returns that rollback, and says so; undefined where there is none.
 */
export async function compensationOf({ client, signal }: Following, run: Run): Promise<Run | undefined> {
  if (!mayCompensate(run) && !rolledBackByItself(run)) return undefined;
  const rollback = await startedRollbackOf(client, run, signal);
  if (!rollback) return undefined;
  say(`run ${run.runId} undoes itself, by rollback ${rollback.runId}: ${whyUndone(run)}`);
  return rollback;
}

/** Who names a backfill means the run, and not the rollback by which it undoes itself. */
export async function undoneByItself(
  client: BackfillClient,
  newest: Run,
  named: string | undefined,
): Promise<Run> {
  if (!newest.rollbackOf || newest.runId === named) return newest;
  const undone = await client.run(newest.rollbackOf);
  return rolledBackByItself(undone) || mayCompensate(undone) ? undone : newest;
}

/** The run has come to an end after which its workflow starts a rollback. */
function mayCompensate({ settings, state, verified, rollbackOf, sample, counts }: Run): boolean {
  if (settings.onFailure !== 'rollback' || rollbackOf || sample) return false;
  if (counts.written + counts.cached === 0) return false;
  return state === 'cancelled' || (state === 'done' && verified?.passed === false);
}

/** A run that is cancelled is not verified. */
export function whyUndone({ verified }: Run): string {
  return verified?.message ?? 'it was cancelled';
}

export async function openRollbackOf(client: BackfillClient, { runId }: Run): Promise<Run | undefined> {
  return (await client.runs()).find((one) => one.rollbackOf === runId && !isFinished(one));
}

async function startedRollbackOf(
  client: BackfillClient,
  run: Run,
  signal: AbortSignal | undefined,
): Promise<Run | undefined> {
  const until = Date.parse(run.finishedAt ?? run.createdAt) + STARTING_MS;
  for (;;) {
    // A short one may have ended by now: the run can have no other, as it has only just ended itself.
    const found = (await client.runs()).find((one) => one.rollbackOf === run.runId);
    if (found || Date.now() > until || signal?.aborted) return found;
    await sleep(EVERY_MS, undefined, signal && { signal }).catch(() => undefined);
  }
}
