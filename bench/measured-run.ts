import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BackfillClient, isFinished, type StartRequest } from '../src/client.ts';
import type { Run } from '../src/domain/run.ts';
import { type Part, type Stack, startStack } from '../src/stack/stack.ts';
import { cpuSeconds } from './cpu-time.ts';

/** A stack in a folder of its own, which goes with it; its variables are this process's. */
export async function withStack(
  measure: (stack: Stack, dataDir: string) => Promise<void>,
  parts?: readonly Part[],
): Promise<void> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'backfill-bench-'));
  const { PATH, HOME, XDG_CACHE_HOME } = process.env;
  const env = { PATH, HOME, XDG_CACHE_HOME };
  const stack = await startStack({ dataDir, env, say: console.error, ...(parts && { parts }) });
  Object.assign(process.env, stack.env);
  try {
    await measure(stack, dataDir);
  } finally {
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

export interface MeasuredRun {
  run: Run;
  seconds: number;
  /** CPU seconds by process, and what was left of two cores. */
  cpu: Record<string, number>;
}

/** Starts a run, waits for its end, and tells where the time went. */
export async function measureRun(
  client: BackfillClient,
  request: StartRequest,
  processes: Record<string, number>,
): Promise<MeasuredRun> {
  const before = Object.entries(processes).map(([name, pid]) => [name, cpuSeconds(pid)] as const);
  const began = performance.now();
  const started = await client.start(request);
  if (started.kind === 'empty') throw new Error('nothing to do');
  let { run } = started;
  while (!isFinished(run) && run.state !== 'paused') {
    await sleep(250);
    run = await client.run(run.runId);
  }
  const seconds = (performance.now() - began) / 1000;
  if (run.state !== 'done') throw new Error(`the run is ${run.state}: ${run.reason?.message}`);
  const cpu = Object.fromEntries(before.map(([name, at]) => [name, cpuSeconds(processes[name] ?? 0) - at]));
  return { run, seconds, cpu };
}

/** The table of where the time goes, for a person. */
export function printCpu({ cpu, seconds, run }: MeasuredRun): void {
  const items = run.counts.total;
  const rows = Object.entries(cpu).sort(([, a], [, b]) => b - a);
  console.error(`${'process'.padEnd(14)} CPU s   ms per item   share of 2 cores`);
  for (const [name, used] of rows) {
    const share = ((100 * used) / (2 * seconds)).toFixed(0);
    console.error(
      `${name.padEnd(14)} ${used.toFixed(1).padStart(5)}   ${((1000 * used) / items).toFixed(2).padStart(11)}   ${share.padStart(14)} %`,
    );
  }
}

export function pidsOf(stack: Stack): Record<string, number> {
  return Object.fromEntries(stack.services.flatMap(({ name, pid }) => (pid ? [[name, pid]] : [])));
}
