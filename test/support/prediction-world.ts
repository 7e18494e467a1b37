import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type BackfillClient, connect, isFinished, type StartRequest } from '../../src/client.ts';
import { readConfig } from '../../src/config.ts';
import type { Run } from '../../src/domain/run.ts';
import type { RunState } from '../../src/domain/run-state.ts';
import { makeModels } from '../../src/stack/predictions/models.ts';
import { type MadeProject, makeProjects } from '../../src/stack/predictions/projects.ts';
import { freshName } from './gated-stores.ts';
import { eventually } from './tiny-town.ts';
import { forkWorker, type WorkerProcess } from './worker-process.ts';

export const PREDICTIONS = 'zip-predictions';

/** Projects of drawn photos, random models, a data folder and a ledger of its own. */
export interface PredictionWorld {
  /** `--data-dir`. */
  folder: string;
  /** Holds the archives. */
  sources: string;
  projects: readonly MadeProject[];
  env: NodeJS.ProcessEnv;
  client: BackfillClient;
  hire(...args: string[]): Promise<WorkerProcess>;
  /** Null: there was nothing to do. */
  start(request?: Partial<StartRequest>): Promise<Run | null>;
  /** Starts a run and waits for its end. */
  run(request?: Partial<StartRequest>): Promise<Run>;
  until(run: Pick<Run, 'runId'>, state: RunState, withinMs?: number): Promise<Run>;
  rollBack(run: Run): Promise<Run>;
  /** Below the data folder. */
  at(...parts: string[]): string;
  database(project: string): string;
  close(): Promise<void>;
}

/** `like`: reads the archives and models of that world, and writes into a folder of its own. */
export async function openPredictionWorld(
  given: { oneIn: number } | { like: PredictionWorld },
): Promise<PredictionWorld> {
  const name = freshName('predictions');
  const folder = await mkdtemp(path.join(tmpdir(), `${name}-`));
  const at = (...parts: string[]) => path.join(folder, ...parts);
  const models = at('data', 'ai_data', 'models');
  const sources = 'like' in given ? given.like.sources : at('original');
  const projects =
    'like' in given
      ? given.like.projects
      : await makeProjects({ folder: sources, scale: 1 / given.oneIn, least: 12, seed: 1 });
  await makeModels(models, { seed: 1, size: 'small' });
  const env = {
    ...process.env,
    ...{ NO_COLOR: '1', BACKFILL_LEDGER_TABLE: name, BACKFILL_TASK_QUEUE: name, BACKFILL_DATA_DIR: folder },
  };
  const client = await connect(readConfig(env));
  const workers: WorkerProcess[] = [];

  const world: PredictionWorld = {
    folder,
    sources,
    projects,
    env,
    client,
    at,
    database: (project) => at('data', 'training', 'ai_training_decisions', `${project}.db`),

    async hire(...args) {
      const worker = await forkWorker(WORKER, env, args);
      workers.push(worker);
      return worker;
    },

    async start(request = {}) {
      const started = await client.start({
        backfill: PREDICTIONS,
        selection: { only: 'missing' },
        ...request,
        options: { sourceDir: sources, ...request.options },
      });
      return started.kind === 'empty' ? null : started.run;
    },

    async run(request) {
      const run = await world.start(request);
      if (!run) throw new Error('there was nothing to do');
      return world.until(run, 'done');
    },

    async until({ runId }, state, withinMs = 300_000) {
      const run = await eventually(
        () => client.run(runId),
        (now) => now.state === state || now.state === 'paused' || isFinished(now),
        withinMs,
        (now) => `${runId} is ${now.state}: ${JSON.stringify({ ...now.counts, reason: now.reason })}`,
      );
      if (run.state !== state)
        throw new Error(`${runId} is ${run.state}, not ${state}: ${run.reason?.message}`);
      if (isFinished(run)) await client.ended(PREDICTIONS);
      return run;
    },

    async rollBack(run) {
      const started = await client.startRollback(run.runId);
      if (started.kind === 'empty') throw new Error('there was nothing to put back');
      return world.until(started.run, 'done');
    },

    async close() {
      const open = (await client.runs()).find((run) => !isFinished(run));
      if (open) {
        if (!workers.some((worker) => worker.running())) await world.hire();
        await client.cancel(PREDICTIONS);
        await client.ended(PREDICTIONS);
      }
      for (const worker of workers) if (worker.running()) await worker.kill();
      await client.close();
      await rm(folder, { recursive: true });
    },
  };
  return world;
}

const WORKER = path.join(import.meta.dirname, '../../src/cli/worker-main.ts');

/** All rows of all tables, but for what tells which run it was. */
export function rowsOf(database: string): Record<string, object[]> {
  const db = new DatabaseSync(database, { readOnly: true });
  try {
    const all = (table: string) => db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all();
    const predictions = all('predictions').map(({ run_id: _, ...row }) => row);
    const tables = ['training_decisions', 'images', 'models'].map((table) => [table, all(table)] as const);
    return { predictions, ...Object.fromEntries(tables) };
  } finally {
    db.close();
  }
}

/** Size and times of everything below a folder. */
export async function stateOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true })).sort();
  const states = names.map(async (name) => {
    const { size, mtimeMs, ctimeMs, mode } = await stat(path.join(folder, name));
    return [name, [size, mtimeMs, ctimeMs, mode].join(' ')] as const;
  });
  return Object.fromEntries(await Promise.all(states));
}
