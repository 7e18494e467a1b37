import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeModels } from '../../src/stack/predictions/models.ts';
import { type MadeProject, makeProjects } from '../../src/stack/predictions/projects.ts';
import { freshName } from './gated-stores.ts';
import { openRuns, type Runs } from './runs.ts';

export const PREDICTIONS = 'zip-predictions';

/** Projects of drawn photos, random models, a data folder and a ledger of its own. */
export interface PredictionWorld extends Runs {
  /** `--data-dir`. */
  folder: string;
  /** Holds the archives. */
  sources: string;
  projects: readonly MadeProject[];
  /** Below the data folder. */
  at(...parts: string[]): string;
  database(project: string): string;
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
  const runs = await openRuns({
    backfill: PREDICTIONS,
    env,
    usual: { options: { sourceDir: sources } },
    withinMs: 300_000,
  });
  return {
    ...runs,
    folder,
    sources,
    projects,
    at,
    database: (project) => at('data', 'training', 'ai_training_decisions', `${project}.db`),
    async close() {
      await runs.close();
      await rm(folder, { recursive: true });
    },
  };
}

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
