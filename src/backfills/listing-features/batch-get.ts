import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  type KeysAndAttributes,
} from '@aws-sdk/client-dynamodb';
import { RunPaused } from '../../domain/failure.ts';
import { StoreFailure } from '../../stores/store-failure.ts';

/** A client of DynamoDB, plain or of documents. */
export interface BatchGet {
  send(
    command: BatchGetItemCommand,
    options?: { requestTimeout?: number },
  ): Promise<BatchGetItemCommandOutput>;
}

/** The most that BatchGetItem takes. */
export const MOST_KEYS = 100;

/** So long without any item, and the page is tried again as a whole. */
const PATIENCE_MS = 60_000;
const REQUEST_TIMEOUT_MS = 10_000;

/** What the cache holds in `analysis`, by address. Keys that DynamoDB leaves unprocessed, or throttles, are asked again. */
export async function batchGet(
  dynamodb: BatchGet,
  table: string,
  urls: readonly string[],
): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  let keys: KeysAndAttributes['Keys'] = urls.map((url) => ({ image_url: { S: url } }));
  let waits = 0;
  let since = Date.now();
  for (;;) {
    const { items, left, trouble } = await ask(dynamodb, table, keys);
    for (const { image_url, analysis } of items) {
      if (image_url?.S !== undefined) found.set(image_url.S, analysis && plain(analysis));
    }
    if (left.length === 0) return found;
    if (items.length > 0) [waits, since] = [0, Date.now()];
    if (Date.now() - since > PATIENCE_MS)
      throw new StoreFailure('DynamoDB', trouble ?? new Error(`${table} leaves keys unprocessed`));
    await sleep(Math.random() * Math.min(5_000, 50 * 2 ** waits++));
    keys = left;
  }
}

interface Asked {
  items: Record<string, AttributeValue>[];
  left: NonNullable<KeysAndAttributes['Keys']>;
  trouble?: unknown;
}

async function ask(dynamodb: BatchGet, table: string, keys: Asked['left']): Promise<Asked> {
  const wanted = {
    Keys: keys,
    ProjectionExpression: '#url, #analysis',
    ExpressionAttributeNames: { '#url': 'image_url', '#analysis': 'analysis' },
  };
  try {
    const { Responses, UnprocessedKeys } = await dynamodb.send(
      new BatchGetItemCommand({ RequestItems: { [table]: wanted } }),
      { requestTimeout: REQUEST_TIMEOUT_MS },
    );
    return { items: Responses?.[table] ?? [], left: UnprocessedKeys?.[table]?.Keys ?? [] };
  } catch (error) {
    const advice = error instanceof Error ? adviceOn(error, table) : undefined;
    if (advice !== undefined)
      throw new RunPaused({ kind: 'configuration', message: advice }, { cause: error });
    return { items: [], left: keys, trouble: error };
  }
}

/** What a person has to mend: it would meet every other listing as well. */
function adviceOn({ name, message }: Error, table: string): string | undefined {
  if (name === 'ResourceNotFoundException') {
    return `There is no DynamoDB table ${table}. --cache-table names it; AWS_REGION and the AWS credentials say where it is looked for.`;
  }
  if (name === 'ValidationException')
    return `DynamoDB table ${table} is no cache of analyses by image_url: ${message}`;
  if (name === 'AccessDeniedException' || name === 'AccessDenied')
    return `${message}. Allow dynamodb:BatchGetItem on ${table} to the identity of the worker.`;
  if (/^Region is missing/.test(message)) return 'No AWS region is set. Set AWS_REGION.';
  if (WHO.has(name))
    return `DynamoDB does not know who asks (${name}: ${message}). Check the AWS credentials: environment, profile or role.`;
  return undefined;
}

const WHO = new Set([
  'CredentialsProviderError',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'ExpiredTokenException',
  'ExpiredToken',
  'InvalidSignatureException',
  'IncompleteSignature',
  'MissingAuthenticationTokenException',
]);

/** The library's reader throws for numbers beyond JavaScript's, and with them a hundred analyses would be lost. */
function plain(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.SS !== undefined) return value.SS;
  if (value.L !== undefined) return value.L.map(plain);
  if (value.M === undefined) return null;
  return Object.fromEntries(Object.entries(value.M).map(([key, part]) => [key, plain(part)]));
}
