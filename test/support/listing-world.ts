import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Client } from '@opensearch-project/opensearch';
import { type BackfillClient, connect, isFinished, type StartRequest } from '../../src/client.ts';
import { type Config, readConfig } from '../../src/config.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Run } from '../../src/domain/run.ts';
import type { RunState } from '../../src/domain/run-state.ts';
import { type LoadOptions, type LoadSummary, loadListings } from '../../src/stack/listings/load.ts';
import { openSearch } from '../../src/stores/opensearch/client.ts';
import { everyDocument } from '../../src/stores/opensearch/every-document.ts';
import { freshName } from './gated-stores.ts';
import { eventually } from './tiny-town.ts';
import { forkWorker, type WorkerProcess } from './worker-process.ts';

export const LISTINGS = 'listing-features';

/** Documents by zpid. */
export type Listings = Map<string, JsonObject>;

/** An index, a cache, a journal, a ledger and a task queue of its own, on the servers of the test run. */
export interface ListingWorld {
  config: Config;
  /** What a command needs to come to this world. */
  env: NodeJS.ProcessEnv;
  client: BackfillClient;
  opensearch: Client;
  index: string;
  /** As flags: the index and the cache of this world. */
  flags: string[];
  sample: LoadSummary;
  /** A worker in a process of its own. */
  hire(env?: NodeJS.ProcessEnv): Promise<WorkerProcess>;
  start(request?: Partial<StartRequest>): Promise<Run>;
  /** Starts a run and waits for its end. */
  run(request?: Partial<StartRequest>): Promise<Run>;
  rollBack(run: Run, withinMs?: number): Promise<Run>;
  until(run: Pick<Run, 'runId'>, state: RunState, withinMs?: number): Promise<Run>;
  dump(): Promise<Listings>;
  /** Ends a run that is open, and takes back what is left of all: so a test that fails spoils no other. */
  undo(): Promise<void>;
  close(): Promise<void>;
}

export interface ListingWorldOptions
  extends Omit<LoadOptions, 'opensearchUrl' | 'dynamodb' | 'index' | 'table'> {
  /** Instead of that of the test run. */
  opensearchUrl?: string;
  /** Where clients and workers go instead: a proxy that makes trouble. */
  through?: { OPENSEARCH_URL?: string; AWS_ENDPOINT_URL_DYNAMODB?: string };
}

export async function openListingWorld({
  opensearchUrl = process.env.OPENSEARCH_URL ?? '',
  through = {},
  ...size
}: ListingWorldOptions = {}): Promise<ListingWorld> {
  const name = freshName('listings');
  const index = `${name}-v2`;
  const table = `${name}-cache`;
  const own = { BACKFILL_LEDGER_TABLE: name, BACKFILL_TASK_QUEUE: name, BACKFILL_JOURNAL_PREFIX: name };
  const { DATABASE_URL: _, ...given } = process.env;
  const env = { ...given, NO_COLOR: '1', ...own, OPENSEARCH_URL: opensearchUrl, ...through };
  const dynamodb = new DynamoDBClient({});
  const sample = await loadListings({ ...size, opensearchUrl, index, dynamodb, table });
  dynamodb.destroy();
  const config = readConfig(env);
  const client = await connect(config);
  const opensearch = openSearch(opensearchUrl);
  const workers: WorkerProcess[] = [];
  const isIdle = () => !workers.some((worker) => worker.running());
  const options = { index, cacheTable: table };

  const world: ListingWorld = {
    config,
    env,
    client,
    opensearch,
    index,
    flags: ['--index', index, '--cache-table', table],
    sample,

    async hire(more = {}) {
      const worker = await forkWorker(WORKER, { ...env, ...more });
      workers.push(worker);
      return worker;
    },

    async start(request = {}) {
      const started = await client.start({
        backfill: LISTINGS,
        selection: { only: 'missing' },
        ...request,
        options: { ...options, ...request.options },
      });
      if (started.kind === 'empty') throw new Error('there was nothing to do');
      return started.run;
    },

    run: async (request) => world.until(await world.start(request), 'done'),

    async rollBack(run, withinMs) {
      const started = await client.startRollback(run.runId);
      if (started.kind === 'empty') throw new Error('there was nothing to put back');
      return world.until(started.run, 'done', withinMs);
    },

    async until({ runId }, state, withinMs = 60_000) {
      const run = await eventually(
        () => client.run(runId),
        (now) => now.state === state || now.state === 'paused' || isFinished(now),
        withinMs,
        (now) => `${runId} is ${now.state}: ${JSON.stringify({ ...now.counts, reason: now.reason })}`,
      );
      if (run.state !== state)
        throw new Error(`${runId} is ${run.state}, not ${state}: ${run.reason?.message}`);
      if (isFinished(run)) await client.ended(LISTINGS);
      return run;
    },

    async dump() {
      await opensearch.indices.refresh({ index });
      const documents: Listings = new Map();
      const source = ['*'];
      for await (const page of everyDocument(opensearch, { index, by: 'zpid', source }))
        for (const { id, source: document } of page) documents.set(id, document);
      return documents;
    },

    async undo() {
      await endOpenRun(world, isIdle());
      if (isIdle()) await world.hire();
      for (const run of await client.runs()) {
        if (run.rollbackOf || run.state === 'rolled-back') continue;
        const started = await client.startRollback(run.runId);
        if (started.kind !== 'empty') await world.until(started.run, 'done');
      }
    },

    async close() {
      await endOpenRun(world, isIdle());
      for (const worker of workers) if (worker.running()) await worker.kill();
      await client.close();
      await opensearch.indices.delete({ index: `${name}-*` });
      await opensearch.close();
    },
  };
  return world;
}

const WORKER = path.join(import.meta.dirname, '../../src/cli/worker-main.ts');

/** A workflow left open would refuse the next file's runs. */
async function endOpenRun({ client, hire }: ListingWorld, idle: boolean): Promise<void> {
  const open = (await client.runs()).find((run) => !isFinished(run));
  if (!open) return;
  if (idle) await hire();
  await client.cancel(LISTINGS);
  await client.ended(LISTINGS);
}
