import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLedger } from '../../src/stores/ledger/ledger.ts';
import { createTable } from '../../src/stores/ledger/table.ts';
import { freshName } from '../support/gated-stores.ts';
import { type Books, createBooks } from './ledger-books.ts';
import { type Clock, takeOverClock } from './ledger-clock.ts';
import { createInterleaving } from './ledger-interleaving.ts';
import { KNOWN, type Plan, plan } from './ledger-plan.ts';
import { startWitnessProvider, type WitnessProvider } from './ledger-provider.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const LAST_STEPS = 60;

let client: DynamoDBClient;
let provider: WitnessProvider;
let clock: Clock;
let books: Books;
let cases = 0;

beforeAll(async () => {
  client = new DynamoDBClient({});
  const table = createTable(client, freshName('ledger'));
  await table.create();
  provider = await startWitnessProvider();
  books = createBooks(table, createLedger(client, table.name), provider);
  clock = takeOverClock();
});
afterAll(async () => {
  clock.stop();
  client.destroy();
  await provider.close();
});

test('whatever workers do and whatever befalls them: no cap is passed, all money is accounted for and freed in the end, and no answered call is sent again', async () => {
  // To play a failed course again: the seed and the path that the message tells go in here.
  await fc.assert(fc.asyncProperty(plan, play), {
    numRuns: 80,
    examples: KNOWN.map((known) => [known]),
    interruptAfterTimeLimit: 40_000,
    markInterruptAsFailure: false,
  });
}, 240_000);

/** Each case has runs and a day of its own. */
async function play(plan: Plan): Promise<void> {
  cases += 1;
  clock.set(Date.UTC(2030, 0, 1) + cases * DAY_MS);
  const world = await createInterleaving(plan, { name: `case-${cases}`, provider, clock, books });
  try {
    for (const command of plan.commands) await world.command(command);
    if (!plan.sleepLong) world.wakeAll();
    await world.drain();
    await world.finish();
    world.wakeAll();
    await world.drain();
    expect(world.defects).toEqual([]);
    await books.atTheEnd(world.runIds, world.receipts);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const steps = world.turnstile.trace.slice(-LAST_STEPS).join('\n');
    throw new Error(`${message}\nThe last steps:\n${steps}`, { cause: error });
  } finally {
    world.close();
  }
}
