import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { vehicleImages } from '../../src/backfills/vehicle-images/index.ts';
import type { Config } from '../../src/config.ts';
import { type ExpectedImage, expectedImages } from '../../src/stack/sample/expected.ts';
import { generateSample } from '../../src/stack/sample/generate.ts';
import type { SampleSize } from '../../src/stack/sample/plan.ts';
import { createVision } from '../../src/vision/create.ts';
import { startWorker } from '../../src/worker.ts';
import { freshName } from './gated-stores.ts';
import { openRuns, type Runs } from './runs.ts';
import { openSimulator, type Simulator } from './vehicle-simulator.ts';

export const BACKFILL = 'vehicle-images';

/** Rows by table, ordered by id, as `to_jsonb` gives them. A table without rows is left out. */
export type Dump = Record<string, Row[]>;
export type Row = { id: string } & Record<string, unknown>;

/** A database, a ledger, a task queue and photos of its own, on the servers of the test run. */
export interface VehicleWorld extends Runs {
  postgres: pg.Pool;
  simulator: Simulator;
  dir: string;
  images: ExpectedImage[];
  /** Those with a vehicle that an earlier tool analysed so far. */
  owned(...analysis: ExpectedImage['analysis'][]): ExpectedImage[];
  /** A worker in this process. */
  work(): Promise<{ stop(): Promise<void> }>;
  dump(): Promise<Dump>;
}

export interface WorldOptions extends SampleSize {
  /** Another one over the same tables. */
  backfill?: string;
  /** Where drawn photos are kept for later; a folder of the world's own, that ends with it, unless given. */
  photos?: string;
  /** Where providers are, when not at the simulator. */
  providers?: string;
  /** For one paid call; 60 s unless given. */
  callTimeoutMs?: number;
}

export async function openVehicleWorld(options: WorldOptions): Promise<VehicleWorld> {
  const name = freshName('vehicles');
  const own = options.photos ? null : await mkdtemp(path.join(tmpdir(), 'backfill-vehicles-'));
  const dir = options.photos ?? (own as string);
  const databaseUrl = await createDatabase(name);
  const { backfill = BACKFILL, images, vehicles, seed = 0 } = options;
  await generateSample({ images, vehicles, seed, databaseUrl, dir });
  const env = { ...process.env, NO_COLOR: '1', ...variables(name, databaseUrl, dir, options.providers) };
  const simulator = openSimulator();
  await simulator.reset();
  const runs = await openRuns({ backfill, env, withinMs: 40_000 });
  const { config } = runs;
  const postgres = new pg.Pool({ connectionString: databaseUrl });
  postgres.on('error', () => undefined);
  const workers = new Set<{ stop(): Promise<void> }>();

  const world: VehicleWorld = {
    ...runs,
    postgres,
    simulator,
    dir,
    images: [...expectedImages({ images, vehicles, seed }).values()],

    owned: (...states) =>
      world.images.filter(({ vehicleId, analysis }) => vehicleId !== null && states.includes(analysis)),

    async work() {
      const worker = await startWorker(config, { backfills: [impatient(config, options.callTimeoutMs)] });
      const own = {
        async stop() {
          if (workers.delete(own)) await worker.stop();
        },
      };
      workers.add(own);
      return own;
    },

    dump: () => dumpOf(postgres),

    async close() {
      await runs.endOpenRun();
      for (const worker of [...workers]) await worker.stop();
      await runs.close();
      await postgres.end();
      await simulator.reset();
      if (own) await rm(own, { recursive: true, force: true });
    },
  };
  return world;
}

/** Every table of people's own. */
export async function dumpOf(postgres: pg.Pool): Promise<Dump> {
  const { rows: tables } = await postgres.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
      WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`,
  );
  const dump: Dump = {};
  for (const { name: table } of tables) {
    const { rows } = await postgres.query<{ row: Row }>(
      `SELECT to_jsonb(t) AS row FROM ${table} t ORDER BY id`,
    );
    if (rows.length > 0) dump[table] = rows.map(({ row }) => row);
  }
  return dump;
}

export async function createDatabase(name: string): Promise<string> {
  const url = new URL(process.env.DATABASE_URL ?? '');
  const server = new pg.Client({ connectionString: url.href });
  await server.connect();
  await server.query(`CREATE DATABASE ${name}`);
  await server.end();
  url.pathname = `/${name}`;
  return url.href;
}

function variables(name: string, databaseUrl: string, dir: string, providers?: string) {
  return {
    DATABASE_URL: databaseUrl,
    IMAGE_BASE_URL: pathToFileURL(`${dir}/`).href,
    BACKFILL_LEDGER_TABLE: name,
    BACKFILL_TASK_QUEUE: name,
    ...(providers && {
      OPENAI_BASE_URL: `${providers}/v1`,
      AWS_ENDPOINT_URL_REKOGNITION: `${providers}/rekognition`,
    }),
  };
}

/** The backfill as it is, but for how long it waits for an answer. */
export function impatient(config: Config, callTimeoutMs: number | undefined) {
  const vision = createVision({
    openai: { apiKey: config.OPENAI_API_KEY, baseUrl: config.OPENAI_BASE_URL },
    rekognition: { endpoint: config.AWS_ENDPOINT_URL_REKOGNITION, region: config.AWS_REGION },
    images: { baseUrl: config.IMAGE_BASE_URL },
    callTimeoutMs,
  });
  const definition: typeof vehicleImages = {
    ...vehicleImages,
    open: (surroundings, options) =>
      vehicleImages.open(Object.create(surroundings, { vision: { value: vision } }), options),
  };
  return callTimeoutMs === undefined ? vehicleImages : definition;
}
