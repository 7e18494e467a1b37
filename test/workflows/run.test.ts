import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pending } from '../../src/domain/counts.ts';
import { UsageError } from '../../src/domain/failure.ts';
import { progressQuery } from '../../src/workflows/messages.ts';
import { billedTwice, eventually, openTinyTown, type TinyJob, type TinyTown } from '../support/tiny-town.ts';
import { webUi } from '../support/web-ui.ts';

let town: TinyTown;
beforeAll(async () => {
  town = await openTinyTown('run');
});
afterAll(() => town.close());

test('a run works every item once, and each child has at most thirty history events, all counted', async () => {
  const job = await town.job({ units: 60, items: 4 });
  await job.start();
  const { run, audit } = await job.expectDone();

  expect(run).toMatchObject({ units: 60, unknownCalls: 0, unknownHeld: 0, classes: {} });
  expect(audit).toMatchObject({ calls: job.total, unknown: [], duplicates: [], possiblyPaidTwice: 0 });
  expect(job.provider.billed.size).toBe(job.total);
  expect(billedTwice(job.provider)).toEqual(new Map());
  const { children, events } = await histories(job);
  expect(children).toBe(60);
  expect(events / children).toBeLessThanOrEqual(30);
});

test('a run of many small units packs them, and has at most a tenth of a history event per item', async () => {
  const job = await town.job({ units: 400, items: 5 });
  await job.start();
  await job.expectDone();
  const { children, events } = await histories(job);
  expect(children).toBe(4);
  expect(events / job.total).toBeLessThanOrEqual(0.1);
});

test('a unit of many pages is worked page after page, and none of them twice', async () => {
  const job = await town.job({ units: 2, items: 130, settings: { page: 50 } });
  await job.start();
  await job.expectDone();
  expect(billedTwice(job.provider)).toEqual(new Map());
  expect(await webUi().activitySummaries(`${job.workflowId}/unit-000002`)).toEqual([
    'page 0: from item 1 of 130',
    'page 1: from item 51 of 130',
    'page 2: from item 101 of 130',
  ]);
});

test('items that come or go while a run is under way are counted, and its numbers add up all the same', async () => {
  const job = await town.job({ units: 2, items: 40, settings: { window: 1, concurrency: 4 } });
  job.provider.latencyMs = 50;
  await job.start();
  await job.asked(8);
  const { postgres } = town.client.surroundings.stores;
  await postgres.query(
    `DELETE FROM ${job.table} WHERE id IN (SELECT id FROM ${job.table} WHERE unit = 'unit-000002' LIMIT 7)`,
  );
  const { run } = await job.expectDone({ written: 73, skipped: 7 });
  expect(run.classes).toEqual({ gone: 7 });
});

test('a row that somebody else writes between read and write is kept, and counted as a conflict', async () => {
  const job = await town.job({ units: 1, items: 10, settings: { concurrency: 10 } });
  job.provider.latencyMs = 500;
  await job.start();
  await job.asked(10);
  const { stores, journalOf } = town.client.surroundings;
  const { postgres } = stores;
  const theirs = await postgres.query(
    `UPDATE ${job.table} SET answer = 'by hand' WHERE id = (SELECT min(id::text)::uuid FROM ${job.table}) RETURNING id::text`,
  );
  const run = await job.until('done');
  expect(run.counts).toMatchObject({ written: 9, conflicts: 1 });
  expect(pending(run.counts)).toBe(0);
  expect(await job.answers()).toEqual({ right: 9, any: 10 });
  expect(await journalOf(run.backfill).conflicts(run.runId)).toMatchObject([{ item: theirs.rows[0].id }]);
});

test('what an earlier run paid for is written again without being bought again', async () => {
  const job = await town.job({ units: 2, items: 15 });
  await job.start();
  await job.expectDone();
  await town.client.surroundings.stores.postgres.query(`UPDATE ${job.table} SET answer = NULL`);
  await job.start();
  const run = await job.until('done');
  expect(run.counts).toMatchObject({ total: 30, cached: 30, written: 0 });
  expect(run.spent).toBe(0);
  expect(await job.answers()).toEqual({ right: 30, any: 30 });
  expect(billedTwice(job.provider)).toEqual(new Map());
});

test('an empty selection says so, and starts no workflow', async () => {
  const job = await town.job({ units: 1, items: 3 });
  await town.client.surroundings.stores.postgres.query(`UPDATE ${job.table} SET answer = 'there'`);
  expect(await town.client.start(job.request)).toMatchObject({ kind: 'empty', survey: { items: 0 } });
  await expect(town.temporal.workflow.getHandle(job.workflowId).describe()).rejects.toThrow(/not found/);
  await expect(town.client.run(job.name)).rejects.toThrow(`there is no run of '${job.name}' yet`);
});

