import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Client } from '@opensearch-project/opensearch';
import type { CacheItem } from './cache-item.ts';
import type { ListingDocument } from './document.ts';
import { zpidOf } from './document.ts';
import { generateListings, type SampleListing } from './generate.ts';
import { planListings, type SampleSize } from './plan.ts';
import { createIndex, createTable, writeDocuments, writeItems } from './stores.ts';

export interface LoadOptions extends SampleSize {
  opensearchUrl: string;
  /** Default: `listings-v2`. */
  index?: string;
  dynamodb: DynamoDBClient;
  /** Default: `hearth-vision-cache`. */
  table?: string;
}

export interface LoadSummary {
  listings: number;
  /** Entries of all `image_vectors`. */
  images: number;
  /** Items of the cache. */
  cached: number;
  /** Listings by how much of their images the cache has. */
  cover: Record<SampleListing['cover'], number>;
  planted: { zpid: string; kind: string }[];
}

/** What one request writes. */
type Batch = { documents: ListingDocument[] } | { items: CacheItem[] };

const DOCUMENTS_AT_ONCE = 1_000;
/** Numbers of vectors in one request: some 4 MB. */
const NUMBERS_AT_ONCE = 500_000;
/** The most that BatchWriteItem takes. */
const ITEMS_AT_ONCE = 25;
const REQUESTS_AT_ONCE = 8;

/** Creates the index and the table where they are missing, and fills both. Listings that are there stay as they are. */
export async function loadListings(options: LoadOptions): Promise<LoadSummary> {
  const { opensearchUrl, index = 'listings-v2', dynamodb, table = 'hearth-vision-cache' } = options;
  const plan = planListings(options);
  const opensearch = new Client({ node: opensearchUrl });
  const cache = DynamoDBDocumentClient.from(dynamodb);
  try {
    await Promise.all([createIndex(opensearch, index), createTable(dynamodb, table)]);
    const cover = { full: 0, partial: 0, none: 0, 'no images': 0 };
    const summary: LoadSummary = {
      listings: 0,
      images: 0,
      cached: 0,
      cover,
      planted: plan.planted.map(({ number, oddity }) => ({ zpid: zpidOf(plan, number), kind: oddity.kind })),
    };
    const batches = inBatches(counted(generateListings(plan), summary));
    // All take from the same iterator: so no more is generated than can be sent.
    const write = async () => {
      for (const batch of batches) {
        if ('items' in batch) await writeItems(cache, table, batch.items);
        else await writeDocuments(opensearch, index, batch.documents);
      }
    };
    await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, write));
    await opensearch.indices.refresh({ index });
    return summary;
  } finally {
    await opensearch.close();
  }
}

function* counted(listings: Iterable<SampleListing>, summary: LoadSummary): Generator<SampleListing> {
  for (const listing of listings) {
    summary.listings++;
    summary.images += listing.document.image_vectors?.length ?? 0;
    summary.cached += listing.cached.length - listing.borrowed.length;
    summary.cover[listing.cover]++;
    yield listing;
  }
}

function* inBatches(listings: Iterable<SampleListing>): Generator<Batch> {
  let documents: ListingDocument[] = [];
  let items: CacheItem[] = [];
  let numbers = 0;
  for (const { document, cached, borrowed } of listings) {
    documents.push(document);
    for (const { vector } of document.image_vectors ?? []) numbers += vector.length;
    if (documents.length === DOCUMENTS_AT_ONCE || numbers > NUMBERS_AT_ONCE) {
      yield { documents };
      documents = [];
      numbers = 0;
    }
    for (const item of cached) {
      if (borrowed.includes(item.image_url)) continue;
      items.push(item);
      if (items.length < ITEMS_AT_ONCE) continue;
      yield { items };
      items = [];
    }
  }
  if (documents.length > 0) yield { documents };
  if (items.length > 0) yield { items };
}
