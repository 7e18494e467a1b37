import path from 'node:path';
import { UsageError } from '../domain/failure.ts';
import { claimFolder } from './claim.ts';
import { folderFailure } from './data-folder.ts';
import { type Given, givenServices, PARTS_WITHOUT_OPENSEARCH, type Part, withoutSecrets } from './given.ts';
import { startGuard } from './guard.ts';
import { opensearchVersion } from './opensearch.ts';
import { recorder, removeRecord } from './record.ts';
import type { RunningServer, Surroundings } from './server.ts';
import { startParts } from './start-parts.ts';

export { PARTS, type Part } from './given.ts';
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
  /** Where it is known. */
  version: string | null;
}

export interface StackOptions {
  /** Everything that embedded servers keep. Created where it is missing. */
  dataDir: string;
  /** Says which services are given. Default: this process's. */
  env?: NodeJS.ProcessEnv;
  /** Hears a line now and then, for a person. */
  say: (line: string) => void;
  /** Default: all but OpenSearch. */
  parts?: readonly Part[];
  /** Those of the parts without which the rest starts all the same: what is wrong with them is said. */
  optional?: readonly Part[];
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
  const { env = process.env, parts = PARTS_WITHOUT_OPENSEARCH, optional = [], say } = options;
  const dataDir = path.resolve(options.dataDir);
  const given = givenServices(env, parts);
  const releaseFolder = await claimFolder(dataDir, say);
  const guard = startGuard();
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  const surroundings: Surroundings = { dataDir, env, guard, signal, say };
  const running = new Map<string, RunningServer>();
  const record = recorder(dataDir, running);

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
    const wanted = { parts: embedded, optional, running, onChange: () => record.write(), failed };
    const [services] = await Promise.all([
      Promise.all(given.services.map((one) => asGiven(one, given.env))),
      startParts(wanted, surroundings),
    ]);
    const made = Object.assign({}, ...[...running.values()].map((one) => one.env));
    await record.write({ ...withoutSecrets(given.env), ...made });
    return {
      env: { ...given.env, ...made },
      services: [...services, ...[...running.values()].map(asService)],
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

/** One that does not answer is a matter for who needs it. */
async function asGiven(
  { part, name, address }: Given['services'][number],
  env: Given['env'],
): Promise<StackService> {
  const url = part === 'opensearch' ? env.OPENSEARCH_URL : undefined;
  const version = url ? await opensearchVersion(url).catch(() => null) : null;
  return { name, address, origin: 'given', startedInMs: 0, version };
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
    get version() {
      return server.version;
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
