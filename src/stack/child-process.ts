import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Guard } from './guard.ts';
import { endProcess, identify, type ProcessIdentity } from './process-identity.ts';

export interface Command {
  file: string;
  args: string[];
  cwd?: string;
  /** All of it: nothing is inherited, so that no server sees a secret or a variable meant for another. */
  env: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
}

export interface Child extends ProcessIdentity {
  /** How it ended, in words. Never rejects. */
  ended: Promise<string>;
  /** Polite, then by force. Resolves when it is gone. */
  end(): Promise<void>;
}

/** Variables that a server needs of ours. */
export function plainEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'SystemRoot'];
  return Object.fromEntries(names.filter((name) => env[name]).map((name) => [name, env[name]]));
}

/** Starts a process whose output goes to an open file, watched by the guard until it ends. */
export async function startChild(command: Command, output: number, guard: Guard): Promise<Child> {
  const child = await launch(command, ['ignore', output, output]);
  const ended = endOf(child);
  // A server alone keeps nobody up: when its owner has nothing left to do, it ends, and the guard the server.
  child.unref();
  const identity = identify(child.pid as number) ?? { pid: child.pid as number, born: 'gone' };
  guard.watch(identity);
  void ended.then(() => guard.unwatch(identity));
  return {
    ...identity,
    ended,
    async end() {
      child.ref();
      await endProcess(identity);
      await ended;
    },
  };
}

/**
 * Runs a tool to its end and returns its output. Throws with the last lines of the output when it fails,
 * with `code: 'ENOENT'` when it does not exist; ends it when the signal says so.
 */
export async function runTool(
  command: Command,
  { guard, signal, onLine }: { guard: Guard; signal: AbortSignal; onLine?: (line: string) => void },
): Promise<string> {
  signal.throwIfAborted();
  const child = await launch(command, ['ignore', 'pipe', 'pipe']);
  const ended = endOf(child);
  const identity = identify(child.pid as number) ?? { pid: child.pid as number, born: 'gone' };
  guard.watch(identity);
  const stop = () => void endProcess(identity);
  signal.addEventListener('abort', stop);
  const lines: string[] = [];
  const keep = (line: string) => {
    lines.push(line);
    onLine?.(line);
  };
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', keep);
  }
  const end = await ended;
  signal.removeEventListener('abort', stop);
  guard.unwatch(identity);
  signal.throwIfAborted();
  if (end !== 'code 0') {
    throw new Error(
      `${command.file} ended with ${end}: ${lines.slice(-8).join('\n  ') || 'it said nothing'}`,
    );
  }
  return lines.join('\n');
}

/** Of its own session: Ctrl-C on a terminal reaches us only, and we decide when our servers stop. */
function launch(command: Command, stdio: ('ignore' | 'pipe' | number)[]): Promise<ChildProcess> {
  const { file, args, ...options } = command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...options, stdio, detached: true });
    child.once('error', reject);
    child.once('spawn', () => resolve(child));
  });
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve(signal ? `signal ${signal}` : `code ${code}`));
  });
}
