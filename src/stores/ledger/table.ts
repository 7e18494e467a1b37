import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';

import { inStore } from '../store-failure.ts';

export type Row = Record<string, unknown> & { pk: string; sk: string };

/** The ledger's only table: partition key `pk`, sort key `sk`. Every read is strongly consistent. */
export interface Table {
  name: string;
  create(): Promise<void>;
  get(pk: string, sk: string): Promise<Row | undefined>;
  /** False when the row exists already. */
  putNew(row: Row): Promise<boolean>;
  put(row: Row): Promise<void>;
  /** The row after the update, or null when the condition did not hold. */
  update(pk: string, sk: string, change: Omit<UpdateCommandInput, 'TableName' | 'Key'>): Promise<Row | null>;
  query(pk: string, skPrefix: string): Promise<Row[]>;
  /** Rows that exist, in any order. */
  getMany(keys: { pk: string; sk: string }[]): Promise<Row[]>;
  putMany(rows: Row[]): Promise<void>;
}

/** Every operation throws StoreFailure when the database does not do it. */
export function createTable(client: DynamoDBClient, name: string): Table {
  const table = createBareTable(client, name);
  const guarded = Object.entries(table).map(([verb, operation]) => [
    verb,
    typeof operation === 'function'
      ? (...args: unknown[]) =>
          inStore(`ledger table ${name}`, (operation as (...args: unknown[]) => Promise<unknown>)(...args))
      : operation,
  ]);
  return Object.fromEntries(guarded) as Table;
}

function createBareTable(client: DynamoDBClient, name: string): Table {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });

  return {
    name,

    async create() {
      if (await exists(client, name)) return;
      try {
        await client.send(
          new CreateTableCommand({
            TableName: name,
            BillingMode: 'PAY_PER_REQUEST',
            AttributeDefinitions: [
              { AttributeName: 'pk', AttributeType: 'S' },
              { AttributeName: 'sk', AttributeType: 'S' },
            ],
            KeySchema: [
              { AttributeName: 'pk', KeyType: 'HASH' },
              { AttributeName: 'sk', KeyType: 'RANGE' },
            ],
          }),
        );
      } catch (error) {
        if (!(error instanceof ResourceInUseException)) throw error;
      }
      await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { TableName: name });
    },

    async get(pk, sk) {
      const { Item } = await documents.send(
        new GetCommand({ TableName: name, Key: { pk, sk }, ConsistentRead: true }),
      );
      return Item as Row | undefined;
    },

    async putNew(row) {
      const put = new PutCommand({
        TableName: name,
        Item: row,
        ConditionExpression: 'attribute_not_exists(pk)',
      });
      return (await unlessConditionFails(documents.send(put))) !== null;
    },

    async put(row) {
      await documents.send(new PutCommand({ TableName: name, Item: row }));
    },

    async update(pk, sk, change) {
      const update = new UpdateCommand({
        TableName: name,
        Key: { pk, sk },
        ReturnValues: 'ALL_NEW',
        ...change,
      });
      const result = await unlessConditionFails(documents.send(update));
      return result && (result.Attributes as Row);
    },

    async query(pk, skPrefix) {
      const rows: Row[] = [];
      let start: Record<string, unknown> | undefined;
      do {
        const page = await documents.send(
          new QueryCommand({
            TableName: name,
            ConsistentRead: true,
            KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
            ExpressionAttributeValues: { ':pk': pk, ':sk': skPrefix },
            ExclusiveStartKey: start,
          }),
        );
        rows.push(...((page.Items ?? []) as Row[]));
        start = page.LastEvaluatedKey;
      } while (start);
      return rows;
    },

    async getMany(keys) {
      const rows: Row[] = [];
      for (let left = keys; left.length > 0; ) {
        const { Responses, UnprocessedKeys } = await documents.send(
          new BatchGetCommand({
            RequestItems: { [name]: { Keys: left.slice(0, 100), ConsistentRead: true } },
          }),
        );
        rows.push(...((Responses?.[name] ?? []) as Row[]));
        const unprocessed = (UnprocessedKeys?.[name]?.Keys ?? []) as typeof keys;
        left = [...unprocessed, ...left.slice(100)];
        if (unprocessed.length > 0) await shortWait();
      }
      return rows;
    },

    async putMany(rows) {
      const chunks = Array.from({ length: Math.ceil(rows.length / 25) }, (_, i) =>
        rows.slice(i * 25, i * 25 + 25),
      );
      await Promise.all(chunks.map((chunk) => putChunk(documents, name, chunk)));
    },
  };
}

async function putChunk(documents: DynamoDBDocumentClient, name: string, rows: Row[]): Promise<void> {
  let requests: { PutRequest: { Item: Record<string, unknown> } }[] = rows.map((Item) => ({
    PutRequest: { Item },
  }));
  while (requests.length > 0) {
    const { UnprocessedItems } = await documents.send(
      new BatchWriteCommand({ RequestItems: { [name]: requests } }),
    );
    requests = (UnprocessedItems?.[name] ?? []) as typeof requests;
    if (requests.length > 0) await shortWait();
  }
}

async function exists(client: DynamoDBClient, name: string): Promise<boolean> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    return Table?.TableStatus === 'ACTIVE';
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}

async function unlessConditionFails<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return null;
    throw error;
  }
}

function shortWait(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 100));
}
