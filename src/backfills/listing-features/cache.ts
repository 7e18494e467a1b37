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
/** While so many are in flight the next ones gather, and are full when their turn comes. */
const IN_FLIGHT = 8;
/** DynamoDB refuses a whole request for one key that cannot be. */
const MOST_BYTES_OF_A_KEY = 2_048;

export function createAnalysisCache(dynamodb: BatchGet, table: string): AnalysisCache {
  const turns = createTurns(IN_FLIGHT);
  const loader = new DataLoader<string, Analysis | null | undefined>(
    async (urls) => {
      try {
        const found = await batchGet(dynamodb, table, [...new Set(urls)]);
        return urls.map((url) => (found.has(url) ? readAnalysis(found.get(url)) : undefined));
      } finally {
        turns.end();
      }
    },
    // What was written to the cache since the last look counts, and a worker's memory has an end.
    {
      cache: false,
      maxBatchSize: MOST_KEYS,
      batchScheduleFn: (send) => setTimeout(() => turns.begin(send), GATHERED_FOR_MS),
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

interface Turns {
  /** Starts the task at once, or when one that is under way ends. */
  begin(task: () => void): void;
  end(): void;
}

function createTurns(most: number): Turns {
  let free = most;
  const waiting: (() => void)[] = [];
  return {
    begin(task) {
      if (free === 0) return void waiting.push(task);
      free -= 1;
      task();
    },
    end() {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    },
  };
}
