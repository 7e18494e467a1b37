import path from 'node:path';
import { UsageError } from '../domain/failure.ts';
import { claimFolder } from './claim.ts';
import { folderFailure } from './data-folder.ts';
import { givenServices, PARTS, type Part, withoutSecrets } from './given.ts';
import { startGuard } from './guard.ts';
import { portNames, serversOf } from './parts.ts';
import { choosePorts } from './ports.ts';
import { recorder, removeRecord } from './record.ts';
import { type RunningServer, type Server, type Surroundings, startServer } from './server.ts';

export type { Part } from './given.ts';
export { findStack } from './record.ts';

export interface Stack {
  /** Variables that every part of the product reads; only those that are known. */
  env: Record<string, string>;
  services: StackService[];
  /** Stops what still runs of an embedded service, and starts it again with its ports and its data. */
  restartService(name: string): Promise<void>;
  /** Afterwards no process is left. */
  stop(): Promise<void>;
}

export interface StackService {
  name: string;
  address: string;
  origin: 'given' | 'embedded';
  pid?: number;
  startedInMs: number;
}

export interface StackOptions {
  /** Everything that embedded servers keep. Created where it is missing. */
  dataDir: string;
  /** Says which services are given. Default: this process's. */
  env?: NodeJS.ProcessEnv;
  /** Hears a line now and then, for a person. */
  say: (line: string) => void;
  /** Default: all. */
  parts?: readonly Part[];
  /** Gives up starting. */
  signal?: AbortSignal;
}

/**
 * Finds or starts what a backfill needs. Embedded servers end with this process, however it ends.
 *
 * ```ts
 * const stack = await startStack({ dataDir: '.backfill', say: console.error });
 * Object.assign(process.env, stack.env);
 * ```
 * Throws UsageError when the folder, a program or another stack stands in the way.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { env = process.env, parts = PARTS, say } = options;
  const dataDir = path.resolve(options.dataDir);
  const given = givenServices(env, parts);
  const releaseFolder = await claimFolder(dataDir, say);
  const guard = startGuard();
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  const surroundings: Surroundings = { dataDir, env, guard, signal, say };
  const running = new Map<string, RunningServer>();
  const record = recorder(dataDir, running);

  const startAll = async (servers: Server[]) => {
    const onStart = async (server: RunningServer) => {
      running.set(server.name, server);
      await record.write();
    };
    await allOrNone(
      servers.map((server) => startServer(server, surroundings, onStart)),
      failed,
    );
  };
  const stopAll = async () => {
    await Promise.all([...running.values()].map((server) => server.stop()));
    await guard.close();
    await removeRecord(dataDir);
    releaseFolder();
  };
  let stopped: Promise<void> | undefined;
  // Once: by the second time, the folder may belong to another stack.
  const stop = () => {
    stopped ??= stopAll();
    return stopped;
  };

  try {
    await record.write();
    const embedded = parts.filter((part) => !given.services.some((service) => service.part === part));
    const ports = await choosePorts(dataDir, embedded.flatMap(portNames));
    await allOrNone(
      embedded.map(async (part) => startAll(await serversOf(part, surroundings, ports))),
      failed,
    );
    const made = Object.assign({}, ...[...running.values()].map((one) => one.env));
    await record.write({ ...withoutSecrets(given.env), ...made });
    return {
      env: { ...given.env, ...made },
      services: [
        ...given.services.map(({ name, address }) => ({
          name,
          address,
          origin: 'given' as const,
          startedInMs: 0,
        })),
        ...[...running.values()].map(asService),
      ],
      async restartService(name) {
        await named(running, name)
          .restart()
          .catch((error: unknown) => {
            throw folderFailure(dataDir, error);
          });
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw folderFailure(dataDir, error);
  }
}

/** Resolves when all have; when one fails, calls the others off, waits for them, and throws that failure. */
async function allOrNone(work: Promise<unknown>[], failed: AbortController): Promise<void> {
  const first = Promise.all(work).then(
    () => null,
    (error: unknown) => ({ error }),
  );
  const failure = await first;
  if (!failure) return;
  failed.abort(failure.error);
  await Promise.allSettled(work);
  throw failure.error;
}

/** A view: a restart changes the process. */
function asService(server: RunningServer): StackService {
  return {
    name: server.name,
    address: server.address,
    origin: 'embedded',
    get pid() {
      return server.pid;
    },
    get startedInMs() {
      return server.startedInMs;
    },
  };
}

function named(running: ReadonlyMap<string, RunningServer>, name: string): RunningServer {
  const server = running.get(name);
  if (server) return server;
  throw new UsageError(
    `No embedded service is called ${name}.`,
    `There are: ${[...running.keys()].join(', ') || 'none'}.`,
  );
}
