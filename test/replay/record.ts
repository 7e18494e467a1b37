import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { startStack } from '../../src/stack/stack.ts';
import { TINY_WORST_CASE } from '../support/tiny.ts';
import { openTinyTown, type TinyJob, type TinyTown } from '../support/tiny-town.ts';
import { webUi } from '../support/web-ui.ts';

/**
 * Records the histories of small runs with the workflows as they are now, all or the named ones:
 *
 * ```sh
 * npx node test/replay/record.ts
 * npx node test/replay/record.ts steered
 * ```
 */
const folder = path.join(import.meta.dirname, 'histories');

const named = process.argv.slice(2);

const dataDir = await mkdtemp(path.join(tmpdir(), 'temporal-backfill-record-'));
const stack = await startStack({ dataDir, say: console.error });
Object.assign(process.env, stack.env);
const town = await openTinyTown('record');
try {
  for (const [name, recordRun] of Object.entries({
    undisturbed: recordUndisturbedRun,
    disturbed: recordDisturbedRun,
    steered: recordSteeredRun,
  })) {
    if (named.length === 0 || named.includes(name)) await recordRun(town);
  }
} finally {
  await town.close();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function recordUndisturbedRun(town: TinyTown): Promise<void> {
  const job = await town.job({ units: 3, items: 2 });
  await job.start();
  await job.until('done');
  await record('parent-done', job.workflowId);
  await record('child-done', `${job.workflowId}/unit-000002`);
}

/** A pause, a resume and a full history of the parent; a retry, a pause and a full history of a child. */
async function recordDisturbedRun(town: TinyTown): Promise<void> {
  const job = await town.job({ units: 6, items: 8, settings: { maxHistory: 40, page: 3, concurrency: 3 } });
  job.provider.latencyMs = 300;
  refuseOnce(job, '-1-2');
  await job.start();
  await job.asked(6);
  await job.pause();
  await job.until('paused');
  job.provider.latencyMs = 10;
  await job.resume();
  await job.until('done');
  await recordEveryExecution(town, 'parent-paused-and-continued', job.workflowId);
  await recordEveryExecution(town, 'child-paused-and-retried', `${job.workflowId}/unit-000001`);
}

/** A canary and its approval, tunings, a pause for the budget, and a verify that makes the run undo itself. */
async function recordSteeredRun(town: TinyTown): Promise<void> {
  const job = await town.job({
    units: 4,
    items: 5,
    settings: { canary: 4, budget: 8 * TINY_WORST_CASE, onFailure: 'rollback', window: 2 },
    verifyFails: true,
  });
  await job.start();
  await job.until('awaiting-approval');
  await job.tune({ window: 4, concurrency: 2 });
  await job.approve();
  await job.until('paused');
  await job.tune({ budget: null });
  await job.until('rolled-back');
  await town.client.ended(job.name);
  await recordEveryExecution(town, 'parent-steered-and-undone', job.workflowId);
  await record('child-canary', `${job.workflowId}/canary`);
}

function refuseOnce({ provider }: TinyJob, questionEnd: string): void {
  let refused = false;
  provider.refuse = (question) => {
    if (refused || !question.endsWith(questionEnd)) return null;
    refused = true;
    return 500;
  };
}

async function recordEveryExecution({ temporal }: TinyTown, name: string, workflowId: string): Promise<void> {
  const executions: { runId: string; startTime: Date }[] = [];
  // Visibility lags a little behind.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  for await (const { runId, startTime } of temporal.workflow.list({
    query: `WorkflowId = '${workflowId}'`,
  })) {
    executions.push({ runId, startTime });
  }
  executions.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  for (const [n, { runId }] of executions.entries()) {
    await record(`${name}-${n + 1}`, workflowId, runId);
  }
}

async function record(name: string, workflowId: string, execution?: string): Promise<void> {
  const history = await webUi().downloadHistory(workflowId, execution);
  // Machines have names, which nobody else needs to know.
  const json = JSON.stringify(history).replaceAll(`${process.pid}@${hostname()}`, 'worker');
  await writeFile(path.join(folder, `${name}.json`), `${json}\n`);
  console.error(`${name}: ${history.events.length} events`);
}
