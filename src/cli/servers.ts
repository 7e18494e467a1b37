import { existsSync } from 'node:fs';
import path from 'node:path';
import type { BackfillDefinition } from '../backfills/define.ts';
import { UsageError } from '../domain/failure.ts';
import { givenServices, PARTS, PARTS_WITHOUT_OPENSEARCH, type Part } from '../stack/given.ts';
import { partsWithData } from '../stack/parts.ts';
import { findStack, type Stack, startStack } from '../stack/stack.ts';
import { say } from './output.ts';
import { sampleVariables } from './sample.ts';

/** Where a command's servers come from. */
export type Servers =
  /** All named by the environment. */
  | { origin: 'given' }
  /** A `backfill stack` runs over the data folder. */
  | { origin: 'found' }
  /** Started by this process, which must stop them. */
  | { origin: 'own'; stack: Stack };

export interface ServersWanted {
  dataDir: string;
  /** Start servers of our own where none are found: always, where earlier ones have left data, or never. */
  own: 'always' | 'if-data' | 'never';
  /** True when answers will be asked for: then it matters who gives them, and where they go. */
  asks: boolean;
  /**
   * What the command cannot do without; see {@link partsOf}. Default: all but OpenSearch. What the data folder has
   * data of is started beside it, where that is possible.
   */
  parts?: readonly Part[] | undefined;
  /** Those of the parts that may be missing all the same. */
  optional?: readonly Part[] | undefined;
  /** Gives up starting. */
  signal?: AbortSignal | undefined;
}

/** Nothing says where the servers are. */
export class NoServers extends Error {
  override name = 'NoServers';
  readonly hint =
    "'backfill stack' starts all that is needed; or set the variables, or name the folder of a running stack with --data-dir";

  constructor(dataDir: string) {
    super(
      'no servers: TEMPORAL_ADDRESS, DATABASE_URL (or OPENSEARCH_URL) and AWS_ENDPOINT_URL_DYNAMODB are not all set, ' +
        `and no stack runs over ${dataDir}`,
    );
  }
}

/** What a backfill needs that keeps data and journal there. */
export function partsOf(keeps: BackfillDefinition['keeps']): Part[] {
  return PARTS.filter((part) => !STORES.includes(part) || part === keeps);
}

const STORES: readonly Part[] = ['postgres', 'opensearch'];

/** Finds or starts the servers, and puts their variables into this process's environment. */
export async function provideServers(wanted: ServersWanted): Promise<Servers> {
  const { dataDir, own, asks, parts, optional = [], signal } = wanted;
  // Backfills over files find them there, and so does a worker that this process starts.
  process.env.BACKFILL_DATA_DIR = dataDir;
  const given = new Set(givenServices(process.env, PARTS).services.map(({ part }) => part));
  const stores = (parts ?? PARTS).filter((part) => STORES.includes(part));
  const someStore = stores.length === 0 || stores.some((part) => given.has(part));
  if (given.has('temporal') && someStore && given.has('dynamodb')) return { origin: 'given' };
  const needed = parts ?? PARTS_WITHOUT_OPENSEARCH;
  if (asks && needed.includes('postgres') && given.has('postgres') && !given.has('simulator'))
    throw simulatedAnswers();

  if (!given.has('postgres')) setMissing(await sampleVariables(dataDir));
  const found = await findStack(dataDir);
  if (found) {
    setMissing(found);
    if (needed.includes('opensearch') && !optional.includes('opensearch') && !process.env.OPENSEARCH_URL)
      throw withoutOpensearch(dataDir);
    return { origin: 'found' };
  }
  const mayStart = own === 'always' || (own === 'if-data' && existsSync(path.join(dataDir, 'logs')));
  // Runs are steered without the data; what needs the data says so.
  if (!mayStart && parts === undefined && given.has('temporal') && given.has('dynamodb'))
    return { origin: 'given' };
  if (!mayStart) throw new NoServers(dataDir);
  say(`starting servers over ${dataDir}`);
  const kept = partsWithData(dataDir).filter((part) => !needed.includes(part));
  const stack = await startStack({
    dataDir,
    say,
    parts: [...needed, ...kept],
    optional: [...optional, ...kept],
    ...(signal && { signal }),
  });
  setMissing(stack.env);
  return { origin: 'own', stack };
}

/** What the user has set stays. */
export function setMissing(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) process.env[name] ||= value;
}

function withoutOpensearch(dataDir: string): UsageError {
  return new UsageError(
    `the stack over ${dataDir} runs without OpenSearch`,
    'start it again without --no-opensearch (it says then what OpenSearch lacks), or set OPENSEARCH_URL',
  );
}

function simulatedAnswers(): UsageError {
  return new UsageError(
    'DATABASE_URL names your database, but the answers would come from the provider simulator',
    'set OPENAI_API_KEY and AWS credentials; or unset DATABASE_URL to try with a database of our own',
  );
}
