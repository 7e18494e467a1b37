import { randomBytes } from 'node:crypto';
import { Client, Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { look } from '../../src/stores/health/look.ts';
import { type OpenProbes, openProbes } from '../../src/stores/health/open.ts';

const DATABASE = `health_${randomBytes(6).toString('hex')}`;
const PLAIN = `${DATABASE}_plain`;

let server: Pool;
let database: Pool;
let opened: OpenProbes[] = [];

beforeAll(async () => {
  server = new Pool({ connectionString: process.env.DATABASE_URL, max: 1 });
  await server.query(`CREATE DATABASE ${DATABASE}`);
  await server.query(`CREATE ROLE ${PLAIN} LOGIN PASSWORD 'plain'`);
  database = new Pool({ connectionString: addressAs() });
  await database.query('CREATE TABLE vehicles (id int PRIMARY KEY, color text)');
  await database.query(`INSERT INTO vehicles VALUES (1, 'red')`);
});
afterEach(async () => {
  await Promise.all(opened.map((one) => one.close()));
  opened = [];
});
afterAll(async () => {
  await database.end();
  await server.query(`DROP DATABASE ${DATABASE} WITH (FORCE)`);
  await server.query(`DROP ROLE ${PLAIN}`);
  await server.end();
});

describe('lock waits', () => {
  test('are the sessions that wait for somebody else’s lock', async () => {
    const probes = open(addressAs());
    expect(await look(probes, { lockWaits: 0 })).toEqual([]);
    await whileSessionsWait(2, async () => {
      await vi.waitFor(async () =>
        expect(await look(probes, { lockWaits: 1 })).toEqual(['lock waits 2, above 1']),
      );
      expect(await look(probes, { lockWaits: 2 })).toEqual([]);
    });
    await vi.waitFor(async () => expect(await look(probes, { lockWaits: 0 })).toEqual([]));
  });

  test('of another database are not counted', async () => {
    const elsewhere = open(process.env.DATABASE_URL);
    await whileSessionsWait(1, async () => {
      await vi.waitFor(async () =>
        expect(await look(open(addressAs()), { lockWaits: 0 })).toEqual(['lock waits 1, above 0']),
      );
      expect(await look(elsewhere, { lockWaits: 0 })).toEqual([]);
    });
  });

  test('that the user may not see count as bad, until it is given the right', async () => {
    const probes = open(addressAs(PLAIN));
    await whileSessionsWait(1, async () => {
      expect(await look(probes, { lockWaits: 100 })).toEqual([
        expect.stringMatching(
          /^lock waits cannot be read: permission denied for \d+ sessions of other users .*pg_monitor.*; health is taken as bad$/,
        ),
      ]);
      await server.query(`GRANT pg_monitor TO ${PLAIN}`);
      await vi.waitFor(async () =>
        expect(await look(probes, { lockWaits: 0 })).toEqual(['lock waits 1, above 0']),
      );
      await server.query(`REVOKE pg_monitor FROM ${PLAIN}`);
    });
  });
});

describe('replica lag', () => {
  test('without a replica counts as bad: a lost one has the worst lag', async () => {
    expect(await look(open(addressAs()), { replicaLagSeconds: 60 })).toEqual([
      'replica lag cannot be read: no replica is connected; health is taken as bad',
    ]);
  });
});

describe('a server that does not answer', () => {
  test('counts as bad, with what went wrong', async () => {
    const gone = new URL(addressAs());
    gone.port = '1';
    const [reason] = await look(open(gone.href), { lockWaits: 5 });
    expect(reason).toMatch(/^lock waits cannot be read: .*ECONNREFUSED.*; health is taken as bad$/);
  });

  test('is not asked about what has no limit', async () => {
    const gone = new URL(addressAs());
    gone.port = '1';
    expect(await look(open(gone.href), {})).toEqual([]);
    expect(await look(open(gone.href), { dynamodbThrottles: 0 })).toEqual([]);
  });
});

test('OpenSearch tells how many writes wait for their turn', async () => {
  const probes = open(addressAs(), process.env.OPENSEARCH_URL);
  expect(await look(probes, { opensearchQueue: 0 })).toEqual([]);
  // A limit below what there can be shows that a number was read.
  expect(await look(probes, { opensearchQueue: -1 })).toEqual(['OpenSearch write queue 0, above -1']);
});

test('an OpenSearch that does not answer counts as bad', async () => {
  const [reason] = await look(open(addressAs(), 'http://127.0.0.1:9'), { opensearchQueue: 100 });
  expect(reason).toMatch(/^OpenSearch write queue cannot be read: .*; health is taken as bad$/);
});

test('OpenSearch without an address counts as bad', async () => {
  expect(await look(open(addressAs()), { opensearchQueue: 100 })).toEqual([
    'OpenSearch write queue cannot be read: OPENSEARCH_URL is not set; health is taken as bad',
  ]);
});

function addressAs(user?: string): string {
  const url = new URL(String(process.env.DATABASE_URL));
  url.pathname = `/${DATABASE}`;
  if (user) Object.assign(url, { username: user, password: 'plain' });
  return url.href;
}

function open(databaseUrl = '', opensearchUrl?: string) {
  const one = openProbes({ databaseUrl, opensearchUrl, throttles: { lastMinute: () => 0 } });
  opened.push(one);
  return one.probes;
}

/** So many sessions want a row that another one has locked. */
async function whileSessionsWait(count: number, act: () => Promise<void>): Promise<void> {
  const clients = Array.from({ length: count + 1 }, () => new Client({ connectionString: addressAs() }));
  await Promise.all(clients.map((client) => client.connect()));
  const [holder, ...waiters] = clients;
  await holder?.query('BEGIN; UPDATE vehicles SET color = color');
  const waiting = waiters.map((client) => client.query('UPDATE vehicles SET color = color'));
  try {
    await act();
  } finally {
    await holder?.query('ROLLBACK');
    await Promise.all(waiting);
    await Promise.all(clients.map((client) => client.end()));
  }
}
