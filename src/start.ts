import {
  type Client,
  type Connection,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { Survey } from './backfills/define.ts';
import { type Config, pagesQueue } from './config.ts';
import { UsageError } from './domain/failure.ts';
import type { Run } from './domain/run.ts';
import { newRunId } from './domain/run-id.ts';
import { type KnownRuns, runById } from './known-runs.ts';
import { missingStores } from './missing-stores.ts';
import { endOrphans } from './orphans.ts';
import { registerSearchAttributes } from './search-attributes.ts';
import { asRun, plannedRun, type StartRequest, workflowIdOf } from './start-request.ts';
import type { OpenSurroundings } from './surroundings.ts';
import type { BackfillInput } from './workflows/backfill.ts';

export type Started = { kind: 'started'; run: Run } | { kind: 'empty'; survey: Survey };

/** What a start would come to. */
export interface Outlook extends Survey {
  /** What it would add first, to the target and to the ledger's database, in words for a person. */
  additions: string[];
}

/** Every run begins here. Nothing is written, anywhere, before it is known that there is something to do. */
export interface Starting {
  /** Counts what a request would work on. Writes nothing. */
  survey(request: StartRequest): Promise<Outlook>;
  /** Records the run and starts its workflow; an empty selection starts nothing. */
  start(request: StartRequest): Promise<Started>;
  /** Starts a run that restores every field of another one. */
  startRollback(runId: string): Promise<Started>;
}

export interface StartingDeps {
  config: Config;
  connection: Connection;
  namespace: string;
  temporal: Client;
  surroundings: OpenSurroundings;
  runs: KnownRuns;
}

export function createStarting(deps: StartingDeps): Starting {
  const { temporal, surroundings, runs } = deps;
  const { ledger, journal } = surroundings;

  async function refuseIfOpen(backfill: string): Promise<void> {
    const handle = temporal.workflow.getHandle(workflowIdOf(backfill));
    const open = await handle.describe().catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    });
    if (open?.status.name === 'RUNNING') throw alreadyOpen(backfill);
  }

  async function surveyOf(runId: string, request: StartRequest): Promise<Survey> {
    const { source } = surroundings.backfillOf(asRun(request));
    const selection = { ...request.selection, ...(request.ids && { ids: true }), watermark: now() };
    return source.survey(runId, selection, request.limit, request.ids);
  }

  async function prepareStores(): Promise<void> {
    await ledger.create();
    await journal.migrate();
  }

  return {
    async survey(request) {
      const ofBackfill = await surroundings.backfillOf(asRun(request)).check();
      const additions = [...ofBackfill, ...(await missingStores(surroundings, deps.config))];
      return { ...(await surveyOf(newRunId(), request)), additions };
    },

    async start(request) {
      await refuseIfOpen(request.backfill);
      await endOrphans(deps, request.backfill);
      const backfill = surroundings.backfillOf(asRun(request));
      await backfill.check();
      const runId = newRunId();
      const survey = await surveyOf(runId, request);
      if (survey.items === 0) return { kind: 'empty', survey };
      await prepareStores();
      await backfill.prepare();
      return begin(deps, plannedRun(runId, request, survey), request.ids);
    },

    async startRollback(ofRunId) {
      const target = await runById(runs, ofRunId);
      await refuseIfOpen(target.backfill);
      await endOrphans(deps, target.backfill);
      await prepareStores();
      const { backfill, settings } = target;
      const rollback = surroundings.backfillOf({ backfill, settings, rollbackOf: target.runId });
      await rollback.prepare();
      const runId = newRunId();
      const survey = await rollback.source.survey(runId, { only: 'all', watermark: now() });
      if (survey.items === 0) return { kind: 'empty', survey };
      const request = { backfill, options: settings.options, selection: { only: 'all' } as const };
      return begin(deps, { ...plannedRun(runId, request, survey), rollbackOf: target.runId });
    },
  };
}

async function begin(
  deps: StartingDeps,
  planned: Omit<Run, 'state'>,
  ids?: readonly string[],
): Promise<Started> {
  const { ledger, journal } = deps.surroundings;
  const { runId, backfill } = planned;
  await ledger.runs.create(planned);
  try {
    await journal.openRun({ runId, backfill, ...(ids && { ids }) });
    await startWorkflow(deps, planned);
  } catch (error) {
    await journal.closeRun(runId);
    await ledger.runs.move(runId, 'cancelled');
    if (error instanceof WorkflowExecutionAlreadyStartedError) throw alreadyOpen(backfill);
    throw error;
  }
  return { kind: 'started', run: await runById(deps.runs, runId) };
}

async function startWorkflow(
  { config, connection, namespace, temporal }: StartingDeps,
  run: Omit<Run, 'state'>,
) {
  const input: BackfillInput = {
    runId: run.runId,
    backfill: run.backfill,
    total: run.counts.total,
    window: run.settings.window,
    maxHistory: run.settings.maxHistory,
    pagesQueue: pagesQueue(config),
    searchAttributes: await registerSearchAttributes(connection, namespace),
  };
  const items = run.counts.total - run.counts.skipped;
  await temporal.workflow.start('backfillWorkflow', {
    workflowId: run.workflowId,
    taskQueue: config.BACKFILL_TASK_QUEUE,
    args: [input],
    memo: { runId: run.runId },
    staticSummary: `${run.rollbackOf ? `rollback of ${run.rollbackOf}` : run.backfill}: ${items} items`,
    ...(input.searchAttributes && { searchAttributes: { BackfillName: [run.backfill] } }),
  });
}

function now(): string {
  return new Date().toISOString();
}

function alreadyOpen(backfill: string): UsageError {
  return new UsageError(
    `a run of '${backfill}' is open already`,
    `'backfill watch ${backfill}' shows it; 'backfill cancel ${backfill}' ends it`,
  );
}
