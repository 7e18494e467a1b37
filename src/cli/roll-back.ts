import { isFinished } from '../client.ts';
import type { Run } from '../domain/run.ts';
import { buildReport } from '../report.ts';
import { compensationOf, openRollbackOf } from './compensation.ts';
import { concludeRun } from './conclusion.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { printJson, say } from './output.ts';
import type { Session } from './session.ts';
import { watchRun } from './watch-run.ts';

export interface RollbackWishes {
  json: boolean;
  signal: AbortSignal;
}

/**
 * Undoes the run, and watches that to its end: an open run is cancelled first, a rollback under way is gone on with.
 * Starts a worker where the servers are our own.
 */
export async function rollBack(session: Session, run: Run, wishes: RollbackWishes): Promise<ExitCode> {
  const { client, config } = session;
  const { json, signal } = wishes;
  await session.provideWorker();
  const before = await openRollbackOf(client, run);
  if (before) say('a rollback of this run is under way');
  const underWay = before ?? (await drain(session, run, signal));
  if (signal.aborted) return EXIT.interrupted;

  const started = underWay
    ? { kind: 'started' as const, run: underWay }
    : await client.startRollback(run.runId);
  if (started.kind === 'empty') {
    say(`nothing to put back: run ${run.runId} has left no field as it wrote it`);
    if (json) printJson(await buildReport(client, await client.run(run.runId)));
    return EXIT.done;
  }
  const rollback = await watchRun({ client, config, runId: started.run.runId, signal });
  if (isFinished(rollback)) return concludeRun(client, rollback, json);
  say(`the rollback goes on; 'backfill watch ${rollback.backfill}' shows it`);
  return EXIT.interrupted;
}

/**
 * A run that may still write cannot be undone: it is cancelled, and nothing of it is in flight afterwards. Returns the
 * rollback that it may then start by itself.
 */
async function drain({ client, config }: Session, run: Run, signal: AbortSignal): Promise<Run | undefined> {
  if (isFinished(run)) return undefined;
  say(`run ${run.runId} is still ${run.state.replace('-', ' ')}: cancelling it first`);
  await client.cancel(run.backfill);
  const following = { client, config, runId: run.runId, signal };
  const rollback = await compensationOf(following, await watchRun(following, isFinished));
  if (!rollback && !signal.aborted) await client.ended(run.backfill);
  return rollback;
}
