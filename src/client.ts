import { Client, Connection, WorkflowExecutionAlreadyStartedError, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Survey } from './backfills/define.ts';
import { BACKFILLS, definitionOf } from './backfills/registry.ts';
import { type Config, pagesQueue } from './config.ts';
import { NO_COUNTS } from './domain/counts.ts';
import { UsageError } from './domain/failure.ts';
import type { JsonObject } from './domain/json.ts';
import type { Selection } from './domain/page.ts';
import type { Run } from './domain/run.ts';
import { isClosed } from './domain/run-state.ts';
import { DEFAULT_SETTINGS, type RunSettings } from './domain/settings.ts';
import { newRunId } from './domain/run-id.ts';
import { registerSearchAttributes } from './search-attributes.ts';
import { type OpenSurroundings, openSurroundings } from './surroundings.ts';
import { temporalOptions } from './temporal.ts';
import type { BackfillInput } from './workflows/backfill.ts';
import { type Progress, pauseSignal, progressQuery, resumeSignal } from './workflows/messages.ts';

export interface StartRequest {
  backfill: string;
  /** The backfill's own options, as its schema takes them. */
  options: JsonObject;
  selection: Pick<Selection, 'only' | 'unit'>;
  /** Just these items. */
  ids?: string[];
  /** At most so many items. */
  limit?: number;
  settings?: Partial<Omit<RunSettings, 'options'>>;
}

export type Started = { kind: 'started'; run: Run } | { kind: 'empty'; survey: Survey };

/** Everything that people and programs do with backfills. */
export interface BackfillClient {
  surroundings: OpenSurroundings;
  /** Counts what a request would work on, without starting anything. */
  survey(request: StartRequest): Promise<Survey>;
  /** Records the run and starts its workflow; an empty selection starts nothing. */
  start(request: StartRequest): Promise<Started>;
  /** Starts a run that restores every field of another one. */
  startRollback(runId: string): Promise<Started>;
  pause(backfill: string, by: string): Promise<void>;
  resume(backfill: string, by: string): Promise<void>;
  /** Asks for an orderly end; the run is cancelled when nothing is in flight. */
  cancel(backfill: string): Promise<void>;
  /** What the workflow says, or null when no worker answers within five seconds or it is not running. */
  progress(backfill: string): Promise<Progress | null>;
  /** Resolves when no workflow of the backfill is open: the ledger closes a run a moment before Temporal does. */
  ended(backfill: string): Promise<void>;
  /** By run id, or the newest run of a backfill. Throws UsageError when there is none. */
  run(runIdOrBackfill: string): Promise<Run>;
  runs(): Promise<Run[]>;
  close(): Promise<void>;
}

const QUERY_TIMEOUT_MS = 5_000;

