import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { generateBirds } from '../../src/stack/birds/generate.ts';
import type { PlannedBirdPhoto } from '../../src/stack/birds/plan.ts';
import { freshName } from './gated-stores.ts';
import { openRuns, type Runs } from './runs.ts';
import { openSimulator, type Simulator } from './vehicle-simulator.ts';
import { createDatabase, type Dump, dumpOf } from './vehicle-world.ts';

export const QUALITY = 'image-quality';

/** A table of bird photos, a ledger and a task queue of its own, on the servers of the test run. */
export interface BirdWorld extends Runs {
  postgres: pg.Pool;
  simulator: Simulator;
  photos: PlannedBirdPhoto[];
  dump(): Promise<Dump>;
}

export async function openBirdWorld(images: number): Promise<BirdWorld> {
  const name = freshName('birds');
  const dir = await mkdtemp(path.join(tmpdir(), 'backfill-birds-'));
  const databaseUrl = await createDatabase(name);
  const { photos } = await generateBirds({ images, databaseUrl, dir });
  const own = { BACKFILL_LEDGER_TABLE: name, BACKFILL_TASK_QUEUE: name };
  const base = pathToFileURL(`${dir}/`).href;
  const env = { ...process.env, NO_COLOR: '1', ...own, DATABASE_URL: databaseUrl, IMAGE_BASE_URL: base };
  const runs = await openRuns({ backfill: QUALITY, env });
  const postgres = new pg.Pool({ connectionString: databaseUrl });
  const simulator = openSimulator();
  await simulator.reset();
  return {
    ...runs,
    postgres,
    simulator,
    photos,
    dump: () => dumpOf(postgres),
    async close() {
      await runs.close();
      await postgres.end();
      await simulator.reset();
      await rm(dir, { recursive: true });
    },
  };
}
