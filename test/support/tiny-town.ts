import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import retry from 'p-retry';
import { expect } from 'vitest';
import type { BackfillDefinition } from '../../src/backfills/define.ts';
import { type BackfillClient, connect, type StartRequest } from '../../src/client.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { type Counts, NO_COUNTS, pending } from '../../src/domain/counts.ts';
import type { Run } from '../../src/domain/run.ts';
import type { RunState } from '../../src/domain/run-state.ts';
import type { RunSettings } from '../../src/domain/settings.ts';
import type { Tuning } from '../../src/domain/tuning.ts';
import type { Audit } from '../../src/stores/ledger/ledger.ts';
import { type BackfillWorker, startWorker } from '../../src/worker.ts';
import { freshName } from './gated-stores.ts';
import { createTinyTable, TINY_COST, tinyNamed } from './tiny.ts';
import { startTinyProvider, type TinyProvider } from './tiny-provider.ts';

/** Real servers, a client and perhaps a worker, with a task queue and a ledger table that no other town uses. */
export interface TinyTown {
  config: Config;
  client: BackfillClient;
  temporal: Client;
  /** One more worker in this process. */
  hire(): Promise<BackfillWorker>;
  /** A table of `units` × `items` rows, a provider, and a backfill between them. */
  job(size: { units: number; items: number; settings?: Settings; verifyFails?: true }): Promise<TinyJob>;
  /** From now on workers and client have this version of the backfill. */
  deploy(name: string, version: string): void;
  close(): Promise<void>;
}

type Settings = Partial<Omit<RunSettings, 'options'>>;

/** One tiny backfill, under a name of its own, and its newest run. */
export interface TinyJob {
  name: string;
  workflowId: string;
  table: string;
  total: number;
  provider: TinyProvider;
  request: StartRequest;
  start(): Promise<Run>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  cancel(): Promise<void>;
  approve(): Promise<void>;
  tune(tuning: Tuning): Promise<string[]>;
  run(): Promise<Run>;
  audit(): Promise<Audit>;
  /** Waits until the run is in this state, and for a closed one, until Temporal says so too. */
  until(state: RunState, withinMs?: number): Promise<Run>;
  /** Waits until so many requests have arrived at the provider. */
  asked(requests: number, withinMs?: number): Promise<void>;
  /** Rows whose answer is theirs, and rows with any answer. */
  answers(): Promise<{ right: number; any: number }>;
  /** The run is done, every item has its answer, and every number agrees with every other. */
  expectDone(counts?: Partial<Counts>, withinMs?: number): Promise<{ run: Run; audit: Audit }>;
}

export async function openTinyTown(
  theme: string,
  options: { worker?: false; namespace?: string } = {},
): Promise<TinyTown> {
  const config = readConfig({
    ...process.env,
    ...(options.namespace && { TEMPORAL_NAMESPACE: options.namespace }),
    BACKFILL_TASK_QUEUE: freshName(theme),
    BACKFILL_LEDGER_TABLE: freshName('ledger'),
  });
  const backfills: BackfillDefinition[] = [];
  const client = await connect(config, backfills);
  const connection = await Connection.connect({ address: config.TEMPORAL_ADDRESS ?? '' });
  const temporal = new Client({ connection, namespace: config.TEMPORAL_NAMESPACE ?? 'default' });
  const worker: BackfillWorker | undefined =
    options.worker === false ? undefined : await startWorker(config, { backfills });
  const providers: TinyProvider[] = [];

  return {
    config,
    client,
    temporal,
    hire: () => startWorker(config, { backfills }),
    deploy(name, version) {
      const place = backfills.findIndex((one) => one.name === name);
      backfills[place] = tinyNamed(name, { version });
    },
    async job({ units, items, settings = {}, verifyFails }) {
      const provider = await startTinyProvider();
      providers.push(provider);
      const table = freshName('tiny');
      await createTinyTable(client.surroundings.stores, table, units, items);
      const name = freshName(`tiny-${theme}`);
      backfills.push(tinyNamed(name));
      return openJob(client, provider, {
        name,
        table,
        total: units * items,
        settings,
        ...(verifyFails && { verifyFails }),
      });
    },
    async close() {
      await worker?.stop();
      await connection.close();
      await client.close();
      await Promise.all(providers.map((provider) => provider.close()));
    },
  };
}

