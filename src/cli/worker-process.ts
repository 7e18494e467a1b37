import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { say } from './output.ts';

export interface WorkerProcess {
  pid: number;
  /** Megabytes at the highest so far; null where the system does not tell. */
  peakMemory(): Promise<number | null>;
  /** Rejects with {@link WorkerEnded} when the worker ends by itself. */
  failed: Promise<never>;
  /** Settles what is in flight, and ends it. */
  stop(): Promise<void>;
}

/** A worker ended that nobody had asked to. It has said why on stderr. */
export class WorkerEnded extends Error {
  override name = 'WorkerEnded';
  /** As a shell tells it: 137 after SIGKILL. */
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`the worker ended by itself (exit code ${exitCode})`);
    this.exitCode = exitCode;
  }
}

const PROGRAM = fileURLToPath(new URL('worker-main.ts', import.meta.url));

/**
 * A worker stays below 400 MB. Left alone, V8 lets the garbage of thousands of answers grow before it looks,
 * and glibc keeps an arena of freed image buffers per thread: together 700 MB over 2,000 photos. With these it
 * is 363 MB, for the same speed; a tighter heap (256 MB) saves 50 MB more and costs a third of the speed.
 * What is large goes back when it is freed: glibc would learn to keep it, such as 300 MB for each model that was read.
 */
const BOUNDED_HEAP = ['--max-semi-space-size=16', '--max-old-space-size=1024'];
const BOUNDED_MALLOC = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: String(2 * 1024 * 1024),
  MALLOC_TRIM_THRESHOLD_: String(8 * 1024 * 1024),
};

/**
 * Starts a worker in a process of its own, over the servers that this process's environment names; resolves
 * when it works. `queue`: serves only backfills that name it. What it says goes to our stderr. It ends with this process, however this one ends.
 */
export async function startWorkerProcess(queue?: string): Promise<WorkerProcess> {
  const child = fork(PROGRAM, queue === undefined ? [] : ['--queue', queue], {
    execArgv: BOUNDED_HEAP,
    env: { ...process.env, ...BOUNDED_MALLOC },
    // A Ctrl-C in the terminal is for us; the worker is told when its time has come.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  createInterface({ input: child.stderr as Readable }).on('line', say);
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise<number>((resolve) => {
    child.once('close', (code, signal) => {
      process.off('exit', kill);
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']);
    });
  });

  let stopping = false;
  const failed = ended.then((exitCode) => {
    if (stopping) return new Promise<never>(() => {});
    throw new WorkerEnded(exitCode);
  });
  failed.catch(() => {});
  await Promise.race([once(child, 'message'), failed]);
  return {
    pid: child.pid as number,
    failed,
    peakMemory: () => peakMemoryOf(child.pid as number),
    async stop() {
      stopping = true;
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function peakMemoryOf(pid: number): Promise<number | null> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return kilobytes ? Math.round(Number(kilobytes) / 1024) : null;
  } catch {
    return null;
  }
}
