import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Client, errors } from '@opensearch-project/opensearch';
import type { CacheItem } from './cache-item.ts';
import type { ListingDocument } from './document.ts';

/** As the uploader's index is: it knows nothing of fields that are written later. */
export async function createIndex(opensearch: Client, index: string): Promise<void> {
  const keyword = { type: 'keyword' } as const;
  const text = { type: 'text' } as const;
  // Nobody searches by vector here; the numbers stay in the source only.
  const vector = { type: 'object', enabled: false } as const;
  const properties = {
    zpid: keyword,
    address: text,
    city: keyword,
    state: keyword,
    price: { type: 'integer' } as const,
    bedrooms: { type: 'integer' } as const,
    bathrooms: { type: 'float' } as const,
    description: text,
    visual_features_text: text,
    image_vectors: { properties: { image_url: keyword, image_type: keyword, vector } },
    updated_at: { type: 'date' } as const,
  };
  const settings = { number_of_shards: 1, number_of_replicas: 0 };
  try {
    await opensearch.indices.create({ index, body: { settings, mappings: { properties } } });
  } catch (error) {
    if (!(error instanceof errors.ResponseError) || !/resource_already_exists/.test(error.message))
      throw error;
  }
}

export async function createTable(dynamodb: DynamoDBClient, table: string): Promise<void> {
  try {
    await dynamodb.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'image_url', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'image_url', KeyType: 'HASH' }],
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 60, minDelay: 1 }, { TableName: table });
}

/** Throws where OpenSearch refuses a document for anything but that it is there. */
export async function writeDocuments(
  opensearch: Client,
  index: string,
  documents: readonly ListingDocument[],
): Promise<void> {
  const body = documents.flatMap((document) => [{ create: { _id: document.zpid } }, document]);
  const { body: answer } = await opensearch.bulk({ index, body });
  const refused = answer.items.find(({ create }) => create?.error && create.status !== 409)?.create;
  if (refused) throw new Error(`${index} refused listing ${refused._id}: ${refused.error?.reason}`);
}

export async function writeItems(
  cache: DynamoDBDocumentClient,
  table: string,
  items: readonly CacheItem[],
): Promise<void> {
  let requests = items.map((Item) => ({ PutRequest: { Item } }));
  for (let pause = 50; requests.length > 0; pause = Math.min(pause * 2, 5_000)) {
    const answer = await cache.send(new BatchWriteCommand({ RequestItems: { [table]: requests } }));
    requests = (answer.UnprocessedItems?.[table] ?? []) as typeof requests;
    if (requests.length > 0) await sleep(pause);
  }
}
