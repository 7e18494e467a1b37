import path from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { type BackfillClient, connect } from '../client.ts';
import { type Config, readConfig } from '../config.ts';
import type { Part } from '../stack/given.ts';
import { addFlags, readFlags } from './flags.ts';
import { say } from './output.ts';
import { reachServers } from './reach-servers.ts';
import { provideServers, type Servers } from './servers.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

/** What a command works with, from its first line to its last. */
export interface Session {
  config: Config;
  client: BackfillClient;
  servers: Servers;
  /**
   * Where the servers are our own nobody else is there to work: then this starts a worker. For when it is
   * sure that there is work: a worker adds what its stores lack.
   */
  provideWorker(): Promise<void>;
}

export interface SessionWanted {
  dataDir: string;
  /** The command may start something that a worker must do. */
  needsWorker: boolean;
  own?: 'always' | 'if-data' | 'never';
  /** Of the stack; `partsOf` tells those of a backfill. Default: all but OpenSearch. */
  parts?: readonly Part[];
  /** Gives up starting servers. */
  signal?: AbortSignal;
}

export const sessionFlags = z.object({
  dataDir: z
    .string()
    .min(1, 'expected a folder')
    .default(() => process.env.BACKFILL_DATA_DIR || '.backfill')
    .transform((folder) => path.resolve(folder))
    .describe('of embedded servers, and of backfills over files (default: BACKFILL_DATA_DIR, or .backfill)')
    .meta({ placeholder: 'folder' }),
  json: z.boolean().default(false).describe('end stdout with the result as one line of JSON'),
});

export function addSessionFlags(command: Command): Command {
  return addFlags(command, sessionFlags);
}

export function readSessionFlags(command: Command): z.infer<typeof sessionFlags> {
  return readFlags(command, sessionFlags);
}

/** Opens what the command needs, and closes it afterwards, whatever happens. */
export async function withSession<Result>(
  { dataDir, needsWorker, own = 'if-data', parts, signal }: SessionWanted,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const servers = await provideServers({ dataDir, own, asks: needsWorker, parts, signal });
  const closing: (() => Promise<unknown>)[] = [];
  if (servers.origin === 'own') closing.push(() => servers.stack.stop());
  try {
    const config = readConfig();
    await reachServers(config);
    const client = await connect(config);
    closing.push(() => client.close());
    const lost = Promise.withResolvers<never>();
    let worker: Promise<WorkerProcess> | undefined;
    const provideWorker = async () => {
      if (servers.origin !== 'own' || worker) return;
      worker = startWorkerProcess();
      const { stop, failed } = await worker;
      closing.push(stop);
      // Without it, the command would wait forever.
      failed.catch(lost.reject);
    };
    return await Promise.race([work({ config, client, servers, provideWorker }), lost.promise]);
  } finally {
    if (servers.origin === 'own') say('stopping what was started');
    for (const close of closing.reverse()) await close().catch((error: Error) => say(error.message));
  }
}
