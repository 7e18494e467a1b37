import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export interface WorkerProcess {
  pid: number;
  /** Megabytes at the highest so far; null where the system does not tell. */
  peakMemory(): Promise<number | null>;
  /** Rejects when the worker ends by itself. */
  failed: Promise<never>;
  /** Settles what is in flight, and ends it. */
  stop(): Promise<void>;
}

/** A worker in a process of its own. It ends with this one, however this one ends. */
export async function startWorkerProcess(dataDir: string): Promise<WorkerProcess> {
  const program = fileURLToPath(new URL('backfill.ts', import.meta.url));
  const child = fork(program, ['worker', '--data-dir', dataDir], {
    // A Ctrl-C in the terminal is for us; the worker is told when its time has come.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const said: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said.push(text);
    said.splice(0, said.length - 20);
  });
  let stopping = false;
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const failed = ended.then((how) => {
    if (stopping) return new Promise<never>(() => {});
    throw new Error(`the worker ended by itself (${how}): ${said.join('').trim() || 'it said nothing'}`);
  });
  failed.catch(() => {});
  await Promise.race([readiness(child), failed]);
  return {
    pid: child.pid ?? 0,
    failed,
    peakMemory: () => peakMemoryOf(child.pid),
    async stop() {
      stopping = true;
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function readiness(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('message', () => resolve());
  });
}

async function peakMemoryOf(pid: number | undefined): Promise<number | null> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return kilobytes ? Math.round(Number(kilobytes) / 1024) : null;
  } catch {
    return null;
  }
}