test('a second run over the same data is refused while the first is open, and says what to do', async () => {
  const job = await town.job({ units: 2, items: 20 });
  job.provider.latencyMs = 100;
  // At the same moment, too, only one gets through.
  const starts = await Promise.allSettled([town.client.start(job.request), town.client.start(job.request)]);
  expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const failure = await town.client.start(job.request).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UsageError);
  expect(failure).toMatchObject({
    message: `a run of '${job.name}' is open already`,
    hint: expect.stringContaining(`backfill watch ${job.name}`),
  });
  await town.client.ended(job.name);
  expect(await job.answers()).toEqual({ right: 40, any: 40 });
  expect(billedTwice(job.provider)).toEqual(new Map());
  const states = (await town.client.runs()).filter(({ backfill }) => backfill === job.name);
  expect(states.map(({ state }) => state).filter((state) => state === 'done')).toHaveLength(1);
  expect(states.every(({ state }) => state === 'done' || state === 'cancelled')).toBe(true);
});

test('the Temporal Web UI alone tells what a run does', async () => {
  const job = await town.job({ units: 3, items: 20, settings: { concurrency: 4, page: 10 } });
  job.provider.latencyMs = 100;
  const { runId } = await job.start();
  await job.asked(10);
  const ui = webUi();

  expect(await ui.describe(job.workflowId)).toMatchObject({
    status: 'WORKFLOW_EXECUTION_STATUS_RUNNING',
    summary: `${job.name}: 60 items`,
    searchAttributes: { BackfillName: [job.name], BackfillStatus: 'running', BackfillCostUsd: 0 },
    children: ['unit-000001', 'unit-000002', 'unit-000003'].map((unit) => `${job.workflowId}/${unit}`),
  });
  expect(await ui.describe(`${job.workflowId}/unit-000001`)).toMatchObject({
    summary: 'unit-000001: 20 items',
  });
  expect(await ui.currentDetails(job.workflowId)).toContain(`**${job.name}** run \`${runId}\`: **running**`);

  await job.pause();
  await job.until('paused');
  await eventually(
    () => ui.list(`BackfillName = '${job.name}' AND BackfillStatus = 'paused'`),
    (found) => found.length === 1,
    5_000,
    String,
  );
  expect(await ui.currentDetails(job.workflowId)).toContain('**paused** (paused by a test)');
  await job.resume();

  const { run } = await job.expectDone();
  const cost = `BackfillStatus = 'done' AND BackfillCostUsd > 0 AND BackfillName = '${job.name}'`;
  await eventually(
    () => ui.list(cost),
    (found) => found.length === 1,
    5_000,
    String,
  );
  expect((await ui.describe(job.workflowId)).searchAttributes.BackfillCostUsd).toBeCloseTo(
    run.spent / 1e9,
    9,
  );
  expect(await ui.activitySummaries(job.workflowId)).toEqual([
    'running',
    'plan',
    'pausing',
    'paused',
    'running',
    'done',
  ]);
  expect(await ui.currentDetails(`${job.workflowId}/unit-000003`)).toContain('of 20 items**');
});

test('where search attributes may not be registered, a run goes on without them', async () => {
  const namespace = 'full-of-attributes';
  await makeFullNamespace(namespace);
  const elsewhere = await openTinyTown('full', { namespace });
  try {
    const job = await elsewhere.job({ units: 2, items: 5 });
    await job.start();
    await job.expectDone();
    const { searchAttributes } = await webUi(undefined, namespace).describe(job.workflowId);
    expect(Object.keys(searchAttributes).filter((name) => name.startsWith('Backfill'))).toEqual([]);
  } finally {
    await elsewhere.close();
  }
});

/** Events of the run's workflow and of all its children together. */
async function histories(job: TinyJob): Promise<{ children: number; events: number }> {
  const { scopes } = await town.temporal.workflow.getHandle(job.workflowId).query(progressQuery);
  const query = `WorkflowId STARTS_WITH '${job.workflowId}/'`;
  // Visibility lags a little behind.
  await eventually(
    () => town.temporal.workflow.count(query),
    ({ count }) => count >= scopes.ended,
    5_000,
    ({ count }) => `${count} children found of ${scopes.ended}`,
  );
  let events = await historyLength(job.workflowId);
  let children = 0;
  for await (const child of town.temporal.workflow.list({ query })) {
    events += await historyLength(child.workflowId);
    children += 1;
  }
  return { children, events };
}

async function historyLength(workflowId: string): Promise<number> {
  return (await town.temporal.workflow.getHandle(workflowId).describe()).historyLength;
}

/** A namespace that has room for no other keyword attribute. */
async function makeFullNamespace(namespace: string): Promise<void> {
  const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS ?? '' });
  const client = new Client({ connection, namespace });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  const describeIt = () =>
    connection.operatorService.listSearchAttributes({ namespace }).then(
      () => true,
      () => false,
    );
  await eventually(describeIt, Boolean, 20_000, () => `no namespace ${namespace}`);
  const full = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`Taken${n}`, 2]));
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: full });
  await client.connection.close();
}
