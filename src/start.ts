import { crc32 } from 'node:zlib';
import {
  type Client,
  type Connection,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { BackfillDefinition, Source, Survey } from './backfills/define.ts';
import { rollbackRun } from './backfills/rollback.ts';
import { type Config, queuesOf } from './config.ts';
import { NO_COUNTS } from './domain/counts.ts';
import { UsageError } from './domain/failure.ts';
import type { Selection } from './domain/page.ts';
import type { Run } from './domain/run.ts';
import { newRunId } from './domain/run-id.ts';
import { type KnownRuns, runById } from './known-runs.ts';
import { missingStores } from './missing-stores.ts';
import { endOrphans } from './orphans.ts';
import { registerSearchAttributes } from './search-attributes.ts';
import { asRun, plannedRun, type StartRequest, workflowIdOf } from './start-request.ts';
import type { NewRun } from './stores/ledger/runs.ts';
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
  /**
   * Starts a run that buys the answers of a sample, and writes nothing: they are in the ledger for the run that follows.
   * The sample's items are the same for the same seed.
   */
  startSample(request: StartRequest, sample: { size: number; seed: number }): Promise<Started>;
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
  const { ledger, journalOf } = surroundings;

  async function refuseIfOpen(backfill: string): Promise<void> {
    const handle = temporal.workflow.getHandle(workflowIdOf(backfill));
    const open = await handle.describe().catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    });
    if (open?.status.name === 'RUNNING') throw alreadyOpen(backfill);
  }

  async function surveyOf(runId: string, request: StartRequest): Promise<Survey> {
    requireOnly(surroundings.definitionOf(request.backfill), request.selection.only);
    const { source } = surroundings.backfillOf(asRun(request));
    const selection = { ...request.selection, ...(request.ids && { ids: true }), watermark: now() };
    const survey = await source.survey(runId, selection, request.limit, request.ids);
    const notes = [...(survey.notes ?? []), ...unselected(request, survey)];
    return { ...survey, ...(notes.length > 0 && { notes }) };
  }

  async function prepareStores(backfill: string): Promise<void> {
    await ledger.create();
    await journalOf(backfill).migrate();
  }

  async function startRun(request: StartRequest, sample?: { size: number; seed: number }): Promise<Started> {
    await refuseIfOpen(request.backfill);
    await endOrphans(deps, request.backfill);
    const backfill = surroundings.backfillOf(asRun(request));
    await backfill.check();
    const runId = newRunId();
    const survey = await surveyOf(runId, request);
    if (survey.items === 0) return { kind: 'empty', survey };
    await prepareStores(request.backfill);
    await backfill.prepare();
    const settings = { ...surroundings.definitionOf(request.backfill).pages, ...request.settings };
    const planned = plannedRun(runId, { ...request, settings }, survey);
    const lists = { ids: request.ids, limit: request.limit };
    const size = sample?.size ?? planned.settings.canary;
    if (size === null) return begin(deps, planned, backfill.source, lists);
    const items = await backfill.source.sample({
      runId,
      selection: survey.selection,
      ids: request.ids,
      size,
      seed: sample?.seed ?? seedOf(runId),
    });
    const canary = await withoutQuarantined(
      request,
      items.map(({ id }) => id),
    );
    const first = sample ? sampleRun(planned, canary.length) : { ...planned, canaryItems: canary.length };
    return begin(deps, first, backfill.source, { ...lists, canary });
  }

  /** What later pages leave out is no part of a canary either. */
  async function withoutQuarantined(
    { backfill, selection }: StartRequest,
    items: string[],
  ): Promise<string[]> {
    if (selection.quarantined) return items;
    const left = new Set((await journalOf(backfill).quarantined(backfill)).map(({ item }) => item));
    return items.filter((item) => !left.has(item));
  }

  return {
    async survey(request) {
      const ofBackfill = await surroundings.backfillOf(asRun(request)).check();
      const additions = [
        ...ofBackfill,
        ...(await missingStores(surroundings, deps.config, request.backfill)),
      ];
      return { ...(await surveyOf(newRunId(), request)), additions };
    },

    start: (request) => startRun(request),
    startSample: (request, sample) => startRun(request, sample),

    async startRollback(ofRunId) {
      const target = await runById(runs, ofRunId);
      await refuseIfOpen(target.backfill);
      await endOrphans(deps, target.backfill);
      const { backfill, settings } = target;
      await prepareStores(backfill);
      const rollback = surroundings.backfillOf({ backfill, settings, rollbackOf: target.runId });
      await rollback.prepare();
      const runId = newRunId();
      const survey = await rollback.source.survey(runId, { only: 'all', watermark: now() });
      if (survey.items === 0) return { kind: 'empty', survey };
      return begin(deps, rollbackRun(target, runId, survey), rollback.source, {});
    },
  };
}