export async function connect(config: Config, backfills = BACKFILLS): Promise<BackfillClient> {
  const { address, namespace, connection: options } = temporalOptions(config);
  const connection = await connectTo(address, options);
  const temporal = new Client({ connection, namespace });
  const surroundings = openSurroundings(config, backfills);
  await surroundings.ledger.create();
  await surroundings.journal.migrate();

  const handleOf = (backfill: string) => temporal.workflow.getHandle(workflowIdOf(backfill));

  async function surveyOf(runId: string, request: StartRequest): Promise<Survey> {
    const backfill = await surroundings.open({
      runId,
      backfill: request.backfill,
      settings: settingsOf(request),
    });
    const { journal } = surroundings;
    await journal.openRun({ runId, backfill: request.backfill, ...(request.ids && { ids: request.ids }) });
    const selection: Selection = {
      ...request.selection,
      ...(request.ids && { ids: true }),
      watermark: new Date().toISOString(),
    };
    return backfill.source.survey(runId, selection, request.limit);
  }

  async function begin(run: Omit<Run, 'state'>, survey: Survey): Promise<Started> {
    await surroundings.ledger.runs.create(run);
    const input: BackfillInput = {
      runId: run.runId,
      backfill: run.backfill,
      total: run.counts.total,
      window: run.settings.window,
      maxHistory: run.settings.maxHistory,
      pagesQueue: pagesQueue(config),
      searchAttributes: await registerSearchAttributes(connection, namespace),
    };
    try {
      await temporal.workflow.start('backfillWorkflow', {
        workflowId: run.workflowId,
        taskQueue: config.BACKFILL_TASK_QUEUE,
        args: [input],
        staticSummary: `${run.rollbackOf ? `rollback of ${run.rollbackOf}` : run.backfill}: ${survey.items} items`,
        ...(input.searchAttributes && { searchAttributes: { BackfillName: [run.backfill] } }),
      });
    } catch (error) {
      await abandon(run.runId);
      if (error instanceof WorkflowExecutionAlreadyStartedError) throw alreadyOpen(run.backfill);
      throw error;
    }
    return { kind: 'started', run: await runById(run.runId) };
  }

  async function abandon(runId: string): Promise<void> {
    await surroundings.journal.closeRun(runId);
    await surroundings.ledger.runs.move(runId, 'cancelled');
  }

  async function runById(runId: string): Promise<Run> {
    const run = await surroundings.ledger.runs.get(runId);
    if (run) return run;
    throw new UsageError(`there is no run '${runId}'`, "'backfill list' shows all runs");
  }

  async function refuseIfOpen(backfill: string): Promise<void> {
    const open = await handleOf(backfill)
      .describe()
      .catch((error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      });
    if (open?.status.name === 'RUNNING') throw alreadyOpen(backfill);
  }

  return {
    surroundings,

    survey: (request) => surveyOf(newRunId(), request),

    async start(request) {
      await refuseIfOpen(request.backfill);
      const runId = newRunId();
      const survey = await surveyOf(runId, request);
      if (survey.items === 0) return { kind: 'empty', survey };
      return begin(plannedRun(runId, request, survey), survey);
    },

    async startRollback(ofRunId) {
      const target = await runById(ofRunId);
      await refuseIfOpen(target.backfill);
      await surroundings.journal.closeRun(target.runId);
      const request = { backfill: target.backfill, options: target.settings.options, selection: { only: 'all' } as const };
      const runId = newRunId();
      const rollback = await surroundings.open({
        runId,
        backfill: target.backfill,
        rollbackOf: target.runId,
        settings: target.settings,
      });
      await surroundings.journal.openRun({ runId, backfill: target.backfill });
      const survey = await rollback.source.survey(runId, { only: 'all', watermark: new Date().toISOString() });
      if (survey.items === 0) return { kind: 'empty', survey };
      return begin({ ...plannedRun(runId, request, survey), rollbackOf: target.runId }, survey);
    },

    pause: (backfill, by) => onOpenRun(backfill, handleOf(backfill).signal(pauseSignal, { by })),
    resume: (backfill, by) => onOpenRun(backfill, handleOf(backfill).signal(resumeSignal, { by })),
    cancel: (backfill) => onOpenRun(backfill, handleOf(backfill).cancel()),

    async progress(backfill) {
      try {
        return await connection.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
          handleOf(backfill).query(progressQuery),
        );
      } catch {
        return null;
      }
    },

    async ended(backfill) {
      try {
        await handleOf(backfill).result();
      } catch (error) {
        // However it ended, it has.
        if (error instanceof WorkflowNotFoundError || error instanceof WorkflowFailedError) return;
        throw error;
      }
    },

    async run(runIdOrBackfill) {
      const byId = await surroundings.ledger.runs.get(runIdOrBackfill);
      if (byId) return byId;
      definitionOf(runIdOrBackfill, backfills);
      const newest = (await surroundings.ledger.runs.list()).find(({ backfill }) => backfill === runIdOrBackfill);
      if (newest) return newest;
      throw new UsageError(
        `there is no run of '${runIdOrBackfill}' yet`,
        `'start-backfill ${runIdOrBackfill}' starts one`,
      );
    },

    runs: () => surroundings.ledger.runs.list(),

    async close() {
      await connection.close();
      await surroundings.close();
    },
  };
}

/** One open run per backfill: Temporal refuses a second workflow of the same id. */
export function workflowIdOf(backfill: string): string {
  return `backfill/${backfill}`;
}

export function isFinished(run: Run): boolean {
  return isClosed(run.state);
}

function settingsOf(request: StartRequest): RunSettings {
  return { ...DEFAULT_SETTINGS, ...request.settings, options: request.options };
}

function plannedRun(runId: string, request: StartRequest, survey: Survey): Omit<Run, 'state'> {
  const skipped = Object.values(survey.skipped).reduce((sum, amount) => sum + amount, 0);
  return {
    runId,
    backfill: request.backfill,
    workflowId: workflowIdOf(request.backfill),
    reason: null,
    selection: survey.selection,
    settings: settingsOf(request),
    units: survey.units,
    counts: { ...NO_COUNTS, total: survey.items + skipped, skipped },
    classes: survey.skipped,
    available: 0,
    holds: {},
    spent: 0,
    spentBy: {},
    unknownHeld: 0,
    unknownCalls: 0,
    createdAt: new Date().toISOString(),
  };
}

async function connectTo(address: string, options: object): Promise<Connection> {
  try {
    return await Connection.connect({ address, ...options });
  } catch (error) {
    throw new CannotConnect('Temporal', address, 'TEMPORAL_ADDRESS', error);
  }
}

async function onOpenRun(backfill: string, request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new UsageError(`no run of '${backfill}' is open`, `'backfill status ${backfill}' tells how the last one ended`);
  }
}

function alreadyOpen(backfill: string): UsageError {
  return new UsageError(
    `a run of '${backfill}' is open already`,
    `'backfill watch ${backfill}' shows it; 'backfill cancel ${backfill}' ends it`,
  );
}

/** A server that we need does not answer. */
export class CannotConnect extends Error {
  override name = 'CannotConnect';
  readonly hint: string;

  constructor(server: string, address: string, variable: string, cause: unknown) {
    super(`cannot reach ${server} at ${address}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.hint = `start it ('backfill stack'), or correct ${variable}`;
  }
}
