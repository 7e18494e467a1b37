import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { plainEnv } from './child-process.ts';
import type { Server, Surroundings } from './server.ts';

const dynalite = createRequire(import.meta.url)('dynalite/package.json') as { version: string };

/** dynalite keeping its tables on disk, in a process of its own. */
export async function dynamodbServer({ dataDir, env }: Surroundings, port: number): Promise<Server> {
  const folder = path.join(dataDir, 'dynamodb');
  await mkdir(folder, { recursive: true });
  const endpoint = `http://127.0.0.1:${port}`;
  const program = fileURLToPath(new URL('dynalite-server.ts', import.meta.url));
  return {
    name: 'dynamodb',
    address: endpoint,
    env: { AWS_ENDPOINT_URL_DYNAMODB: endpoint, BACKFILL_EMBEDDED_DYNAMODB: endpoint },
    command: { file: process.execPath, args: [program, String(port), folder], env: plainEnv(env) },
    ready: () => listTables(endpoint),
    askVersion: async () => `dynalite ${dynalite.version}`,
  };
}

async function listTables(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: 'embedded', secretAccessKey: 'embedded' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  try {
    await client.send(new ListTablesCommand({ Limit: 1 }), { requestTimeout: 5_000 });
  } finally {
    client.destroy();
  }
}
