import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../domain/failure.ts';
import { type Child, type Command, startChild } from './child-process.ts';
import { folderFailure } from './data-folder.ts';
import type { Guard } from './guard.ts';

/** What starting anything needs. */
export interface Surroundings {
  /** Absolute. */
  dataDir: string;
  /** The user's variables. */
  env: NodeJS.ProcessEnv;
  guard: Guard;
  signal: AbortSignal;
  say: (line: string) => void;
}

/** One server that we start: which process it is, and how one knows that it works. */
export interface Server {
  name: string;
  /** Where people and clients find it. */
  address: string;
  /** What its clients read from the environment. */
  env: Record<string, string>;
  command: Command;
  /**
   * Really talks to it, and makes what must be there (a namespace, a database). Called until it resolves,
   * so it can be called again.
   */
  ready(): Promise<void>;
  /** Asked once it is ready. */
  askVersion?(): Promise<string>;
  /** Said by a start that is worth trying again: what was killed lets go of its data a little later. */
  busy?: RegExp;
}

export interface RunningServer extends Server {
  pid: number;
  born: string;
  startedInMs: number;
  version: string | null;
  stop(): Promise<void>;
  /** Stops what still runs and starts it again, with its ports and its data. */
  restart(): Promise<void>;
}

const READY_WITHIN_MS = 90_000;

export async function startServer(
  server: Server,
  surroundings: Surroundings,
  onStart: (running: RunningServer) => Promise<void>,
): Promise<RunningServer> {
  const log = logFile(surroundings.dataDir, server.name);
  if (existsSync(log)) renameSync(log, log.replace(/\.log$/, '.previous.log'));
  let child: Child;
  let stopping = false;

  const running: RunningServer = {
    ...server,
    pid: 0,
    born: '',
    startedInMs: 0,
    version: null,
    async stop() {
      stopping = true;
      await child.end();
    },
    async restart() {
      await running.stop();
      await start({ ...surroundings, signal: new AbortController().signal });
    },
  };

  async function start(within: Surroundings): Promise<void> {
    const began = Date.now();
    for (;;) {
      child = await spawnServer(server, log, within.guard);
      const { pid, born } = child;
      Object.assign(running, { pid, born });
      await onStart(running);
      const end = await endOrReady(server, child, within.signal);
      if (end === 'ready') break;
      await child.end();
      if (!server.busy?.test(lastLines(log)) || Date.now() - began > READY_WITHIN_MS) {
        throw startFailure(server, end, log, within.dataDir);
      }
      await sleep(200);
    }
    stopping = false;
    const { pid, ended } = child;
    void ended.then((end) => {
      if (!stopping && pid === running.pid)
        within.say(`${server.name} ended by itself (${end}); its log is ${log}`);
    });
    running.startedInMs = Date.now() - began;
    running.version = (await server.askVersion?.().catch(() => null)) ?? null;
  }

  await start(surroundings);
  return running;
}

function logFile(dataDir: string, name: string): string {
  return path.join(dataDir, 'logs', `${name}.log`);
}

async function spawnServer(server: Server, log: string, guard: Guard): Promise<Child> {
  const output = openSync(log, 'a', 0o600);
  try {
    return await startChild(server.command, output, guard);
  } finally {
    closeSync(output);
  }
}

/** Tells `ready`, or why it will never be. */
async function endOrReady(server: Server, child: Child, signal: AbortSignal): Promise<string> {
  let end: string | undefined;
  void child.ended.then((how) => {
    end = `it ended with ${how}`;
  });
  const deadline = Date.now() + READY_WITHIN_MS;
  for (let wait = 15; ; wait = Math.min(wait * 1.3, 250)) {
    if (signal.aborted) {
      await child.end();
      throw signal.reason;
    }
    let refused: unknown;
    try {
      await server.ready();
    } catch (error) {
      refused = error;
    }
    // Asked first: who answers on the port of a process that has ended is somebody else.
    if (end !== undefined) return end;
    if (refused === undefined) return 'ready';
    if (Date.now() > deadline) {
      return `it did not answer within ${READY_WITHIN_MS / 1000} s (${(refused as Error).message})`;
    }
    await sleep(wait);
  }
}

function startFailure(server: Server, end: string, log: string, dataDir: string): unknown {
  const said = lastLines(log);
  const failure = folderFailure(dataDir, new Error(said));
  if (failure instanceof UsageError) return failure;
  return new UsageError(
    `${server.name} could not be started: ${end}. The last lines of ${log}:\n${said || '(it is empty)'}`,
    'Mend what the log says and start again; or give a server of your own by its variable.',
  );
}

function lastLines(log: string): string {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-12);
  return lines.map((line) => `  ${line.slice(0, 400)}`).join('\n');
}
