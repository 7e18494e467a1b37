import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { countThrottles, type Throttles } from '../../src/stores/health/dynamodb-throttles.ts';

/** DynamoDB as a client sees it: the answers to its next requests, in order; then empty ones. */
const answers: { status: number; body: object }[] = [];
const provider = createServer((request, response) => {
  const { status, body } = answers.shift() ?? { status: 200, body: {} };
  request.resume();
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
});

let client: DynamoDBClient;
let documents: DynamoDBDocumentClient;
let throttles: Throttles;
let now = Date.UTC(2026, 10, 21, 12);

beforeAll(async () => {
  await once(provider.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  provider.closeAllConnections();
  provider.close();
});
beforeEach(() => {
  answers.length = 0;
  client?.destroy();
  client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(provider.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 6,
  });
  documents = DynamoDBDocumentClient.from(client);
  throttles = countThrottles(client, () => now);
});

const READ = new GetCommand({ TableName: 'ledger', Key: { pk: 'a', sk: 'b' } });

test('requests that were throttled are counted, also where the client tried again and got through', async () => {
  answers.push(refused('ProvisionedThroughputExceededException'), refused('ThrottlingException'));
  answers.push(refused('RequestLimitExceeded'));
  await documents.send(READ);
  expect(throttles.lastMinute()).toBe(3);
});

test('other errors and answers are not counted', async () => {
  answers.push(refused('ConditionalCheckFailedException'), { status: 200, body: {} });
  await expect(documents.send(READ)).rejects.toThrow();
  answers.push({ status: 500, body: { __type: 'InternalServerError' } });
  await documents.send(READ);
  expect(throttles.lastMinute()).toBe(0);
});

test('a batch of which a part was not processed is counted', async () => {
  const requests = [{ PutRequest: { Item: { pk: { S: 'a' } } } }];
  answers.push({ status: 200, body: { UnprocessedItems: { ledger: requests } } });
  const batch = new BatchWriteCommand({ RequestItems: { ledger: [{ PutRequest: { Item: { pk: 'a' } } }] } });
  await documents.send(batch);
  await documents.send(batch);
  expect(throttles.lastMinute()).toBe(1);
});

test('what is more than a minute ago is over', async () => {
  answers.push(refused('ThrottlingException'));
  await documents.send(READ);
  now += 59_000;
  answers.push(refused('ThrottlingException'));
  await documents.send(READ);
  expect(throttles.lastMinute()).toBe(2);
  now += 2_000;
  expect(throttles.lastMinute()).toBe(1);
  now += 60_000;
  expect(throttles.lastMinute()).toBe(0);
});

function refused(name: string): { status: number; body: object } {
  return { status: 400, body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'slow down' } };
}
