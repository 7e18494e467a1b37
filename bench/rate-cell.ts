import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { BackfillClient } from '../src/client.ts';
import { readConfig } from '../src/config.ts';
import { createTinyTable } from '../test/support/tiny.ts';
import { cpuSeconds } from './cpu-time.ts';
import { followedAfter, gaps, type SeenCall, type Usage, usage } from './rate-figures.ts';

export interface Cell {
  perSecond: number;
  workers: number;
  halve: boolean;
}

export interface CellResult extends Cell, Usage {
  gapsMs: { p1: number; p50: number; p99: number };
  /** CPU cores in use, by process. */
  cores: Record<string, number>;
  /** Seconds until the halved limit was kept; null: not within what was watched. */
  followedAfter?: number | null;
}

/** The first seconds are those in which pages are handed out. */
const START_UP_MS = 2_000;
const STEADY_MS = 20_000;
const BEFORE_HALVING_MS = 8_000;
const AFTER_HALVING_MS = 25_000;
/** Of which each worker runs four at a time. */
const UNITS = 32;
/** Calls that wait in each worker: a limit is only used up while enough of them do. */
const CONCURRENCY = 192;

let tables = 0;

/**
 * One run over more rows than can be done in time, watched from the provider's side, then cancelled: so that the
 * limit is all that holds it, until the end.
 */
export async function measureCell(
  client: BackfillClient,
  image: string,
  cell: Cell,
  processes: Record<string, number>,
): Promise<CellResult> {
  const { perSecond, halve } = cell;
  tables += 1;
  const table = `images_${tables}`;
  const seconds = (START_UP_MS + BEFORE_HALVING_MS + AFTER_HALVING_MS) / 1000 + 10;
  const waiting = CONCURRENCY * cell.workers;
  await createTinyTable(
    client.surroundings.stores,
    table,
    UNITS,
    Math.ceil((perSecond * seconds + 2 * waiting) / UNITS),
  );
  await client.surroundings.stores.postgres.query(`UPDATE ${table} SET question = $1`, [image]);
  await simulator('reset', {});
  await limitTo(perSecond);
  await forgetPace();

  await client.start({
    backfill: 'labels',
    options: { provider: 'http://127.0.0.1', table },
    selection: { only: 'missing' },
    settings: { rates: { rekognition: { perSecond } }, concurrency: CONCURRENCY },
  });
  const from = (await firstCall()) + START_UP_MS;
  await sleep(from - Date.now());
  const cpu = Object.entries(processes).map(([name, pid]) => ({ name, pid, before: cpuSeconds(pid) }));
  const began = Date.now();
  await sleep(halve ? BEFORE_HALVING_MS : STEADY_MS);
  const changedAt = Date.now();
  if (halve) {
    await limitTo(perSecond / 2);
    await sleep(AFTER_HALVING_MS);
  }
  const to = Date.now();
  const cores = Object.fromEntries(
    cpu.map(({ name, pid, before }) => [
      name,
      Number(((cpuSeconds(pid) - before) / ((to - began) / 1000)).toFixed(2)),
    ]),
  );
  const calls = await seenSince(from);
  await client.cancel('labels');
  await client.ended('labels');

  if (!halve) return { ...cell, ...usage(calls, perSecond, from, to), gapsMs: gaps(calls, from, to), cores };
  const after = followedAfter(calls, perSecond / 2, changedAt, to);
  const settled = changedAt + 1000 * Math.min(after ?? 10, 10);
  return {
    ...cell,
    followedAfter: after,
    ...usage(calls, perSecond / 2, settled, to),
    gapsMs: gaps(calls, settled, to),
    cores,
  };
}

async function firstCall(): Promise<number> {
  for (;;) {
    const [first] = await seenSince(0);
    if (first) return first.at;
    await sleep(100);
  }
}

async function seenSince(at: number): Promise<SeenCall[]> {
  const reply = await fetch(`${process.env.SIMULATOR_URL}/_sim/calls?since=${at}`);
  return ((await reply.json()) as { calls: SeenCall[] }).calls;
}

/** The ledger remembers what a provider was seen to take: the cell before must not slow this one. */
async function forgetPace(): Promise<void> {
  const dynamodb = new DynamoDBClient({
    endpoint: process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '',
    region: 'us-east-1',
    credentials: { accessKeyId: 'embedded', secretAccessKey: 'embedded' },
  });
  const { BACKFILL_LEDGER_TABLE: TableName } = readConfig();
  const Key = { pk: { S: 'rate#rekognition' }, sk: { S: 'pace' } };
  await dynamodb.send(new DeleteItemCommand({ TableName, Key }));
  dynamodb.destroy();
}

/** The run is not told. */
function limitTo(requestsPerSecond: number): Promise<void> {
  return simulator('settings', { limits: { rekognition: { requestsPerSecond } } });
}

async function simulator(command: string, body: object): Promise<void> {
  const reply = await fetch(`${process.env.SIMULATOR_URL}/_sim/${command}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  if (!reply.ok) throw new Error(await reply.text());
}