/** Its canary is all that it is about. */
function sampleRun(planned: NewRun, items: number): NewRun {
  const counts = { ...NO_COUNTS, total: items };
  return { ...planned, sample: true, canaryItems: items, counts, classes: {} };
}

/** Any number will do, as long as it is told by the run. */
function seedOf(runId: string): number {
  return crc32(runId);
}

async function begin(
  deps: StartingDeps,
  planned: NewRun,
  source: Source,
  lists: { ids?: readonly string[] | undefined; canary?: readonly string[]; limit?: number | undefined },
): Promise<Started> {
  const { ledger, journalOf } = deps.surroundings;
  const { runId, backfill, rollbackOf, selection } = planned;
  const journal = journalOf(backfill);
  await ledger.runs.create(planned);
  try {
    const { ids, canary, limit } = lists;
    const of = { runId, backfill, ...(rollbackOf && { rollbackOf }) };
    await journal.openRun({ ...of, ...(ids && { ids }), ...(canary && { canary }) });
    if (!rollbackOf) await source.fix?.({ runId, selection, ids, limit });
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
  { config, connection, namespace, temporal, surroundings }: StartingDeps,
  run: NewRun,
) {
  const queues = queuesOf(config, surroundings.definitionOf(run.backfill).queue);
  const input: BackfillInput = {
    runId: run.runId,
    backfill: run.backfill,
    total: run.counts.total,
    window: run.settings.window,
    maxHistory: run.settings.maxHistory,
    pagesQueue: queues.pages,
    ...(queues.data !== config.BACKFILL_TASK_QUEUE && { dataQueue: queues.data }),
    searchAttributes: await registerSearchAttributes(connection, namespace),
    ...(run.canaryItems !== undefined && { canary: run.canaryItems }),
    ...(run.sample && { sample: true }),
    ...(run.settings.onFailure === 'rollback' && !run.rollbackOf && !run.sample && { compensate: true }),
  };
  const items = run.counts.total - run.counts.skipped;
  await temporal.workflow.start('backfillWorkflow', {
    workflowId: run.workflowId,
    taskQueue: config.BACKFILL_TASK_QUEUE,
    args: [input],
    memo: { runId: run.runId },
    // Children and activities inherit it.
    priority: { priorityKey: run.settings.priority },
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

function requireOnly({ name, only = [] }: BackfillDefinition, asked: Selection['only']): void {
  const known = ['missing', ...only, 'failed', 'all'];
  if (known.includes(asked)) return;
  throw new UsageError(`${name} has no --only ${asked}`, `It has --only ${known.join(', ')}.`);
}

/** A list is made by hand or by another program: what it names in vain is told. */
function unselected({ ids, limit, selection }: StartRequest, { items }: Survey): string[] {
  if (!ids || limit !== undefined || items >= ids.length) return [];
  const left = ids.length - items;
  const why =
    selection.only === 'all'
      ? 'there are no such items'
      : `--only ${selection.only} leaves them out, or there are none`;
  return [`${left} of the ${ids.length} ids are not selected: ${why}`];
}
