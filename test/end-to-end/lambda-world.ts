import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import type { Client } from '@opensearch-project/opensearch';
import { unzipSync } from 'fflate';
import type { JsonObject } from '../../src/domain/json.ts';
import { createTable } from '../../src/stack/listings/stores.ts';
import { openSearch } from '../../src/stores/opensearch/client.ts';

const run = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, '../..');

/** As AWS calls it: what is in the zip, on a Node that knows nothing of TypeScript. */
const CALLER = `require('./index.js').handler(JSON.parse(process.argv[1])).then(
  (answer) => console.log(JSON.stringify({ answer })),
  (error) => console.log(JSON.stringify({ error: error.message })),
)`;

export interface LambdaWorld {
  opensearch: Client;
  index: string;
  /** Runs one invocation, with these variables besides those of the test's servers. */
  invoke(event: unknown, env?: Record<string, string>): Promise<Invocation>;
  /** Indexes the document, as an uploader does. */
  upload(listing: JsonObject & { zpid: string }): Promise<void>;
  cache(url: string, analysis: unknown): Promise<void>;
  /** The document as it is now. */
  listing(zpid: string): Promise<{ source: JsonObject; seqNo: number }>;
  close(): Promise<void>;
}

export interface Invocation {
  answer?: unknown;
  error?: string;
  /** What the function said on the side. */
  log: string;
}

export async function openLambdaWorld(): Promise<LambdaWorld> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lambda-'));
  const [packaged, unzipped] = [path.join(folder, 'packaged'), path.join(folder, 'unzipped')];
  await packageInto(packaged);
  await mkdir(unzipped);
  const zip = await readFile(path.join(packaged, 'listing-features-lambda.zip'));
  for (const [name, content] of Object.entries(unzipSync(zip))) {
    await writeFile(path.join(unzipped, name), content);
  }
  const opensearch = openSearch(process.env.OPENSEARCH_URL ?? '');
  const dynamodb = new DynamoDBClient();
  const index = `listings-${randomUUID()}`;
  const table = `cache-${randomUUID()}`;
  const settings = { number_of_replicas: 0, number_of_shards: 1 };
  const properties = { zpid: { type: 'keyword' }, visual_features_text: { type: 'text' } } as const;
  await opensearch.indices.create({ index, body: { settings, mappings: { properties } } });
  await createTable(dynamodb, table);

  return {
    opensearch,
    index,
    async invoke(event, env = {}) {
      const surroundings = {
        ...inherited('OPENSEARCH_URL', 'AWS_ENDPOINT_URL_DYNAMODB', 'AWS_REGION'),
        ...inherited('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'),
        LISTINGS_INDEX: index,
        VISION_CACHE_TABLE: table,
        ...env,
      };
      const flags = ['--no-experimental-strip-types', '-e', CALLER, JSON.stringify(event)];
      const { stdout, stderr } = await run(process.execPath, flags, { cwd: unzipped, env: surroundings });
      return { ...(JSON.parse(stdout) as { answer?: unknown; error?: string }), log: stderr };
    },
    async upload(listing) {
      await opensearch.index({ index, id: listing.zpid, body: listing });
    },
    async cache(url, analysis) {
      const item = { image_url: url, image_hash: 'f00', embedding: [0.5], llm_response: '{}', analysis };
      await DynamoDBDocument.from(dynamodb).put({ TableName: table, Item: item });
    },
    async listing(zpid) {
      const { body } = await opensearch.get({ index, id: zpid });
      return { source: body._source as JsonObject, seqNo: body._seq_no as number };
    },
    async close() {
      await opensearch.indices.delete({ index });
      await dynamodb.send(new DeleteTableCommand({ TableName: table }));
      await opensearch.close();
      dynamodb.destroy();
      await rm(folder, { recursive: true });
    },
  };
}

/** The test's OpenSearch, reached so that something else happens there before each write is let through. */
export async function openBusyOpenSearch(
  before: () => Promise<void>,
): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    if (/_bulk|_update/.test(request.url ?? '')) await before();
    const answer = await fetch(new URL(request.url ?? '', process.env.OPENSEARCH_URL), {
      method: request.method ?? 'GET',
      headers: { 'content-type': request.headers['content-type'] ?? 'application/json' },
      ...(body.length > 0 && { body }),
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(await answer.text());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** What `npm run package-lambda` makes, in this folder. */
export async function packageInto(folder: string): Promise<void> {
  await run(process.execPath, [path.join(ROOT, 'scripts/package-lambda.ts'), folder]);
}

function inherited(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => [[name, process.env[name] ?? '']]));
}
