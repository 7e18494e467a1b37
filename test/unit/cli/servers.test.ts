import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { partsOf, provideServers } from '../../../src/cli/servers.ts';
import { partsWithData } from '../../../src/stack/parts.ts';
import { identify } from '../../../src/stack/process-identity.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'servers-'));
  for (const name of Object.keys(process.env)) {
    if (/^(AWS|OPENAI|TEMPORAL|BACKFILL)_|^(DATABASE|OPENSEARCH)_URL$/.test(name)) vi.stubEnv(name, '');
  }
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dataDir, { recursive: true });
});

test('a backfill needs the store that keeps its data, and not the other one', () => {
  expect(partsOf('postgres')).toEqual(['temporal', 'postgres', 'dynamodb', 'simulator']);
  expect(partsOf('opensearch')).toEqual(['temporal', 'dynamodb', 'opensearch', 'simulator']);
});

test('a data folder tells which stores have kept something there; a mere attempt to start one counts for nothing', async () => {
  await mkdir(path.join(dataDir, 'opensearch'));
  expect(partsWithData(dataDir)).toEqual([]);
  await mkdir(path.join(dataDir, 'opensearch', 'data'));
  await mkdir(path.join(dataDir, 'postgres', 'data'), { recursive: true });
  expect(partsWithData(dataDir)).toEqual(['postgres', 'opensearch']);
});

test('servers that the environment names are used: Temporal, DynamoDB and the store that is needed', async () => {
  vi.stubEnv('TEMPORAL_ADDRESS', 'temporal.example:7233');
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', 'http://dynamodb.example');
  vi.stubEnv('OPENSEARCH_URL', 'http://search.example:9200');
  expect(await provide(partsOf('opensearch'))).toEqual({ origin: 'given' });
  expect(await provide()).toEqual({ origin: 'given' });
  await expect(provide(partsOf('postgres'))).rejects.toThrow('no servers');
});

test('a stack that runs without OpenSearch says so to who needs it, and serves all others', async () => {
  vi.stubEnv('FOUND', '');
  const record = { owner: identify(process.pid), processes: [], env: { FOUND: 'yes' } };
  await writeFile(path.join(dataDir, 'stack.json'), JSON.stringify(record));
  expect(await provide()).toEqual({ origin: 'found' });
  expect(process.env.FOUND).toBe('yes');
  await expect(provide(partsOf('opensearch'))).rejects.toThrow('runs without OpenSearch');
  vi.stubEnv('OPENSEARCH_URL', 'http://search.example:9200');
  expect(await provide(partsOf('opensearch'))).toEqual({ origin: 'found' });
});

test('a stack that is found hands its OpenSearch on', async () => {
  vi.stubEnv('OPENSEARCH_URL', '');
  const env = { OPENSEARCH_URL: 'http://127.0.0.1:8123' };
  const record = { owner: identify(process.pid), processes: [], env };
  await writeFile(path.join(dataDir, 'stack.json'), JSON.stringify(record));
  expect(await provide(partsOf('opensearch'))).toEqual({ origin: 'found' });
  expect(process.env.OPENSEARCH_URL).toBe(env.OPENSEARCH_URL);
});

function provide(parts?: ReturnType<typeof partsOf>) {
  return provideServers({ dataDir, own: 'never', asks: false, parts });
}
