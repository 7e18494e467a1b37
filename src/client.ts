import {
  Client,
  Connection,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { BACKFILLS, definitionOf } from './backfills/registry.ts';
import { CannotConnect } from './cannot-connect.ts';
import { type Config, queuesOf } from './config.ts';
import { UsageError } from './domain/failure.ts';
import type { Nanodollars } from './domain/money.ts';
import type { Run, Settlement } from './domain/run.ts';
import { isClosed } from './domain/run-state.ts';
import { type Tuning, tuningProblem } from './domain/tuning.ts';
import { knownRuns } from './known-runs.ts';
import { endOrphans } from './orphans.ts';
import { createStarting, type Starting } from './start.ts';
import { workflowIdOf } from './start-request.ts';
import { type OpenSurroundings, openSurroundings } from './surroundings.ts';
import { temporalOptions } from './temporal.ts';
import {
  approveUpdate,
  type Progress,
  pauseSignal,
  progressQuery,
  resumeSignal,
  tuneUpdate,
} from './workflows/messages.ts';

export type { Outlook, Started } from './start.ts';
export type { StartRequest } from './start-request.ts';

/** Everything that people and programs do with backfills. Connecting, looking and counting write nothing. */
export interface BackfillClient extends Starting {
  surroundings: OpenSurroundings;
  /** This and the next two throw UsageError when no run of the backfill is open. */
  pause(backfill: string, by: string): Promise<void>;
  resume(backfill: string, by: string): Promise<void>;
  /** Lets the run go on after its canary. Throws UsageError when it does not wait for that, or no worker answers. */
  approve(backfill: string, by: string): Promise<void>;
  /**
   * Changes settings of the open run; returns the changes in words. Throws UsageError with the reason when they are
   * refused, or no worker answers.
   */
  tune(backfill: string, tuning: Tuning, by: string): Promise<string[]>;
  /**
   * Closes a call of unknown outcome, as `report` names it. `cost`: what was billed for it, in nanodollars (0: nothing);
   * null: its worst case. Throws UsageError when there is no such call, or it is closed already.
   */
  settle(call: string, cost: Nanodollars | null, by: string): Promise<Settlement>;
  /** Asks for an orderly end; the run is cancelled when nothing is in flight. One whose workflow is gone ends at once. */
  cancel(backfill: string): Promise<void>;
  /** What the workflow says, or null when no worker answers within five seconds or it is not running. */
  progress(backfill: string): Promise<Progress | null>;
  /** Which task queue nobody serves that the open run of the backfill needs; null: none. */
  unservedQueue(backfill: string): Promise<string | null>;
  /** Resolves when no workflow of the backfill is open: the ledger closes a run a moment before Temporal does. */
  ended(backfill: string): Promise<void>;
  /** By run id, or the newest run of a backfill. Throws UsageError when there is none. */
  run(runIdOrBackfill: string): Promise<Run>;
  runs(): Promise<Run[]>;
  close(): Promise<void>;
}

const QUERY_TIMEOUT_MS = 5_000;
const UPDATE_TIMEOUT_MS = 15_000;
const POLL_MS = 70_000;
/** Temporal's number for task queues of activities. */
const ACTIVITIES = 2;

export async function connect(config: Config, backfills = BACKFILLS): Promise<BackfillClient> {
  const { address, namespace, connection: options } = temporalOptions(config);
  const connection = await connectTo(address, options);
  const temporal = new Client({ connection, namespace });
  const surroundings = openSurroundings(config, backfills);
  const runs = knownRuns(surroundings.ledger.runs);

  const handleOf = (backfill: string) => temporal.workflow.getHandle(workflowIdOf(backfill));

  /** Temporal still takes requests in the moment between a run's end and its own: the ledger knows better. */
  async function onOpenRun<Result>(
    backfill: string,
    request: (handle: ReturnType<typeof handleOf>) => Promise<Result>,
  ): Promise<Result> {
    const open = (await runs.list()).some((run) => run.backfill === backfill && !isFinished(run));
    if (!open) throw noneOpen(backfill);
    try {
      return await request(handleOf(backfill));
    } catch (error) {
      throw error instanceof WorkflowNotFoundError ? noneOpen(backfill) : error;
    }
  }

  /** Updates wait for a worker; people do not. */
  async function update<Result>(
    backfill: string,
    request: (handle: ReturnType<typeof handleOf>) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await onOpenRun(backfill, (handle) =>
        connection.withDeadline(Date.now() + UPDATE_TIMEOUT_MS, () => request(handle)),
      );
    } catch (error) {
      throw updateRefused(error, config.BACKFILL_TASK_QUEUE);
    }
  }

  const client: BackfillClient = {
    surroundings,
    ...createStarting({ config, connection, namespace, temporal, surroundings, runs }),

    pause: (backfill, by) => onOpenRun(backfill, (handle) => handle.signal(pauseSignal, { by })),
    resume: (backfill, by) => onOpenRun(backfill, (handle) => handle.signal(resumeSignal, { by })),
    approve: (backfill, by) =>
      update(backfill, (handle) => handle.executeUpdate(approveUpdate, { args: [{ by }] })),
    async tune(backfill, tuning, by) {
      // Here as well, since JSON would make `null`, no limit, of what is no number.
      const problem = tuningProblem(tuning);
      if (problem) throw new UsageError(problem);
      return update(backfill, (handle) => handle.executeUpdate(tuneUpdate, { args: [{ by, tuning }] }));
    },
    async settle(call, cost, by) {
      const slash = call.indexOf('/');
      const run = slash < 0 ? undefined : await runs.get(call.slice(0, slash));
      if (!run) {
        throw new UsageError(
          `'${call}' names no call of a known run`,
          "'backfill report' lists the calls of unknown outcome",
        );
      }
      return surroundings.ledger.settle(run.runId, call.slice(slash + 1), cost, by);
    },
    async cancel(backfill) {
      const ended = await endOrphans({ temporal, surroundings, runs }, backfill);
      if (ended.length === 0) await onOpenRun(backfill, (handle) => handle.cancel());
    },

    async unservedQueue(backfill) {
      if ((await client.progress(backfill)) === null) return config.BACKFILL_TASK_QUEUE;
      const { queue } = surroundings.definitionOf(backfill);
      if (queue === undefined) return null;
      const { pages } = queuesOf(config, queue);
      const { pollers } = await connection.workflowService.describeTaskQueue({
        ...{ namespace, taskQueue: { name: pages }, taskQueueType: ACTIVITIES },
      });
      // Who has not asked for so long is gone: a poll lasts a minute.
      const since = Date.now() - POLL_MS;
      const alive = pollers?.some(
        ({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 > since,
      );
      return alive ? null : pages;
    },

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
      const byId = await runs.get(runIdOrBackfill);
      if (byId) return byId;
      definitionOf(runIdOrBackfill, backfills);
      const newest = (await runs.list()).find(({ backfill }) => backfill === runIdOrBackfill);
      if (newest) return newest;
      throw new UsageError(
        `there is no run of '${runIdOrBackfill}' yet`,
        `'start-backfill ${runIdOrBackfill}' starts one`,
      );
    },

    runs: runs.list,

    async close() {
      await connection.close();
      await surroundings.close();
    },
  };
  return client;
}

export function isFinished(run: Run): boolean {
  return isClosed(run.state);
}

async function connectTo(address: string, options: object): Promise<Connection> {
  try {
    return await Connection.connect({ address, ...options });
  } catch (error) {
    throw new CannotConnect('Temporal', address, 'TEMPORAL_ADDRESS', error);
  }
}

/** What a workflow rejected is for the person; silence means that nobody works. */
function updateRefused(error: unknown, taskQueue: string): unknown {
  if (error instanceof WorkflowUpdateFailedError)
    return new UsageError(error.cause?.message ?? error.message, undefined, { cause: error });
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
    return new UsageError(
      `no worker answered within ${UPDATE_TIMEOUT_MS / 1000} s; the change may still come about when one does`,
      `run 'backfill worker' (task queue '${taskQueue}'), then look with 'backfill status'`,
      { cause: error },
    );
  }
  return error;
}

function noneOpen(backfill: string): UsageError {
  return new UsageError(
    `no run of '${backfill}' is open`,
    `'backfill status ${backfill}' tells how the last one ended`,
  );
}
