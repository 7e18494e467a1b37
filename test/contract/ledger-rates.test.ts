import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CallFailure, RunPaused } from '../../src/domain/failure.ts';
import { startOfNextDay } from '../../src/domain/pacing.ts';
import type { Rates } from '../../src/domain/settings.ts';
import { createPacer, type Pacer, type TurnAtAll } from '../../src/stores/ledger/pacer.ts';
import { createTable } from '../../src/stores/ledger/table.ts';
import { freshName } from '../support/gated-stores.ts';
import { askable, createLedgerWorld, type LedgerWorld, NEVER } from './ledger-world.ts';

let client: DynamoDBClient;
let world: LedgerWorld;

beforeAll(async () => {
  client = new DynamoDBClient({});
  world = await createLedgerWorld();
});
afterAll(() => {
  client.destroy();
  world.client.destroy();
});

/** Turns come late on a busy machine, and then some come together. How much of a limit is used is bench/rates.ts's. */
const LATENESS = 1.4;
const LEAST = 0.6;
/** A model's limits and its provider's, the way calls name them. */
const BOTH = ['openai/m', 'openai'];

describe('the pacer', () => {
  test('lets two workers together send at the limit, and no faster', async () => {
    const rates = { openai: { perSecond: 50 } };
    const began = Date.now();
    const turns = await turnsWithin(3_000, await workers(), ['openai'], rates);
    const seconds = (Date.now() - began) / 1_000;
    expect(turns.length).toBeLessThanOrEqual(50 * (seconds + 0.15) + 2);
    expect(turns.length).toBeGreaterThanOrEqual(LEAST * 50 * 3);
    expect(mostWithin(1_000, turns)).toBeLessThanOrEqual(50 * LATENESS);
  });

  test.each([
    ['the model', { 'openai/m': { perSecond: 20 }, openai: { perSecond: 50 } }],
    ['the provider', { 'openai/m': { perSecond: 50 }, openai: { perSecond: 20 } }],
    ['both', { 'openai/m': { perSecond: 20 }, openai: { perSecond: 20 } }],
  ])('keeps to the narrower limit where %s has it', async (_, rates) => {
    const turns = await turnsWithin(2_000, await workers(), BOTH, rates);
    expect(mostWithin(1_000, turns)).toBeLessThanOrEqual(20 * LATENESS);
    expect(turns.length).toBeGreaterThanOrEqual(LEAST * 20 * 2);
  });

  test('keeps a provider’s limit over all of its models together', async () => {
    const [one, other] = await workers();
    const rates = { 'openai/a': { perSecond: 15 }, openai: { perSecond: 20 } };
    const [a, b] = await Promise.all([
      turnsWithin(2_000, [one], ['openai/a', 'openai'], rates),
      turnsWithin(2_000, [other], ['openai/b', 'openai'], rates),
    ]);
    expect(mostWithin(1_000, a)).toBeLessThanOrEqual(15 * LATENESS);
    expect(
      mostWithin(
        1_000,
        [...a, ...b].sort((x, y) => x - y),
      ),
    ).toBeLessThanOrEqual(20 * LATENESS);
  });

  test('keeps requests per minute', async () => {
    const turns = await turnsWithin(2_000, await workers(), ['openai'], { openai: { perMinute: 600 } });
    expect(turns.length).toBeLessThanOrEqual(10 * 2 + 5);
    expect(turns.length).toBeGreaterThanOrEqual(LEAST * 10 * 2);
  });

  test('keeps tokens per minute: large calls wait longer', async () => {
    const rates = { openai: { tokensPerMinute: 60_000 } };
    const small = await turnsWithin(2_000, await workers(), ['openai'], rates, 50);
    const large = await turnsWithin(2_000, await workers(), ['openai'], rates, 200);
    expect(small.length).toBeLessThanOrEqual(20 * 2 + 5);
    expect(small.length).toBeGreaterThanOrEqual(LEAST * 20 * 2);
    expect(large.length).toBeLessThanOrEqual(5 * 2 + 3);
    expect(large.length).toBeGreaterThanOrEqual(LEAST * 5 * 2);
  });
});

