import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Stack, startStack } from '../../src/stack/stack.ts';
import { look } from '../../src/stores/health/look.ts';
import { type OpenProbes, openProbes } from '../../src/stores/health/open.ts';

const closing: (() => Promise<unknown>)[] = [];
let primary: Client;
let replica: Client;
let replicaServer: Stack;
let primaryUrl: string;

beforeAll(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'health-replica-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const [first, second] = [path.join(folder, 'first'), path.join(folder, 'second')];
  const server = await startPostgres(first);
  primaryUrl = String(server.env.DATABASE_URL);
  primary = await connect(primaryUrl);
  await primary.query('CREATE TABLE vehicles (id int)');
  await primary.query(`CREATE ROLE plain LOGIN PASSWORD 'plain'`);
  await copyAsReplica(first, second);
  replicaServer = await startPostgres(second);
  replica = await connect(String(replicaServer.env.DATABASE_URL));
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

test('the lag of a replica is seen while it grows, and is over when it has caught up', async () => {
  const probes = open(primaryUrl);
  await vi.waitFor(async () => expect(await look(probes, { replicaLagSeconds: 0.5 })).toEqual([]));

  await replica.query('SELECT pg_wal_replay_pause()');
  await primary.query('INSERT INTO vehicles VALUES (1)');
  await delay(1_500);
  await primary.query('INSERT INTO vehicles VALUES (2)');
  await vi.waitFor(
    async () =>
      expect(await look(probes, { replicaLagSeconds: 0.5 })).toEqual([
        expect.stringMatching(/^replica lag [\d.]+ s, above 0.5 s$/),
      ]),
    { timeout: 20_000, interval: 500 },
  );

  await replica.query('SELECT pg_wal_replay_resume()');
  await vi.waitFor(async () => expect(await look(probes, { replicaLagSeconds: 0.5 })).toEqual([]));
});

test('a user that may not read the lag is told which right it takes; health counts as bad until then', async () => {
  const url = new URL(primaryUrl);
  Object.assign(url, { username: 'plain', password: 'plain' });
  const probes = open(url.href);
  expect(await look(probes, { replicaLagSeconds: 60 })).toEqual([
    'replica lag cannot be read: permission denied (the role pg_monitor may see it); health is taken as bad',
  ]);
  await primary.query('GRANT pg_monitor TO plain');
  await vi.waitFor(async () => expect(await look(probes, { replicaLagSeconds: 60 })).toEqual([]));
});

test('a replica that is lost counts as bad', async () => {
  const probes = open(primaryUrl);
  expect(await look(probes, { replicaLagSeconds: 60 })).toEqual([]);
  await replica.end();
  await replicaServer.stop();
  await vi.waitFor(async () =>
    expect(await look(probes, { replicaLagSeconds: 60 })).toEqual([
      'replica lag cannot be read: no replica is connected; health is taken as bad',
    ]),
  );
});

async function startPostgres(dataDir: string): Promise<Stack> {
  const { PATH, HOME } = process.env;
  const stack = await startStack({ dataDir, parts: ['postgres'], env: { PATH, HOME }, say: () => {} });
  closing.push(() => stack.stop());
  return stack;
}

/** As `pg_basebackup` would, which is not among the programs that tests can count on. */
async function copyAsReplica(from: string, to: string): Promise<void> {
  await mkdir(to);
  await primary.query(`SELECT pg_backup_start('replica', true)`);
  execFileSync('cp', ['-a', path.join(from, 'postgres'), to]);
  const { rows } = await primary.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop()');
  const data = path.join(to, 'postgres', 'data');
  await rm(path.join(data, 'postmaster.pid'));
  await writeFile(path.join(data, 'backup_label'), String(rows[0]?.labelfile));
  await writeFile(path.join(data, 'standby.signal'), '');
  await appendFile(path.join(data, 'postgresql.auto.conf'), `primary_conninfo = '${primaryUrl}'\n`);
}

async function connect(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  closing.push(() => client.end());
  return client;
}

function open(databaseUrl: string): OpenProbes['probes'] {
  const { probes, close } = openProbes({
    databaseUrl,
    opensearchUrl: undefined,
    throttles: { lastMinute: () => 0 },
  });
  closing.push(close);
  return probes;
}
