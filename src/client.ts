import { Client, Connection, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { BACKFILLS, definitionOf } from './backfills/registry.ts';
import { CannotConnect } from './cannot-connect.ts';
import type { Config } from './config.ts';
import { UsageError } from './domain/failure.ts';
import type { Run } from './domain/run.ts';
import { isClosed } from './domain/run-state.ts';
import { knownRuns } from './known-runs.ts';
import { endOrphans } from './orphans.ts';
import { createStarting, type Starting } from './start.ts';
import { workflowIdOf } from './start-request.ts';
import { type OpenSurroundings, openSurroundings } from './surroundings.ts';
import { temporalOptions } from './temporal.ts';
import { type Progress, pauseSignal, progressQuery, resumeSignal } from './workflows/messages.ts';

export type { Outlook, Started } from './start.ts';
export type { StartRequest } from './start-request.ts';

/** Everything that people and programs do with backfills. Connecting, looking and counting write nothing. */
export interface BackfillClient extends Starting {
  surroundings: OpenSurroundings;
  /** This and the next two throw UsageError when no run of the backfill is open. */
  pause(backfill: string, by: string): Promise<void>;
  resume(backfill: string, by: string): Promise<void>;
  /** Asks for an orderly end; the run is cancelled when nothing is in flight. One whose workflow is gone ends at once. */
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
  const runs = knownRuns(surroundings.ledger.runs);

  const handleOf = (backfill: string) => temporal.workflow.getHandle(workflowIdOf(backfill));

  /** Temporal still takes requests in the moment between a run's end and its own: the ledger knows better. */
  async function onOpenRun(
    backfill: string,
    request: (handle: ReturnType<typeof handleOf>) => Promise<unknown>,
  ) {
    const open = (await runs.list()).some((run) => run.backfill === backfill && !isFinished(run));
    if (!open) throw noneOpen(backfill);
    try {
      await request(handleOf(backfill));
    } catch (error) {
      throw error instanceof WorkflowNotFoundError ? noneOpen(backfill) : error;
    }
  }

  return {
    surroundings,
    ...createStarting({ config, connection, namespace, temporal, surroundings, runs }),

    pause: (backfill, by) => onOpenRun(backfill, (handle) => handle.signal(pauseSignal, { by })),
    resume: (backfill, by) => onOpenRun(backfill, (handle) => handle.signal(resumeSignal, { by })),
    async cancel(backfill) {
      const ended = await endOrphans({ temporal, surroundings, runs }, backfill);
      if (ended.length === 0) await onOpenRun(backfill, (handle) => handle.cancel());
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

function noneOpen(backfill: string): UsageError {
  return new UsageError(
    `no run of '${backfill}' is open`,
    `'backfill status ${backfill}' tells how the last one ended`,
  );
}