describe.concurrent('the pacer', () => {
  test('leaves alone what has no limit', async () => {
    const [pacer] = await workers();
    const began = Date.now();
    for (let n = 0; n < 100; n += 1) await turn(pacer, BOTH, {});
    expect(Date.now() - began).toBeLessThan(1_000);
    expect(await pacer.standing(BOTH, {})).toEqual([]);
  });

  test('is silent for as long as the provider asks, in every worker', async () => {
    const [pacer, other] = await workers();
    const rates = { openai: { perSecond: 100 } };
    const told = Date.now();
    await pacer.fared(BOTH, rates, { slots: {}, throttled: true, waitMs: 600 });
    await Promise.all([turn(pacer, BOTH, rates), turn(other, BOTH, rates)]);
    expect(Date.now() - told).toBeGreaterThanOrEqual(590);
  });

  test('waits as asked though the account has no limit', async () => {
    const [pacer] = await workers();
    const told = Date.now();
    await pacer.fared(BOTH, {}, { slots: {}, throttled: true, waitMs: 300 });
    await turn(pacer, BOTH, {});
    expect(Date.now() - told).toBeGreaterThanOrEqual(290);
  });

  test('waits as asked, though other calls are refused at the same moment', async () => {
    const [pacer] = await workers();
    const rates = { openai: { perSecond: 100 } };
    const fates = [undefined, undefined, 600].map((waitMs, n) => ({
      slots: { openai: n },
      throttled: true,
      waitMs,
    }));
    const told = Date.now();
    await Promise.all(fates.map((fate) => pacer.fared(['openai'], rates, fate)));
    await turn(pacer, ['openai'], rates);
    expect(Date.now() - told).toBeGreaterThanOrEqual(590);
  });

  test('goes on at its pace after a refusal or two, and lowers it when they go on, for all workers', async () => {
    const pacers = await workers();
    const rates = { openai: { perSecond: 200 } };
    const turned = (await turnsOf(150, pacers, rates)).map(({ slots }) => slots);
    const slots = turned.sort((one, other) => (one.openai ?? 0) - (other.openai ?? 0));
    const standing = async () => (await pacers[1].standing(['openai'], rates))[0]?.factor;
    for (const refused of slots.slice(0, 2)) await refuse(pacers[0], rates, refused);
    expect(await standing()).toBe(1);
    // What both workers saw is judged together.
    for (const [n, refused] of slots.entries()) {
      if (n > 2 && n % 2 === 0) await refuse(pacers[n % 4 === 0 ? 0 : 1], rates, refused);
    }
    expect(await standing()).toBeGreaterThan(0.2);
    expect(await standing()).toBeLessThan(0.9);
    const turns = await turnsWithin(1_000, [pacers[1]], ['openai'], rates);
    expect(turns.length).toBeLessThan(0.9 * 200);
  });

  test.each([
    ['requests', { perDay: 2 }, 0, /2 requests/],
    ['tokens', { tokensPerDay: 1_000 }, 500, /1000 tokens/],
  ] as const)('says when a used-up day of %s renews', async (_, limit, tokens, quota) => {
    const [pacer, other] = await workers();
    const rates = { openai: limit };
    await turn(pacer, ['openai'], rates, tokens);
    await turn(other, ['openai'], rates, tokens);
    const failure = await turn(pacer, ['openai'], rates, tokens).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RunPaused);
    expect(failure).toMatchObject({
      reason: { kind: 'quota', until: startOfNextDay(Date.now()), message: expect.stringMatching(quota) },
    });
  });

  test('keeps to rates that are tuned while calls wait for their turns', async () => {
    const [pacer] = await workers();
    let perMinute = 6;
    const rates = async () => ({ openai: { perMinute } });
    const [first, second, third] = [1, 2, 3].map(() => pacer.turn(['openai'], rates, 0, NEVER));
    await first;
    const tunedAt = Date.now();
    perMinute = 600;
    await Promise.all([second, third]);
    expect(Date.now() - tunedAt).toBeLessThan(2_000);
  });

  test('uses the last request of a day, though more wait for one', async () => {
    const [pacer] = await workers();
    const rates = always({ openai: { perSecond: 20, perDay: 3 } });
    const turns = Array.from({ length: 6 }, () => pacer.turn(['openai'], rates, 0, NEVER));
    const settled = await Promise.allSettled(turns);
    expect(settled.map(({ status }) => status).sort()).toEqual([
      ...['fulfilled', 'fulfilled', 'fulfilled'],
      ...['rejected', 'rejected', 'rejected'],
    ]);
  });

  test('makes all workers wait for a call that was sent late, where bursts are small', async () => {
    const [pacer, other] = await workers();
    const rates = always({ openai: { perSecond: 4 } });
    const late = await pacer.turn(['openai'], rates, 0, NEVER);
    await sleep(150);
    late.sent();
    const sentAt = Date.now();
    await other.turn(['openai'], rates, 0, NEVER);
    expect(Date.now() - sentAt).toBeGreaterThanOrEqual(225);
  });

  test('gives every turn to one who waits for it, whoever has left or was refused before', async () => {
    const [pacer] = await workers();
    const [refused, leaving] = [new AbortController(), new AbortController()];
    await turn(pacer, ['openai'], { openai: { perDay: 1 } });
    const again = pacer.turn(['openai'], always({ openai: { perDay: 1 } }), 0, refused.signal);
    await expect(again).rejects.toBeInstanceOf(RunPaused);
    const slow = { openai: { perSecond: 4 } };
    const left = pacer.turn(['openai'], always(slow), 0, leaving.signal);
    const waiting = [turn(pacer, ['openai'], slow), turn(pacer, ['openai'], slow)];
    left.catch(() => undefined);
    refused.abort('over');
    leaving.abort('over');
    await expect(left).rejects.toBe('over');
    await Promise.all(waiting);
  });
});

