import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Client } from '@opensearch-project/opensearch';
import type { JsonObject } from '../../src/domain/json.ts';
import { type LoadOptions, type LoadSummary, loadListings } from '../../src/stack/listings/load.ts';
import { openSearch } from '../../src/stores/opensearch/client.ts';
import { everyDocument } from '../../src/stores/opensearch/every-document.ts';
import { freshName } from './gated-stores.ts';
import { openRuns, type Runs } from './runs.ts';

export const LISTINGS = 'listing-features';

/** Documents by zpid. */
export type Listings = Map<string, JsonObject>;

/** An index, a cache, a journal, a ledger and a task queue of its own, on the servers of the test run. */
export interface ListingWorld extends Runs {
  opensearch: Client;
  index: string;
  /** As flags: the index and the cache of this world. */
  flags: string[];
  sample: LoadSummary;
  dump(): Promise<Listings>;
  /** Ends a run that is open, and takes back what is left of all: so a test that fails spoils no other. */
  undo(): Promise<void>;
}

export interface ListingWorldOptions
  extends Omit<LoadOptions, 'opensearchUrl' | 'dynamodb' | 'index' | 'table'> {
  /** Instead of that of the test run. */
  opensearchUrl?: string;
  /** Where clients and workers go instead: a proxy that makes trouble. */
  through?: { OPENSEARCH_URL?: string; AWS_ENDPOINT_URL_DYNAMODB?: string };
}

export async function openListingWorld({
  opensearchUrl = process.env.OPENSEARCH_URL ?? '',
  through = {},
  ...size
}: ListingWorldOptions = {}): Promise<ListingWorld> {
  const name = freshName('listings');
  const index = `${name}-v2`;
  const table = `${name}-cache`;
  const own = { BACKFILL_LEDGER_TABLE: name, BACKFILL_TASK_QUEUE: name, BACKFILL_JOURNAL_PREFIX: name };
  const { DATABASE_URL: _, ...given } = process.env;
  const env = { ...given, NO_COLOR: '1', ...own, OPENSEARCH_URL: opensearchUrl, ...through };
  const dynamodb = new DynamoDBClient({});
  const sample = await loadListings({ ...size, opensearchUrl, index, dynamodb, table });
  dynamodb.destroy();
  const opensearch = openSearch(opensearchUrl);
  const runs = await openRuns({
    backfill: LISTINGS,
    env,
    usual: { options: { index, cacheTable: table } },
  });
  return {
    ...runs,
    opensearch,
    index,
    flags: ['--index', index, '--cache-table', table],
    sample,

    async dump() {
      await opensearch.indices.refresh({ index });
      const documents: Listings = new Map();
      const source = ['*'];
      for await (const page of everyDocument(opensearch, { index, by: 'zpid', source }))
        for (const { id, source: document } of page) documents.set(id, document);
      return documents;
    },

    async undo() {
      await runs.endOpenRun();
      await runs.hire();
      for (const run of await runs.client.runs()) {
        if (run.rollbackOf || run.state === 'rolled-back') continue;
        const started = await runs.client.startRollback(run.runId);
        if (started.kind !== 'empty') await runs.until(started.run, 'done');
      }
    },

    async close() {
      await runs.close();
      await opensearch.indices.delete({ index: `${name}-*` });
      await opensearch.close();
    },
  };
}
