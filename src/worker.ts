import { hostname } from 'node:os';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createHealthWatch } from './activities/health-watch.ts';
import { createControlActivities, createPageActivities } from './activities/index.ts';
import { createSlots, type Slots } from './activities/slots.ts';
import type { BackfillDefinition } from './backfills/define.ts';
import { pinsOf } from './backfills/pins.ts';
import { BACKFILLS, definitionOf } from './backfills/registry.ts';
import { type Config, GENERAL, queuesOf } from './config.ts';
import { createFailureWindow, type FailureWindow } from './domain/failure-window.ts';
import { itemsInWork } from './domain/health.ts';
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

export interface WorkerOptions {
  backfills?: readonly BackfillDefinition[];
  /** Serves only backfills that name this queue; {@link GENERAL}: only those that name none. */
  queue?: string | undefined;
}

/**
 * Serves task queues: one for workflows and short control activities, one for pages, and two more for each word that
 * backfills name as their `queue`. Pages last many seconds; sharing a queue, they would keep a pause waiting.
 */
export async function startWorker(
  config: Config,
  { backfills = BACKFILLS, queue }: WorkerOptions = {},
): Promise<BackfillWorker> {
  quietRuntime();
  const surroundings = openSurroundings(config, backfills);
  await surroundings.ledger.create();
  for (const journal of surroundings.journals()) await journal.migrate();
  const { address, namespace, connection: options } = temporalOptions(config);
  const connection = await NativeConnection.connect({ address, ...options });
  const { ledger } = surroundings;
  const health = createHealthWatch({
    look: surroundings.look,
    note: (runId, reasons) => ledger.runs.noteSlow(runId, `${hostname()} ${process.pid}`, reasons),
  });
  const concurrency = (run: Run) => (ledger.live.latest(run.runId) ?? run).settings.concurrency;
  const deps = {
    ...surroundings,
    slots: slotsByRun((run) => itemsInWork(concurrency(run), health.factor(run.runId))),
    failures: failuresByRun(),
    health,
    pins: (run: Run) => pinsOf(definitionOf(run.backfill, backfills), run.settings.options),
  };

  const common = {
    connection,
    namespace,
    shutdownGraceTime: '100 milliseconds',
    maxHeartbeatThrottleInterval: '1 second',
  } as const;
  const named = backfills.flatMap((one) => one.queue ?? []);
  const workers: Worker[] = [];
  const words = [GENERAL, ...new Set(named)];
  for (const word of words.filter((one) => queue === undefined || one === queue)) {
    const general = word === GENERAL;
    const queues = queuesOf(config, general ? undefined : word);
    workers.push(
      await Worker.create({
        ...common,
        taskQueue: queues.data,
        activities: createControlActivities(deps),
        ...(general && { workflowBundle: await bundleWorkflows(), maxCachedWorkflows: 200 }),
      }),
      await Worker.create({
        ...common,
        taskQueue: queues.pages,
        activities: createPageActivities(deps),
        maxConcurrentActivityTaskExecutions: PAGES,
      }),
    );
  }

  const running = Promise.all(workers.map((worker) => worker.run()));
  const stopped = running.then(async () => {
    await connection.close();
    await surroundings.close();
  });
  // One alone is of no use: when it fails, the others stop as well.
  stopped.catch(() => shutdown(workers));
  return {
    stopped,
    stop: () => {
      shutdown(workers);
      return stopped;
    },
  };
}

function shutdown(workers: Worker[]): void {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
}

function slotsByRun(size: (run: Run) => number): (run: Run) => Slots {
  const byRun = new Map<string, Slots>();
  return (run) => {
    const slots = byRun.get(run.runId) ?? createSlots(() => size(run));
    byRun.set(run.runId, slots);
    return slots;
  };
}

/** After a pause it begins anew: whoever resumes has looked into what failed. */
function failuresByRun(): (run: Run) => FailureWindow {
  const byRun = new Map<string, { epoch: number; window: FailureWindow }>();
  return ({ runId, epoch }) => {
    const known = byRun.get(runId);
    if (known?.epoch === epoch) return known.window;
    const window = createFailureWindow();
    byRun.set(runId, { epoch, window });
    return window;
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