describe('a run', () => {
  test('is paced by what its provider refuses, and standing tells', async () => {
    const runId = await world.runningRun({ rates: { 'openai/m': { perSecond: 200 } } });
    const page = await world.open(runId);
    const throttled = new CallFailure('refused', 'call-throttled', 'slow down');
    const questions = Array.from({ length: 200 }, (_, n) =>
      askable(n % 2 === 0 ? { replies: [throttled] } : {}),
    );
    await Promise.allSettled(questions.map(({ call }) => page.askFor('item', NEVER)(call)));
    const { rates } = (await world.ledger.runs.get(runId))?.settings ?? { rates: {} };
    const [standing] = await world.other.paces(BOTH, rates);
    expect(standing).toMatchObject({ account: 'openai/m' });
    expect(standing?.factor).toBeLessThan(0.8);
  });

  test('keeps to rates that were tuned while its pages are in work', async () => {
    const runId = await world.runningRun({ rates: { 'openai/m': { perSecond: 2 } } });
    const page = await world.open(runId);
    await page.askFor('first', NEVER)(askable().call);
    await world.other.runs.tune(runId, { rates: { 'openai/m': { perSecond: 100 } } }, 'a person');
    await sleep(1_100);
    const began = Date.now();
    for (let n = 0; n < 10; n += 1) await page.askFor(`item ${n}`, NEVER)(askable().call);
    expect(Date.now() - began).toBeLessThan(3_000);
  });
});

/** Two workers' pacers on a table of their own. */
async function workers(): Promise<[Pacer, Pacer]> {
  const own = createTable(client, freshName('rates'));
  await own.create();
  return [createPacer(own), createPacer(own)];
}

async function turn(pacer: Pacer, accounts: string[], rates: Rates, tokens = 0): Promise<void> {
  const { sent } = await pacer.turn(accounts, always(rates), tokens, NEVER);
  sent();
}

/** Rates that nobody tunes. */
function always(rates: Rates): () => Promise<Rates> {
  return async () => rates;
}

/** So many turns, as fast as they come. */
function turnsOf(count: number, pacers: Pacer[], rates: Rates): Promise<TurnAtAll[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const turn = await (pacers[n % pacers.length] as Pacer).turn(['openai'], always(rates), 0, NEVER);
      turn.sent();
      return turn;
    }),
  );
}

function refuse(pacer: Pacer, rates: Rates, slots: TurnAtAll['slots']): Promise<void> {
  return pacer.fared(['openai'], rates, { slots, throttled: true, waitMs: undefined });
}

/** Epoch milliseconds of the turns of ten who always ask again. */
async function turnsWithin(
  ms: number,
  pacers: Pacer[],
  accounts: string[],
  rates: Rates,
  tokens = 0,
): Promise<number[]> {
  const over = AbortSignal.timeout(ms);
  const turns: number[] = [];
  const busy = Array.from({ length: 10 }, async (_, n) => {
    while (!over.aborted) {
      const { sent } = await (pacers[n % pacers.length] as Pacer).turn(accounts, always(rates), tokens, over);
      turns.push(Date.now());
      sent();
    }
  });
  await Promise.allSettled(busy);
  return turns;
}

function mostWithin(ms: number, times: number[]): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + ms).length));
}
