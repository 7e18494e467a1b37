import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type BackfillClient, connect } from '../../src/client.ts';
import { readConfig } from '../../src/config.ts';
import type { Report } from '../../src/report.ts';
import { callsOfRun, type LoggedCall } from '../../src/stores/ledger/page-log.ts';
import { createTable } from '../../src/stores/ledger/table.ts';
import { freshName } from '../support/gated-stores.ts';
import type { Bill, Simulator } from '../support/vehicle-simulator.ts';
import { BACKFILL, openVehicleWorld, type VehicleWorld } from '../support/vehicle-world.ts';
import { forkWorker, type WorkerProcess } from '../support/worker-process.ts';
import { launch, type Outcome } from './cli-world.ts';

/** Photos whose whole analysis has been bought once, and was rolled back: its bill says what one pass costs. */
export interface BudgetWorld extends Pick<VehicleWorld, 'images' | 'owned' | 'dump' | 'simulator' | 'close'> {
  onePass: Bill;
  /** The same photos under a ledger that has bought nothing yet. */
  books(): Promise<Books>;
}

/** One ledger, with workers in processes of their own and the real commands. */
export interface Books {
  client: BackfillClient;
  env: NodeJS.ProcessEnv;
  hire(): Promise<WorkerProcess>;
  start(...args: string[]): Promise<Outcome>;
  backfill(...args: string[]): Promise<Outcome>;
  report(): Promise<Report>;
  /** Every call that the newest run has made, as its log tells. */
  calls(): Promise<LoggedCall[]>;
  close(): Promise<void>;
}

/** For one paid call. */
const CALL_TIMEOUT_MS = 4_000;

export async function openBudgetWorld(size: {
  images: number;
  vehicles: number;
  seed: number;
}): Promise<BudgetWorld> {
  const world = await openVehicleWorld(size);
  const worker = await world.work();
  const pass = await world.run();
  const onePass = await world.simulator.bill();
  await world.rollBack(pass);
  await worker.stop();
  const opened: Books[] = [];
  return {
    ...world,
    onePass,
    async books() {
      await world.simulator.reset();
      const books = await openBooks(world.env);
      opened.push(books);
      return books;
    },
    async close() {
      for (const books of opened) await books.close();
      await world.close();
    },
  };
}

async function openBooks(surroundings: NodeJS.ProcessEnv): Promise<Books> {
  const name = freshName('budget');
  const env = { ...surroundings, BACKFILL_LEDGER_TABLE: name, BACKFILL_TASK_QUEUE: name };
  const client = await connect(readConfig(env));
  const dynamodb = new DynamoDBClient({});
  const workers: WorkerProcess[] = [];
  const books: Books = {
    client,
    env,
    async hire() {
      const program = path.join(import.meta.dirname, 'budget-worker.ts');
      const worker = await forkWorker(program, { ...env, CALL_TIMEOUT_MS: String(CALL_TIMEOUT_MS) });
      workers.push(worker);
      return worker;
    },
    start: (...args) => launch('start-backfill', [BACKFILL, '--yes', '--json', ...args], env).outcome,
    backfill: (...args) => launch('backfill', args, env).outcome,
    async report() {
      return (await books.backfill('report', '--json')).json() as unknown as Report;
    },
    async calls() {
      return callsOfRun(createTable(dynamodb, name), (await client.run(BACKFILL)).runId);
    },
    async close() {
      for (const worker of workers) await worker.kill();
      dynamodb.destroy();
      await client.close();
    },
  };
  return books;
}

/** Looks at the provider's own bill all the time. */
export interface Witness {
  /** In nanodollars: the highest that it has seen. */
  highest(): number;
  /** Resolves when the bill has come to so much. */
  reaches(nanodollars: number): Promise<void>;
  stop(): Promise<void>;
}

const LOOKS_EVERY_MS = 20;

/** `cap`, in nanodollars, may be changed; whoever stops the witness hears of every bill above it. */
export function witness(simulator: Simulator, cap: () => number): Witness {
  let highest = 0;
  let over: Error | undefined;
  let stopped = false;
  const watching = (async () => {
    while (!stopped) {
      highest = nanodollarsOf((await simulator.bill()).costUsd);
      if (highest > cap())
        over ??= new Error(`the bill was ${highest}, above the cap of ${cap()} nanodollars`);
      await sleep(LOOKS_EVERY_MS);
    }
  })();
  return {
    highest: () => highest,
    async reaches(nanodollars) {
      while (highest < nanodollars && !stopped) await sleep(LOOKS_EVERY_MS);
    },
    async stop() {
      stopped = true;
      await watching;
      if (over) throw over;
    },
  };
}

export function nanodollarsOf(usd: number): number {
  return Math.round(usd * 1e9);
}
