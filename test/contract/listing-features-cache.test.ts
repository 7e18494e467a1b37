import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createAnalysisCache } from '../../src/backfills/listing-features/cache.ts';
import { RunPaused } from '../../src/domain/failure.ts';
import { createTable } from '../../src/stack/listings/stores.ts';

type Keys = { image_url: { S: string } }[];
type Trouble = { throttle: true } | { leave: number } | { broken: true } | undefined;

/** Between the cache and the real server: counts requests, and makes the next ones fail as DynamoDB does. */
const asked: string[][] = [];
const troubles: Trouble[] = [];
let inFlight = 0;
let mostInFlight = 0;
const gate = createServer((request, response) => void answer(request, response));
const real = () => process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '';
const table = `cache-${randomUUID()}`;
let plain: DynamoDBClient;
let documents: DynamoDBDocument;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  inFlight += 1;
  mostInFlight = Math.max(mostInFlight, inFlight);
  const body = JSON.parse((await buffer(request)).toString()) as {
    RequestItems: Record<string, { Keys: Keys }>;
  };
  const wanted = Object.values(body.RequestItems)[0];
  asked.push(wanted?.Keys.map((key) => key.image_url.S) ?? []);
  const trouble = troubles.shift();
  const left = trouble && 'leave' in trouble ? (wanted?.Keys.splice(0, trouble.leave) ?? []) : [];
  const { host: _, 'content-length': __, connection: ___, ...headers } = request.headers;
  const replied = await fetch(real(), {
    method: 'POST',
    headers: headers as Record<string, string>,
    body: JSON.stringify(body),
  });
  const reply = (await replied.json()) as object;
  inFlight -= 1;
  if (trouble && 'broken' in trouble) return void request.socket.destroy();
  const throttled = trouble && 'throttle' in trouble;
  response.writeHead(throttled ? 400 : replied.status, { 'content-type': 'application/x-amz-json-1.0' });
  const refusal = { __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException' };
  const unprocessed = left.length > 0 ? { UnprocessedKeys: { [table]: { ...wanted, Keys: left } } } : {};
  response.end(JSON.stringify(throttled ? refusal : { ...reply, ...unprocessed }));
}

beforeAll(async () => {
  gate.listen(0, '127.0.0.1');
  await once(gate, 'listening');
  plain = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(gate.address() as AddressInfo).port}`,
    maxAttempts: 1,
  });
  documents = DynamoDBDocument.from(new DynamoDBClient());
  await createTable(documents, table);
  const put = (image_url: string, analysis: unknown) =>
    documents.put({ TableName: table, Item: { image_url, analysis, embedding: [1, 2], llm_response: 'x' } });
  await Promise.all(Array.from({ length: 250 }, (_, n) => put(`u${n}`, { features: [`f${n}`], n: n / 4 })));
  await put('json', JSON.stringify({ image_type: 'interior', features: ['a'] }));
  await put('no json', 'Here you are: {');
  await put('list', ['a']);
});

afterAll(async () => {
  await documents.send(new DeleteTableCommand({ TableName: table }));
  plain.destroy();
  documents.destroy();
  gate.close();
});

beforeEach(() => {
  asked.length = 0;
  mostInFlight = 0;
});

const urls = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `u${from + n}`);

describe('the cache', () => {
  test('gives analyses that are maps or JSON, and nothing of what lies beside them', async () => {
    const cache = createAnalysisCache(plain, table);
    const found = await cache.load(['u3', 'json', 'no json', 'list', 'nobody']);
    expect(Object.fromEntries(found)).toEqual({
      u3: { features: ['f3'], n: 0.75 },
      json: { image_type: 'interior', features: ['a'] },
    });
    const looked = await cache.look(['u3', 'no json', 'list', 'nobody']);
    expect([...looked].map(([url, analysis]) => [url, analysis === null])).toEqual([
      ['u3', false],
      ['no json', true],
      ['list', true],
    ]);
    expect(await createAnalysisCache(documents, table).load(['u3'])).toEqual(
      new Map([['u3', found.get('u3')]]),
    );
  });

  test('asks for the photos of all listings in work together, a hundred at a time, and for each once', async () => {
    const cache = createAnalysisCache(plain, table);
    const listings = [urls(0, 60), urls(40, 100), urls(100, 130), urls(120, 180), ['u1', 'u1']];
    const found = await Promise.all(listings.map((one) => cache.load(one)));
    expect(found.map(({ size }) => size)).toEqual([60, 60, 30, 60, 1]);
    expect(asked.length).toBeLessThanOrEqual(3);
    for (const keys of asked) expect(new Set(keys).size).toBe(keys.length);
  });

  test('has only so many requests in flight', async () => {
    const many = Array.from({ length: 4_000 }, (_, n) => `u${n}`);
    expect((await createAnalysisCache(plain, table).load(many)).size).toBe(250);
    expect(asked).toHaveLength(40);
    expect(mostInFlight).toBeGreaterThan(1);
    expect(mostInFlight).toBeLessThanOrEqual(8);
  });

  test('has full requests alone while there is more to ask for', async () => {
    const cache = createAnalysisCache(plain, table);
    const listings = Array.from({ length: 160 }, (_, n) => urls(n * 25, n * 25 + 25)).values();
    const work = async () => {
      for (const one of listings) await cache.load(one);
    };
    await Promise.all(Array.from({ length: 64 }, work));
    expect(asked.length).toBeLessThanOrEqual(42);
  });

  test('never asks for an address that DynamoDB would refuse', async () => {
    const odd = ['', 'é'.repeat(1_025), 'x'.repeat(2_049), 'u7', 'x'.repeat(2_048)];
    expect([...(await createAnalysisCache(plain, table).load(odd)).keys()]).toEqual(['u7']);
  });

  test('asks again for keys that were left, and after throttling or a cut connection', async () => {
    troubles.push({ leave: 70 }, { throttle: true }, { leave: 69 }, { broken: true }, { leave: 3 });
    const found = await createAnalysisCache(plain, table).load(urls(0, 100));
    expect([...found.keys()]).toEqual(urls(0, 100));
    expect(asked.map((keys) => keys.length)).toEqual([100, 70, 70, 69, 69, 3]);
  });

  test('that is not there pauses the run, and says what to do', async () => {
    const missing = createAnalysisCache(plain, 'no-such-table').load(['u1']);
    await expect(missing).rejects.toThrow(RunPaused);
    await expect(missing).rejects.toThrow(/no DynamoDB table no-such-table.*--cache-table/);
  });
});
