import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Config } from '../../src/config.ts';

/** A tiny worker that can be killed like any process. */
export interface WorkerProcess {
  pid: number;
  /** Resolves when it has ended, however. */
  ended: Promise<unknown>;
  running(): boolean;
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
}

/** Resolves when the worker polls. `config`: the variables in which it differs from this process. */
export function startWorkerProcess(config: Partial<Config>, backfills: string[]): Promise<WorkerProcess> {
  const env = { ...process.env, ...config, TINY_BACKFILLS: backfills.join() };
  return forkWorker(path.join(import.meta.dirname, 'tiny-worker.ts'), env);
}

/** `program`: sends a message when it polls, and ends with this process. */
export async function forkWorker(
  program: string,
  env: NodeJS.ProcessEnv,
  args: readonly string[] = [],
): Promise<WorkerProcess> {
  const child = fork(program, args, {
    env,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const said: Buffer[] = [];
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk));
  const ended = once(child, 'exit');
  await Promise.race([once(child, 'message'), ended]);
  if (!isRunning(child)) throw new Error(`the worker did not start: ${Buffer.concat(said)}`);
  return {
    pid: child.pid as number,
    ended,
    running: () => isRunning(child),
    async kill() {
      child.kill('SIGKILL');
      if (isRunning(child)) await ended;
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
