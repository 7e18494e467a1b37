import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { Client } from '@opensearch-project/opensearch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LoadSummary, loadListings } from '../../src/stack/listings/load.ts';
import { ODDITIES } from '../../src/stack/listings/oddities.ts';

const INDEX = `listing-sample-${process.pid}`;
const TABLE = `listing-sample-${process.pid}`;

let opensearch: Client;
let dynamodb: DynamoDBClient;
let summary: LoadSummary;

describe('The sample of listings in a real OpenSearch and a cache', () => {
  test('has every listing, and every image that the cache is to have', async () => {
    expect(summary).toMatchObject({ listings: 1_588, images: 39_700 });
    expect(await listings()).toBe(1_588);
    expect(await cached()).toBe(summary.cached);
    expect(summary.cached).toBeGreaterThan(39_700 * 0.95);
    expect(summary.cover).toEqual({ full: 1_490, partial: 48, none: 48, 'no images': 2 });
  });

  test('names the listings that are unlike the others', async () => {
    expect(new Set(summary.planted.map(({ kind }) => kind))).toEqual(
      new Set(ODDITIES.map(({ kind }) => kind)),
    );
    const [zpid] = summary.planted.flatMap(({ kind, zpid }) => (kind === 'many-images' ? [zpid] : []));
    const { body } = await opensearch.get({ index: INDEX, id: String(zpid) });
    expect(body._source?.image_vectors).toHaveLength(400);
  });

  test('stays as it is when it is loaded again', async () => {
    const size = { listings: 40, images: [1, 3] } as const;
    const elsewhere = { index: `${INDEX}-small`, table: `${TABLE}-small` };
    const first = await load({ ...size, ...elsewhere });
    await opensearch.update({
      index: elsewhere.index,
      id: first.planted[0]?.zpid ?? '',
      body: { doc: { price: 1 } },
      refresh: true,
    });
    expect(await load({ ...size, ...elsewhere })).toEqual(first);
    const { body } = await opensearch.count({
      index: elsewhere.index,
      body: { query: { term: { price: 1 } } },
    });
    expect(body.count).toBe(1);
  });

  beforeAll(async () => {
    opensearch = new Client({ node: process.env.OPENSEARCH_URL ?? '' });
    dynamodb = new DynamoDBClient({});
    summary = await load({});
  });

  afterAll(async () => {
    await opensearch.indices.delete({ index: `${INDEX}*` });
    await opensearch.close();
    dynamodb.destroy();
  });
});

function load(options: Partial<Parameters<typeof loadListings>[0]>): Promise<LoadSummary> {
  const servers = { opensearchUrl: process.env.OPENSEARCH_URL ?? '', dynamodb };
  return loadListings({ ...servers, index: INDEX, table: TABLE, ...options });
}

async function listings(): Promise<number> {
  const { body } = await opensearch.count({ index: INDEX });
  return body.count;
}

async function cached(): Promise<number> {
  let count = 0;
  let from: Record<string, unknown> | undefined;
  do {
    const page = await dynamodb.send(
      new ScanCommand({ TableName: TABLE, Select: 'COUNT', ExclusiveStartKey: from as never }),
    );
    count += page.Count ?? 0;
    from = page.LastEvaluatedKey;
  } while (from);
  return count;
}
