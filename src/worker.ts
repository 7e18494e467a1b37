import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createControlActivities, createPageActivities } from './activities/index.ts';
import { createSlots, type Slots } from './activities/slots.ts';
import { BACKFILLS } from './backfills/registry.ts';
import { type Config, pagesQueue } from './config.ts';
import type { Run } from './domain/run.ts';
import { openSurroundings } from './surroundings.ts';
import { temporalOptions } from './temporal.ts';
import { bundleWorkflows } from './workflow-bundle.ts';

/** Pages in work at the same time; they share the run's `--concurrency`. */
const PAGES = 4;

export interface BackfillWorker {
  /** Resolves when the worker has stopped. Rejects when it cannot go on. */
  stopped: Promise<void>;
  /** Settles what is in flight, then stops. */
  stop(): Promise<void>;
}

/**
 * Serves two task queues: one for workflows and short control activities, one for pages. Pages last many
 * seconds; sharing a queue, they would keep a pause waiting.
 */
export async function startWorker(config: Config, backfills = BACKFILLS): Promise<BackfillWorker> {
  quietRuntime();
  const surroundings = openSurroundings(config, backfills);
  await surroundings.ledger.create();
  await surroundings.journal.migrate();
  const { address, namespace, connection: options } = temporalOptions(config);
  const connection = await NativeConnection.connect({ address, ...options });
  const deps = { ...surroundings, slots: slotsByRun() };

  const common = {
    connection,
    namespace,
    shutdownGraceTime: '100 milliseconds',
    maxHeartbeatThrottleInterval: '1 second',
  } as const;
  const control = await Worker.create({
    ...common,
    taskQueue: config.BACKFILL_TASK_QUEUE,
    workflowBundle: await bundleWorkflows(),
    activities: createControlActivities(deps),
    maxCachedWorkflows: 200,
  });
  const pages = await Worker.create({
    ...common,
    taskQueue: pagesQueue(config),
    activities: createPageActivities(deps),
    maxConcurrentActivityTaskExecutions: PAGES,
  });

  const running = Promise.all([control.run(), pages.run()]);
  const stopped = running.then(async () => {
    await connection.close();
    await surroundings.close();
  });
  // One of the two alone is of no use: when it fails, the other stops as well.
  stopped.catch(() => shutdown([control, pages]));
  return {
    stopped,
    stop: () => {
      shutdown([control, pages]);
      return stopped;
    },
  };
}

function shutdown(workers: Worker[]): void {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
}

function slotsByRun(): (run: Run) => Slots {
  const byRun = new Map<string, Slots>();
  return ({ runId, settings }) => {
    const slots = byRun.get(runId) ?? createSlots(() => settings.concurrency);
    byRun.set(runId, slots);
    return slots;
  };
}

let quiet = false;

/** The SDK's own log goes to stderr, errors only: stdout belongs to data. */
function quietRuntime(): void {
  if (quiet) return;
  quiet = true;
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('ERROR', ({ level, message, meta }) => {
      console.error(
        `temporal ${level.toLowerCase()}: ${message}${meta?.error ? `: ${String(meta.error)}` : ''}`,
      );
    }),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
}
