import { userInfo } from 'node:os';
import { isFinished } from '../client.ts';
import { UsageError } from '../domain/failure.ts';
import type { Run } from '../domain/run.ts';
import { buildReport } from '../report.ts';
import { type Company, companyOf } from './company.ts';
import { compensationOf } from './compensation.ts';
import { concludeRun } from './conclusion.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { goesOnByItself } from './follow-run.ts';
import { printJson, say } from './output.ts';
import type { Session } from './session.ts';
import type { WatchWishes } from './watch-flags.ts';
import { watchRun } from './watch-run.ts';

/**
 * Watches a run that this process has set going until it ends or waits for a person, and says what it came to. Where
 * the servers are our own they end with us: then an interruption pauses the run first.
 */
export async function seeThrough(
  session: Session,
  run: Run,
  wishes: { json: boolean; signal: AbortSignal; watch?: WatchWishes },
): Promise<ExitCode> {
  const company = companyOf(session.client, run, wishes.watch);
  try {
    return await seeThroughWith(company, session, run, wishes);
  } finally {
    await company.end();
  }
}

async function seeThroughWith(
  { look: onLook }: Company,
  session: Session,
  run: Run,
  { json, signal, watch }: Parameters<typeof seeThrough>[2],
): Promise<ExitCode> {
  const { client, config, servers } = session;
  const own = servers.origin === 'own';
  const following = { client, config, runId: run.runId, signal, verbose: watch?.verbose };
  const ended = await watchRun({ ...following, onLook });
  const rollback = await compensationOf(following, ended);
  const watched = rollback ? await watchRun({ ...following, runId: rollback.runId }) : ended;
  const seen = own && goesOnByItself(watched) ? await settle(session, watched, onLook) : watched;
  if (isFinished(seen)) await client.ended(seen.backfill);
  if (!goesOnByItself(seen)) {
    const about = isFinished(seen) ? await client.run(run.runId) : seen;
    return concludeRun(client, about, json, own ? `start-backfill ${seen.backfill}` : undefined);
  }
  if (json) printJson(await buildReport(client, seen));
  say(
    own
      ? `${seen.state}; 'start-backfill ${seen.backfill}' goes on with it`
      : `the run goes on; 'backfill watch ${seen.backfill}' shows it again`,
  );
  return EXIT.interrupted;
}

/** Nothing may be in flight when worker and servers stop. */
async function settle(
  { client, config }: Session,
  { runId, backfill }: Run,
  onLook: Company['look'],
): Promise<Run> {
  say('pausing: what is in flight is settled first (Ctrl-C again stops at once)');
  try {
    await client.pause(backfill, userInfo().username);
  } catch (error) {
    // It came to its end in the same moment.
    if (!(error instanceof UsageError)) throw error;
  }
  return watchRun({ client, config, runId, onLook }, (run) => run.state === 'paused' || isFinished(run));
}
