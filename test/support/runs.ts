import path from 'node:path';
import { type BackfillClient, connect, isFinished, type StartRequest } from '../../src/client.ts';
import { type Config, readConfig } from '../../src/config.ts';
import type { Run } from '../../src/domain/run.ts';
import type { RunState } from '../../src/domain/run-state.ts';
import { eventually } from './tiny-town.ts';
import { forkWorker, type WorkerProcess } from './worker-process.ts';

/** Runs of one backfill over what an environment names. */
export interface Runs {
  backfill: string;
  config: Config;
  /** What a command needs to come here. */
  env: NodeJS.ProcessEnv;
  client: BackfillClient;
  /** What each run is started with unless it says otherwise. */
  usual: Partial<StartRequest>;
  /** Those that were hired, the dead too. */
  workers: readonly WorkerProcess[];
  /** A worker in a process of its own. */
  hire(...args: string[]): Promise<WorkerProcess>;
  /** Throws where there is nothing to do. */
  start(request?: Partial<StartRequest>): Promise<Run>;
  /** Null: there was nothing to do. */
  startIfAny(request?: Partial<StartRequest>): Promise<Run | null>;
  /** Starts a run and waits for its end. */
  run(request?: Partial<StartRequest>): Promise<Run>;
  /** Throws when it pauses or ends otherwise. */
  until(run: Pick<Run, 'runId'>, state: RunState, withinMs?: number): Promise<Run>;
  resume(run: Run): Promise<void>;
  rollBack(run: Run, withinMs?: number): Promise<Run>;
  /** Ends a run that is open: a workflow left open would refuse the next file's runs. */
  endOpenRun(): Promise<void>;
  /** Ends what is open, and all workers. */
  close(): Promise<void>;
}

export interface RunsOptions {
  backfill: string;
  env: NodeJS.ProcessEnv;
  /** What each run is started with unless it says otherwise. */
  usual?: Partial<StartRequest>;
  /** How long a run may take; a minute unless given. */
  withinMs?: number;
}

const WORKER = path.join(import.meta.dirname, '../../src/cli/worker-main.ts');

export async function openRuns({
  backfill,
  env,
  usual = {},
  withinMs: usualMs = 60_000,
}: RunsOptions): Promise<Runs> {
  const config = readConfig(env);
  const client = await connect(config);
  const workers: WorkerProcess[] = [];

  const runs: Runs = {
    backfill,
    config,
    env,
    client,
    usual,
    workers,

    async hire(...args) {
      const worker = await forkWorker(WORKER, env, args);
      workers.push(worker);
      return worker;
    },

    async startIfAny(request = {}) {
      const started = await client.start({
        backfill,
        selection: { only: 'missing' },
        ...request,
        options: { ...usual.options, ...request.options },
        settings: { rates: {}, ...usual.settings, ...request.settings },
      });
      return started.kind === 'empty' ? null : started.run;
    },

    async start(request) {
      const run = await runs.startIfAny(request);
      if (!run) throw new Error('there was nothing to do');
      return run;
    },

    run: async (request) => runs.until(await runs.start(request), 'done'),

    async until({ runId }, state, withinMs = usualMs) {
      const run = await eventually(
        () => client.run(runId),
        (now) => now.state === state || now.state === 'paused' || isFinished(now),
        withinMs,
        (now) => `${runId} is ${now.state}: ${JSON.stringify({ ...now.counts, reason: now.reason })}`,
      );
      if (run.state !== state)
        throw new Error(`${runId} is ${run.state}, not ${state}: ${run.reason?.message}`);
      if (isFinished(run)) await client.ended(backfill);
      return run;
    },

    /** Who asks at once after `resume` finds the run still paused. */
    async resume({ runId }) {
      await client.resume(backfill, 'a test');
      await eventually(
        () => client.run(runId),
        ({ state }) => state !== 'paused',
        30_000,
        ({ state }) => `it is still ${state}`,
      );
    },

    async rollBack(run, withinMs) {
      const started = await client.startRollback(run.runId);
      if (started.kind === 'empty') throw new Error('there was nothing to put back');
      return runs.until(started.run, 'done', withinMs);
    },

    async endOpenRun() {
      const open = (await client.runs()).find((run) => !isFinished(run));
      if (!open) return;
      if (!workers.some((worker) => worker.running())) await runs.hire();
      await client.cancel(backfill);
      await client.ended(backfill);
    },

    async close() {
      await runs.endOpenRun();
      for (const worker of workers) if (worker.running()) await worker.kill();
      await client.close();
    },
  };
  return runs;
}
