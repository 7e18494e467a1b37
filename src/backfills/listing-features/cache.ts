import DataLoader from 'dataloader';
import { readAnalysis } from '../../domain/listing/read-analysis.ts';
import type { Analysis } from '../../domain/listing/split.ts';
import { type BatchGet, batchGet, MOST_KEYS } from './batch-get.ts';

/** The analyses that were paid for when the photos were uploaded. */
export interface AnalysisCache {
  /** Those that are there and can be read, by the address of their photo. Throws RunPaused, StoreFailure. */
  load(urls: readonly string[]): Promise<Map<string, Analysis>>;
  /** Null: something is there that is no analysis. */
  look(urls: readonly string[]): Promise<Map<string, Analysis | null>>;
}

/** Listings that are worked on at the same time share requests. */
const GATHERED_FOR_MS = 3;
const IN_FLIGHT = 8;
/** DynamoDB refuses a whole request for one key that cannot be. */
const MOST_BYTES_OF_A_KEY = 2_048;

export function createAnalysisCache(dynamodb: BatchGet, table: string): AnalysisCache {
  const turn = turns(IN_FLIGHT);
  const loader = new DataLoader<string, Analysis | null | undefined>(
    async (urls) => {
      const found = await turn(() => batchGet(dynamodb, table, [...new Set(urls)]));
      return urls.map((url) => (found.has(url) ? readAnalysis(found.get(url)) : undefined));
    },
    // What was written to the cache since the last look counts, and a worker's memory has an end.
    {
      cache: false,
      maxBatchSize: MOST_KEYS,
      batchScheduleFn: (send) => setTimeout(send, GATHERED_FOR_MS),
    },
  );

  async function look(urls: readonly string[]): Promise<Map<string, Analysis | null>> {
    const possible = urls.filter((url) => url !== '' && Buffer.byteLength(url) <= MOST_BYTES_OF_A_KEY);
    const found = await Promise.all(possible.map(async (url) => [url, await loader.load(url)] as const));
    return new Map(found.filter((one): one is [string, Analysis | null] => one[1] !== undefined));
  }

  return {
    look,
    async load(urls) {
      const found = [...(await look(urls))];
      return new Map(found.filter((one): one is [string, Analysis] => one[1] !== null));
    },
  };
}

/** So many tasks at a time, in the order in which they came. */
function turns(most: number): <T>(task: () => Promise<T>) => Promise<T> {
  let free = most;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
