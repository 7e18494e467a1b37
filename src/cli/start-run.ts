import { userInfo } from 'node:os';
import { type BackfillClient, isFinished, type StartRequest } from '../client.ts';
import { NO_COUNTS } from '../domain/counts.ts';
import { UsageError } from '../domain/failure.ts';
import { formatUsd } from '../domain/money.ts';
import type { Run } from '../domain/run.ts';
import { estimate } from '../estimate.ts';
import { wholeCost } from '../reckon.ts';
import { buildReport } from '../report.ts';
import { confirm } from './confirm.ts';
import { describeAdditions, describeSurvey } from './dry-run.ts';
import { estimateTable, QUICK_LOOK } from './estimate-table.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Hook } from './hook.ts';
import { callHook } from './hooks.ts';
import { paint, printJson, say } from './output.ts';
import { planOf } from './previews.ts';
import { seeThrough } from './see-through.ts';
import type { Session } from './session.ts';
import { wholeTables } from './verify-tables.ts';
import type { WatchWishes } from './watch-flags.ts';
import { watchRun } from './watch-run.ts';
import { webUiOf } from './web-ui.ts';

export interface StartWishes {
  yes: boolean;
  detach?: boolean | undefined;
  json: boolean;
  signal: AbortSignal;
  watch?: WatchWishes;
  /** Must succeed before anything is started. */
  before?: Hook | undefined;
}

/** Starts a run (or goes on with the one that this process's own servers keep) and watches it to its end. */
export async function startAndWatch(
  session: Session,
  request: StartRequest,
  wishes: StartWishes,
): Promise<ExitCode> {
  const { client, config, servers } = session;
  const { json, detach, signal, watch } = wishes;
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
  return seeThrough(session, run, { json, signal, ...(watch && { watch }) });
}

async function begin(
  { client, provideWorker }: Session,
  request: StartRequest,
  { yes, json, signal, before }: StartWishes,
): Promise<Run | ExitCode> {
  const wanted = await agreed(client, request, { yes, signal });
  if (wanted === null) return EXIT.failed;
  const { items, ...agreedRequest } = wanted;
  if (before && items > 0 && !(await succeeds(before, request, items, signal)))
    return signal.aborted ? EXIT.interrupted : EXIT.failed;
  const started = await client.start(agreedRequest);
  if (started.kind === 'started') {
    await provideWorker();
    return started.run;
  }
  say(`${request.backfill}: ${describeSurvey(started.survey)}`);
  return nothingToDo(request, started.survey, json);
}

async function succeeds(
  before: Hook,
  { backfill }: StartRequest,
  items: number,
  signal: AbortSignal,
): Promise<boolean> {
  const planned = {
    runId: null,
    backfill,
    state: 'planned' as const,
    counts: { ...NO_COUNTS, total: items },
  };
  if (await callHook('before', before, planned, signal)) return true;
  say('nothing was started');
  return false;
}

/** The request, with what it is expected to cost, and of how many items; null when the person finds that too much. */
async function agreed(
  client: BackfillClient,
  request: StartRequest,
  { yes, signal }: Pick<StartWishes, 'yes' | 'signal'>,
): Promise<(StartRequest & { items: number }) | null> {
  const found = await estimate(client, request, { ...(yes ? { look: 0 } : QUICK_LOOK), signal });
  const { outlook, cost } = found;
  for (const note of outlook.notes ?? []) say(`note: ${note}`);
  if (outlook.items > 0 && !yes) {
    const plan = await planOf(client, request, outlook);
    if (plan.length > 0) say(wholeTables(plan, paint));
    if (outlook.additions.length > 0) say(describeAdditions(outlook));
    say(estimateTable(found));
    await tellHealth(client, request);
    if (!(await confirm(false, `Start, for about ${formatUsd(wholeCost(found).expected)}?`))) return null;
  }
  if (outlook.items > 0 && yes) await tellHealth(client, request);
  return { ...request, estimated: cost, items: outlook.items };
}

/** What would make it slow from its first item on. Reads nothing that has no limit. */
async function tellHealth({ surroundings }: BackfillClient, { settings }: StartRequest): Promise<void> {
  for (const reason of await surroundings.look(settings?.health ?? {}))
    say(`the run will go slowly until this is over: ${reason}`);
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
