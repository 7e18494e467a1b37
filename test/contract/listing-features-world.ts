import { randomUUID } from 'node:crypto';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import type { Client } from '@opensearch-project/opensearch';
import type { Backfill, Surroundings } from '../../src/backfills/define.ts';
import { listingFeatures } from '../../src/backfills/listing-features/index.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { Selection } from '../../src/domain/page.ts';
import { createTable } from '../../src/stack/listings/stores.ts';
import { openSearch } from '../../src/stores/opensearch/client.ts';
import { createOpenSearchJournal } from '../../src/stores/opensearch-journal/index.ts';
import type { OpenSearchJournal } from '../../src/stores/opensearch-journal/journal.ts';

/** An index of listings and a cache of analyses, both of a test's own, and the backfill over them. */
export interface ListingWorld {
  client: Client;
  dynamodb: DynamoDBDocument;
  /** Not migrated yet: to who only reads it is empty. */
  journal: OpenSearchJournal;
  index: string;
  table: string;
  open(options?: JsonObject): Backfill;
  /** Indexes documents, each under its `zpid` unless it has an `_id` of its own. */
  listings(...documents: JsonObject[]): Promise<void>;
  cached(analyses: Record<string, unknown>): Promise<void>;
  sourceOf(id: string): Promise<JsonObject>;
  close(): Promise<void>;
}

export const PROPERTIES: JsonObject = {
  zpid: { type: 'keyword' },
  visual_features_text: { type: 'text' },
  image_vectors: { properties: { image_url: { type: 'keyword' }, vector: { type: 'float', index: false } } },
};

export async function openListingWorld(properties = PROPERTIES): Promise<ListingWorld> {
  const client = openSearch(process.env.OPENSEARCH_URL ?? '');
  const dynamodb = DynamoDBDocument.from(new DynamoDBClient());
  const index = `listings-${randomUUID()}`;
  const table = `cache-${randomUUID()}`;
  const prefix = `journal-${randomUUID()}`;
  const journal = createOpenSearchJournal(client, prefix);
  await createIndex(client, index, properties);
  await createTable(dynamodb, table);

  return {
    client,
    dynamodb,
    journal,
    index,
    table,
    open(options = {}) {
      const stores = { opensearch: { client, journal }, dynamodb } as unknown as Surroundings;
      const given = { index, cacheTable: table, ...options };
      return listingFeatures.open(stores, listingFeatures.options.parse(given));
    },
    async listings(...documents) {
      const body = documents.flatMap(({ _id, ...document }) => [
        { index: { _id: String(_id ?? document.zpid) } },
        document,
      ]);
      await client.bulk({ index, body, refresh: true });
    },
    async cached(analyses) {
      for (const [image_url, analysis] of Object.entries(analyses)) {
        await dynamodb.put({ TableName: table, Item: { image_url, analysis, embedding: [0.1, 0.2] } });
      }
    },
    async sourceOf(id) {
      const { body } = await client.get({ index, id });
      return body._source as JsonObject;
    },
    async close() {
      await client.indices.delete({ index: [index, `${prefix}-*`] });
      await dynamodb.send(new DeleteTableCommand({ TableName: table }));
      await client.close();
      dynamodb.destroy();
    },
  };
}

export async function createIndex(client: Client, index: string, properties: JsonObject): Promise<void> {
  const settings = { number_of_shards: 1, number_of_replicas: 0 };
  const body = { settings, mappings: { properties } };
  await client.indices.create({ index, body } as never);
}

/** A listing whose photos have these addresses. */
export function listing(zpid: string, urls: Json[], more: JsonObject = {}): JsonObject {
  const image_vectors = urls.map((image_url) => ({ image_url, vector: [1, 2, 3] }));
  return { zpid, image_vectors, ...more };
}

export const RANCH = {
  image_type: 'exterior',
  architecture_style: 'ranch',
  exterior_color: 'white',
  materials: ['vinyl'],
  features: ['front porch', 'gable roof'],
};
export const KITCHEN = {
  image_type: 'interior',
  features: ['white cabinets'],
  visual_features: ['fireplace'],
};

export function selection(more: Partial<Selection> = {}): Selection {
  return { only: 'missing', watermark: new Date().toISOString(), ...more };
}
