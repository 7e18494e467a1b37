import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { eachLine } from './each-line.ts';
import { isServerVariable } from './server-variables.ts';

/** A command of the user's that runs beside a run. */
export interface Hook {
  argv: readonly string[];
  timeoutMs: number;
}

export interface HookCall {
  /** For its environment. */
  variables: Record<string, string>;
  onLine: (line: string) => void;
  /** Ends it early. */
  signal?: AbortSignal | undefined;
}

/** From being asked to end to being ended. */
const GRACE_MS = 2_000;

/** What ended processes have written is read for so long. */
const DRAIN_MS = 500;

/**
 * Runs the command without a shell, in a process group of its own, of which nothing is left afterwards. Returns why it
 * failed; null: it did not. Never rejects.
 */
export async function runHook(hook: Hook, call: HookCall): Promise<string | null> {
  try {
    return await untilEnded(start(hook, call), hook, call);
  } catch (error) {
    return (error as Error).message;
  }
}

type Started = ChildProcessByStdio<null, Readable, Readable>;

function start({ argv }: Hook, { variables, onLine }: HookCall): Started {
  const [command = '', ...args] = argv;
  const env = { ...harmlessEnvironment(), ...variables };
  const child = spawn(command, args, { detached: true, env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) eachLine(stream, onLine);
  return child;
}

async function untilEnded(child: Started, { timeoutMs }: Hook, { signal }: HookCall): Promise<string | null> {
  const killAll = () => signalGroup(child, 'SIGKILL');
  process.once('exit', killAll);
  const closed = once(child, 'close').catch(() => undefined);
  const late = AbortSignal.timeout(timeoutMs);
  const stop = signal ? AbortSignal.any([late, signal]) : late;
  const end = () => void endGroup(child);
  if (stop.aborted) end();
  else stop.addEventListener('abort', end, { once: true });
  const failure = await failureOf(child);
  stop.removeEventListener('abort', end);
  const why = stop.aborted
    ? signal?.aborted
      ? 'interrupted'
      : `took longer than ${timeoutMs / 1000} s`
    : '';

  killAll();
  await Promise.race([closed, sleep(DRAIN_MS)]);
  child.stdout.destroy();
  child.stderr.destroy();
  process.off('exit', killAll);
  return why ? `${why}, and was ended` : failure;
}

/** Keys stay with us: a hook gets what we have, but for what names servers and providers. */
function harmlessEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isServerVariable(name)));
}

function failureOf(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve) => {
    child.once('error', ({ code, message }: NodeJS.ErrnoException) =>
      resolve(code === 'ENOENT' ? `there is no such command: ${child.spawnfile}` : message),
    );
    child.once('exit', (code, signal) => {
      if (code === 0) resolve(null);
      else resolve(code === null ? `was ended by ${signal}` : `ended with exit code ${code}`);
    });
  });
}

async function endGroup(child: ChildProcess): Promise<void> {
  signalGroup(child, 'SIGTERM');
  await sleep(GRACE_MS, undefined, { ref: false });
  if (child.exitCode === null && child.signalCode === null) signalGroup(child, 'SIGKILL');
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // Nobody of it is left, or nobody whom we may end.
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
