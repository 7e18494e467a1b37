import { userInfo } from 'node:os';
import { isFinished, type StartRequest } from '../client.ts';
import { UsageError } from '../domain/failure.ts';
import { formatUsd } from '../domain/money.ts';
import type { Run } from '../domain/run.ts';
import { buildReport } from '../report.ts';
import { concludeRun } from './conclusion.ts';
import { confirm } from './confirm.ts';
import { describeAdditions, describeSurvey, estimateOf } from './dry-run.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { goesOnByItself } from './follow-run.ts';
import { printJson, say } from './output.ts';
import type { Session } from './session.ts';
import { watchRun } from './watch-run.ts';
import { webUiOf } from './web-ui.ts';

export interface StartWishes {
  yes: boolean;
  detach?: boolean | undefined;
  json: boolean;
  signal: AbortSignal;
}

/** Starts a run (or goes on with the one that this process's own servers keep) and watches it to its end. */
export async function startAndWatch(
  session: Session,
  request: StartRequest,
  wishes: StartWishes,
): Promise<ExitCode> {
  const { client, config, servers } = session;
  const { json, detach, signal } = wishes;
  const own = servers.origin === 'own';
  if (own && detach) {
    throw new UsageError(
      '--detach leaves the work to others, and there are none: the servers end with this command',
      "leave --detach out, or keep servers and a worker running with 'backfill stack'",
    );
  }
  const run =
    (own && (await goOn(session, request.backfill, signal))) || (await begin(session, request, wishes));
  if (typeof run === 'number') return run;
  const page = webUiOf(config, run);
  if (page) say(`Temporal Web UI: ${page}`);
  if (detach) {
    if (json) printJson(await buildReport(client, run));
    say(`started run ${run.runId}; 'backfill watch ${run.backfill}' shows it`);
    return EXIT.done;
  }

  const watched = await watchRun({ client, config, runId: run.runId, signal });
  const seen = own && goesOnByItself(watched) ? await settle(session, watched) : watched;
  if (isFinished(seen)) await client.ended(seen.backfill);
  if (!goesOnByItself(seen))
    return concludeRun(client, seen, json, own ? `start-backfill ${seen.backfill}` : undefined);
  if (json) printJson(await buildReport(client, seen));
  say(
    own
      ? `${seen.state}; 'start-backfill ${seen.backfill}' goes on with it`
      : `the run goes on; 'backfill watch ${seen.backfill}' shows it again`,
  );
  return EXIT.interrupted;
}

async function begin(
  { client, provideWorker }: Session,
  request: StartRequest,
  { yes, json }: StartWishes,
): Promise<Run | ExitCode> {
  if (!yes) {
    const survey = await client.survey(request);
    say(`${request.backfill}: ${describeSurvey(survey)}`);
    if (survey.items === 0) return nothingToDo(request, survey, json);
    if (survey.additions.length > 0) say(describeAdditions(survey));
    const cost = formatUsd(estimateOf(request.backfill, survey));
    if (!(await confirm(false, `Start, for about ${cost}?`))) return EXIT.failed;
  }
  const started = await client.start(request);
  if (started.kind === 'started') {
    await provideWorker();
    return started.run;
  }
  if (yes) say(`${request.backfill}: ${describeSurvey(started.survey)}`);
  return nothingToDo(request, started.survey, json);
}

function nothingToDo(
  { backfill }: StartRequest,
  { skipped }: { skipped: Record<string, number> },
  json: boolean,
): ExitCode {
  if (json) printJson({ runId: null, backfill, status: 'empty', skipped });
  return EXIT.done;
}

/** The run that an earlier start left open, going again; undefined when there is none. */
async function goOn(
  { client, config, provideWorker }: Session,
  backfill: string,
  signal: AbortSignal,
): Promise<Run | undefined> {
  const open = (await client.runs()).find((run) => run.backfill === backfill && !isFinished(run));
  if (!open) return undefined;
  await provideWorker();
  // Recorded, and then the process died: the workflow may never have started.
  if (open.state === 'planned' && (await client.progress(backfill)) === null) return undefined;
  say(`going on with run ${open.runId}, which is ${open.state}: it keeps the flags that it was started with`);
  if (!/^paus/.test(open.state)) return open;
  await client.resume(backfill, userInfo().username);
  return watchRun({ client, config, runId: open.runId, signal }, ({ state }) => !/^paus/.test(state));
}

/** Nothing may be in flight when worker and servers stop. */
async function settle({ client, config }: Session, { runId, backfill }: Run): Promise<Run> {
  say('pausing: what is in flight is settled first (Ctrl-C again stops at once)');
  try {
    await client.pause(backfill, userInfo().username);
  } catch (error) {
    // It came to its end in the same moment.
    if (!(error instanceof UsageError)) throw error;
  }
  return watchRun({ client, config, runId }, (run) => run.state === 'paused' || isFinished(run));
}
