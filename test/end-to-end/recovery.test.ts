import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import retry from 'p-retry';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Run } from '../../src/domain/run.ts';
import { type Stack, startStack } from '../../src/stack/stack.ts';
import { callKey } from '../../src/stores/ledger/call-key.ts';
import type { Audit } from '../../src/stores/ledger/ledger.ts';
import { TINY_COST, tinyIdentity } from '../support/tiny.ts';
import { A_MOMENT, openTinyTown, type TinyJob, type TinyTown } from '../support/tiny-town.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

/** Pages of a lost worker are given out again after its heartbeat timeout, ten seconds. */
const LONG = 60_000;

let dataDir: string;
let stack: Stack;
const towns: TinyTown[] = [];
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'temporal-backfill-recovery-'));
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(AWS|OPENAI|TEMPORAL|DATABASE)_/.test(name)),
  );
  stack = await startStack({ dataDir, env, say: () => undefined });
  Object.assign(process.env, stack.env);
});
afterAll(async () => {
  for (const worker of workers) await worker.kill();
  for (const town of towns) await town.close();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
});

describe.concurrent('every item of a run ends right', () => {
  test('when its worker is killed three times, then Temporal, the ledger and the database', async () => {
    const concurrency = 16;
    const { job, hire } = await open({ units: 30, items: 60, settings: { concurrency, page: 40 } });
    job.provider.latencyMs = 200;
    await job.start();
    let worker = await hire();
    for (const asked of [150, 350, 600]) {
      await job.asked(asked, LONG);
      await worker.kill();
      worker = await hire();
    }
    for (const [service, asked] of Object.entries({ temporal: 800, dynamodb: 1_000, postgres: 1_200 })) {
      await job.asked(asked, LONG);
      kill(service);
      await sleep(500);
      await stack.restartService(service);
    }
    const { run, audit } = await job.expectDone();

    expectNothingPaidTwiceUnnoticed(job, run, audit);
    // A worker that dies loses what it had in flight; so do pages that are taken over, when Temporal is away for long.
    expect(audit.unknown.length).toBeGreaterThan(0);
    expect(audit.unknown.length).toBeLessThanOrEqual(4 * concurrency);
    expect(worker.running()).toBe(true);
  }, 240_000);

  test('when a worker freezes for longer than its heartbeat; thawed, it buys and writes nothing more', async () => {
    const { town, job, hire } = await open({ units: 4, items: 60, settings: { concurrency: 4 } });
    job.provider.latencyMs = 100;
    await job.start();
    const frozen = await hire();
    await job.asked(60);
    frozen.freeze();
    await hire();
    const { run, audit } = await job.expectDone();
    expect(audit.unknown.length).toBeGreaterThan(0);
    expect(audit.unknown.length).toBeLessThanOrEqual(4);
    const sent = job.provider.arrivals.length;
    const rows = await fingerprint(town, job);

    frozen.thaw();
    await sleep(3_000);
    expect(frozen.running()).toBe(true);
    expect(job.provider.arrivals.length).toBe(sent);
    expect(await fingerprint(town, job)).toEqual(rows);
    expect(await job.run()).toEqual(run);
    expectNothingPaidTwiceUnnoticed(job, run, await job.audit());
  }, 240_000);

  test('but for one that kills every worker that takes it: it fails as such, alone', async () => {
    const { town, job, hire } = await open({ units: 1, items: 12, settings: { concurrency: 4 } });
    const { stores, journalOf } = town.client.surroundings;
    const { postgres } = stores;
    await postgres.query(
      `UPDATE ${job.table} SET question = 'crash' WHERE id = (SELECT id FROM ${job.table} ORDER BY id OFFSET 6 LIMIT 1)`,
    );
    await job.start();
    const replacing = replaceWheneverItDies(hire);
    const { run, audit } = await job.expectDone({ written: 11, failed: 1 }, 200_000);

    expect(await replacing.stop()).toBeLessThanOrEqual(4);
    expect(run.classes).toEqual({ 'crashed-worker': 1 });
    expect(await journalOf(run.backfill).failures(run.runId)).toMatchObject([
      { class: 'crashed-worker', status: 'failed' },
    ]);
    expectNothingPaidTwiceUnnoticed(job, run, audit);
  }, 240_000);
});

/** A job with workers of its own, that can be lost without the others. */
async function open(size: Parameters<TinyTown['job']>[0]) {
  const town = await openTinyTown('recovery', { worker: false });
  towns.push(town);
  const job = await town.job(size);
  const hire = async () => {
    // None starts while a neighbouring test has a server down.
    const worker = await retry(() => startWorkerProcess(town.config, [job.name]), A_MOMENT);
    workers.push(worker);
    return worker;
  };
  return { town, job, hire };
}

function replaceWheneverItDies(hire: () => Promise<WorkerProcess>): { stop(): Promise<number> } {
  let deaths = 0;
  let stopping = false;
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  const replacing = (async () => {
    while (!stopping) {
      const worker = await hire();
      await Promise.race([worker.ended, stopped]);
      if (!stopping) deaths += 1;
    }
  })();
  return {
    async stop() {
      stopping = true;
      resolve();
      await replacing;
      return deaths;
    },
  };
}

function kill(name: string): void {
  const service = stack.services.find((one) => one.name === name);
  process.kill(service?.pid as number, 'SIGKILL');
}

/** The provider is the witness: whatever it billed twice, the ledger lists as possibly paid twice. */
function expectNothingPaidTwiceUnnoticed(job: TinyJob, run: Run, audit: Audit): void {
  for (const [question, times] of job.provider.billed) {
    const key = callKey(tinyIdentity(question));
    const unknown = audit.unknown.filter((call) => call.callKey === key).length;
    const answered = audit.duplicates.find((call) => call.callKey === key)?.times ?? 1;
    expect(times, `billed calls of ${question}`).toBeLessThanOrEqual(unknown + answered);
  }
  const billed = [...job.provider.billed.values()].reduce((sum, times) => sum + times, 0);
  expect(billed * TINY_COST).toBeLessThanOrEqual(run.spent + run.unknownHeld);
}

/** Changes with every write to the table, even one that changes no value. */
async function fingerprint(town: TinyTown, { table }: TinyJob): Promise<unknown> {
  const { postgres } = town.client.surroundings.stores;
  const { rows } = await retry(
    () => postgres.query(`SELECT md5(string_agg(t::text || xmin::text, ',' ORDER BY id)) FROM ${table} t`),
    A_MOMENT,
  );
  return rows;
}