function openJob(
  client: BackfillClient,
  provider: TinyProvider,
  {
    name,
    table,
    total,
    settings,
    verifyFails,
  }: { name: string; table: string; total: number; settings: Settings; verifyFails?: true },
): TinyJob {
  const { ledger, stores } = client.surroundings;
  const { postgres } = stores;
  const request: StartRequest = {
    backfill: name,
    options: { provider: provider.url, table, ...(verifyFails && { verifyFails }) },
    selection: { only: 'missing' },
    settings: { rates: {}, ...settings },
  };
  let runId = '';

  const job: TinyJob = {
    name,
    workflowId: `backfill/${name}`,
    table,
    total,
    provider,
    request,
    async start() {
      const started = await client.start(request);
      if (started.kind === 'empty') throw new Error('nothing to do');
      runId = started.run.runId;
      return started.run;
    },
    pause: () => client.pause(name, 'a test'),
    resume: () => client.resume(name, 'a test'),
    cancel: () => client.cancel(name),
    approve: () => client.approve(name, 'a test'),
    tune: (tuning) => client.tune(name, tuning, 'a test'),
    run: () => client.run(runId),
    audit: () => ledger.audit(runId),
    async until(state, withinMs = 30_000) {
      const run = await eventually(
        job.run,
        (now) => now.state === state,
        withinMs,
        (now) =>
          `${name} is ${now.state}, not ${state}: ${JSON.stringify({ ...now.counts, reason: now.reason })}`,
      );
      if (state === 'done' || state === 'cancelled') await client.ended(name);
      return run;
    },
    async asked(requests, withinMs = 30_000) {
      await eventually(
        async () => provider.arrivals.length,
        (now) => now >= requests,
        withinMs,
        (now) => `${now} requests arrived, not ${requests}`,
      );
    },
    async answers() {
      // A neighbouring test may have the database down for a moment.
      const { rows } = await retry(
        () =>
          postgres.query(
            `SELECT count(answer)::int AS any, count(*) FILTER (WHERE answer = 'answer to ' || question)::int AS right FROM ${table}`,
          ),
        A_MOMENT,
      );
      return rows[0];
    },
    async expectDone(counts = { written: total }, withinMs = 60_000) {
      const run = await job.until('done', withinMs);
      const audit = await job.audit();
      expect(run.counts).toEqual({ ...NO_COUNTS, total, ...counts });
      expect(pending(run.counts)).toBe(0);
      expect(await job.answers()).toEqual({ right: run.counts.written, any: run.counts.written });
      expect(run.holds).toEqual({});
      expect(run.spent).toBe(audit.spent);
      expect(run.spent).toBe(run.counts.written * TINY_COST);
      return { run, audit };
    },
  };
  return job;
}

/** For `p-retry`: until a server is back. */
export const A_MOMENT = { retries: 40, minTimeout: 250, factor: 1 };

/** Asks until the answer pleases; throws what `otherwise` says of the last one. */
export async function eventually<T>(
  ask: () => Promise<T>,
  pleases: (answer: T) => boolean,
  withinMs: number,
  otherwise: (answer: T) => string,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (pleases(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`after ${withinMs} ms: ${otherwise(answer)}`);
    await sleep(50);
  }
}

/** Questions that were billed more often than once, with how much more often. */
export function billedTwice({ billed }: TinyProvider): Map<string, number> {
  return new Map(
    [...billed].filter(([, times]) => times > 1).map(([question, times]) => [question, times - 1]),
  );
}
