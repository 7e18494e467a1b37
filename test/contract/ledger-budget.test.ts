import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CallFailure } from '../../src/domain/failure.ts';
import { startOfNextDay, utcDay } from '../../src/domain/pacing.ts';
import { createLedger, type Ledger } from '../../src/stores/ledger/ledger.ts';
import type { PageCalls } from '../../src/stores/ledger/page-calls.ts';
import { createPageMoney } from '../../src/stores/ledger/page-money.ts';
import {
  askable,
  CENT,
  COST,
  claim,
  createLedgerWorld,
  type LedgerWorld,
  NEVER,
  receipt,
  WORST_CASE,
} from './ledger-world.ts';

let world: LedgerWorld;

beforeAll(async () => {
  world = await createLedgerWorld();
});
afterAll(() => world.client.destroy());

const CUT = new CallFailure('unknown', 'call-unknown', 'cut');
/** How long a call waits, at least, when others hold money that they do not give back. */
const PATIENCE_MS = 3_000;

describe.concurrent('a call that does not fit into the budget', () => {
  test('waits while another page holds money, and is made when that gives some back', async () => {
    const { runId, one, other } = await twoPages(WORST_CASE + COST);
    const slow = askable({ delayMs: 800 });
    const first = one
      .askFor(
        'item',
        NEVER,
      )(slow.call)
      .then(() => one.close(receipt()));
    await slow.arrived;
    const waited = askable({ worstCase: WORST_CASE });
    await other.askFor('item', NEVER)(waited.call);
    await first;
    await other.close(receipt());
    expect(await world.balanced(runId)).toMatchObject({ spent: 2 * COST, holds: {} });
  });

  test('waits while a call of its own page is under way', async () => {
    const runId = await world.runningRun({ budget: WORST_CASE + COST });
    const page = await world.open(runId);
    const slow = askable({ delayMs: PATIENCE_MS + 1_000 });
    const first = page.askFor('item', NEVER)(slow.call);
    await slow.arrived;
    await page.askFor('item', NEVER)(askable().call);
    await first;
    await page.close(receipt());
    expect(await world.balanced(runId)).toMatchObject({ spent: 2 * COST });
  });

  test('is made when the budget is tuned up meanwhile', async () => {
    const { runId, one, other } = await twoPages(WORST_CASE);
    const slow = askable({ delayMs: 1_500 });
    const first = one.askFor('item', NEVER)(slow.call);
    await slow.arrived;
    const waiting = other.askFor('item', NEVER)(askable().call);
    await sleep(300);
    await world.ledger.runs.tune(runId, { budget: 3 * WORST_CASE }, 'ann');
    await waiting;
    expect(slow.sent).toBe(1);
    await first;
    await world.balanced(runId);
  });

  test('pauses the run at once when nobody holds anything', async () => {
    const runId = await world.runningRun({ budget: WORST_CASE });
    const page = await world.open(runId);
    await page.askFor('item', NEVER)(askable().call);
    const began = Date.now();
    await expect(page.askFor('item', NEVER)(askable().call)).rejects.toMatchObject({
      reason: { kind: 'budget', needs: WORST_CASE },
    });
    expect(Date.now() - began).toBeLessThan(PATIENCE_MS / 2);
    // What it cannot use itself is there for others by then.
    expect(await world.balanced(runId)).toMatchObject({ available: WORST_CASE - COST });
  });

  test('pauses the run after a while when what others hold stays held: they do not wait for each other for ever', async () => {
    const { runId, one, other } = await twoPages(2 * WORST_CASE + COST);
    for (const page of [one, other])
      await expect(page.askFor('item', NEVER)(askable({ replies: [CUT] }).call)).rejects.toBe(CUT);
    const began = Date.now();
    const both = await Promise.allSettled(
      [one, other].map((page) => page.askFor('item', NEVER)(askable().call)),
    );
    expect(both).toMatchObject([1, 2].map(() => ({ reason: { reason: { kind: 'budget' } } })));
    expect(Date.now() - began).toBeGreaterThanOrEqual(PATIENCE_MS);
    expect(Date.now() - began).toBeLessThan(3 * PATIENCE_MS);
    expect(await world.balanced(runId)).toMatchObject({ available: COST });
  }, 20_000);

  test('waits no longer than it may: a stop, a pause of the run', async () => {
    const { runId, one, other } = await twoPages(WORST_CASE);
    const never = askable({ replies: [CUT] });
    await expect(one.askFor('item', NEVER)(never.call)).rejects.toBe(CUT);
    const stop = new AbortController();
    const [stopped, paused] = [
      other.askFor('item', stop.signal)(askable().call),
      other.askFor('item', NEVER)(askable().call),
    ].map((asked) => asked.catch((error: unknown) => error));
    await sleep(200);
    stop.abort('enough');
    expect(await stopped).toBe('enough');
    await world.ledger.runs.move(runId, 'pausing');
    expect(await paused).toMatchObject({ code: 'interrupted' });
  });

  test('never takes what another call of its page has just been given', async () => {
    const runId = await world.runningRun({ budget: 100 });
    await world.open(runId);
    const run = await world.balanced(runId);
    const page = { runId, page: 'a/0', hold: run.holds['a/0'] ?? { id: '', amount: 0, day: '' } };
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    let asked = 0;
    const runs: Ledger['runs'] = {
      ...world.ledger.runs,
      async reserve(...args) {
        asked += 1;
        if (asked === 2) await gate;
        return world.ledger.runs.reserve(...args);
      },
    };
    const money = createPageMoney({ run, page, runs, days: world.ledger.days });
    await money.hold(40, NEVER);
    money.settle(40);
    const stop = new AbortController();
    const tooMuch = money.hold(200, stop.signal).catch(() => undefined);
    while (asked < 2) await sleep(5);
    const fits = money.hold(30, NEVER);
    open();
    await fits;
    await sleep(100);
    expect((await world.balanced(runId)).holds['a/0']?.amount).toBeGreaterThanOrEqual(30);
    stop.abort();
    await tooMuch;
  });
});

describe('acknowledgements that are lost, so that every write is repeated', () => {
  test('change no sum', async () => {
    const own = await createLedgerWorld();
    const client = repeatingClient();
    const ledger = createLedger(client, own.table.name);
    await ledger.days.setCap(100 * WORST_CASE);
    const runId = await own.runningRun({ budget: 6 * WORST_CASE });
    const page = await own.open(runId, ledger);
    await Promise.all([1, 2].map(() => page.askFor('item', NEVER)(askable().call)));
    const bystander = await own.open(runId, own.ledger, { page: 'b/0' });
    await bystander
      .askFor(
        'item',
        NEVER,
      )(askable({ replies: [CUT] }).call)
      .catch(() => undefined);
    // Does not fit: what the page does not need is given back.
    const stop = AbortSignal.timeout(600);
    const tooMuch = page.askFor('item', stop)(askable({ worstCase: 10 * WORST_CASE }).call);
    await expect(tooMuch).rejects.toThrow();
    const given = await own.balanced(runId);
    expect(given.holds['a/0']?.amount).toBe(2 * COST);

    const cut = page.askFor('item', NEVER)(askable({ replies: [CUT] }).call);
    await expect(cut).rejects.toBe(CUT);
    await page.close({ ...receipt({ written: 1 }), hold: page.hold });
    await bystander.close(receipt());
    const [unknown] = (await own.ledger.audit(runId)).unknown.filter(({ page }) => page === 'a/0');
    await ledger.settle(runId, `a/0#${unknown?.slot}.${unknown?.index}`, 40 * CENT, 'ann');
    await ledger.runs.tune(runId, { budget: 7 * WORST_CASE }, 'ann');
    expect(await own.balanced(runId)).toMatchObject({
      spent: 2 * COST + 40 * CENT,
      unknownHeld: WORST_CASE,
      counts: { written: 1 },
      settings: { budget: 7 * WORST_CASE },
    });
    expect(await ledger.days.read()).toMatchObject({ spent: 2 * COST + 40 * CENT });
    for (const one of [client, own.client]) one.destroy();
  });
});

describe('a declaration that failed, but was written', () => {
  test('keeps its money until the page is booked: the call counts as unknown', async () => {
    const client = clientWith(async (request, send) => {
      const carriedOut = await send();
      if (request.includes('"intents":[{') && request.includes('first')) throw new Error('connection reset');
      return carriedOut;
    });
    const runId = await world.runningRun({ budget: 2 * WORST_CASE });
    const page = await world.open(runId, createLedger(client, world.table.name));
    await expect(page.askFor('first', NEVER)(askable().call)).rejects.toThrow('connection reset');
    // Does not fit: what the page does not need is given back.
    const tooMuch = askable({ worstCase: 10 * WORST_CASE });
    await expect(page.askFor('second', AbortSignal.timeout(600))(tooMuch.call)).rejects.toThrow();
    await world.other.runs.openPage(runId, 'b/0');
    expect(await world.other.runs.reserve(runId, 'b/0', 2 * WORST_CASE)).toBe('no-funds');
    await (await world.open(runId, world.other, { fence: 2 })).close(receipt());
    expect(await world.balanced(runId)).toMatchObject({ spent: 0, unknownHeld: WORST_CASE });
    client.destroy();
  });
});

describe.concurrent('the budget of a day', () => {
  test('binds all runs together, to the last call that fits, and says when it renews', async () => {
    const own = await createLedgerWorld();
    await own.ledger.days.setCap(3 * WORST_CASE + 1);
    const pages = [
      await own.open(await own.runningRun(), own.ledger),
      await own.open(await own.runningRun({ budget: 20 * WORST_CASE }), own.other),
    ];
    const questions = Array.from({ length: 20 }, () => askable({ cost: WORST_CASE }));
    const outcomes = await Promise.allSettled(
      questions.map(({ call }, n) => (pages[n % 2] as PageCalls).askFor(`item ${n}`, NEVER)(call)),
    );
    expect(questions.filter(({ sent }) => sent > 0)).toHaveLength(3);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({
          reason: { kind: 'day-budget', until: startOfNextDay(Date.now()), needs: WORST_CASE },
        });
    }
    for (const page of pages) await page.close(receipt());
    expect(await own.other.days.read()).toMatchObject({ spent: 3 * WORST_CASE, held: 0 });
  }, 20_000);

  test('renews with the day', async () => {
    const { days } = (await createLedgerWorld()).ledger;
    await days.setCap(100);
    const pageOf = (day: string) => ({ runId: 'r', page: 'a/0', hold: { id: `h-${day}`, amount: 0, day } });
    const [today, tomorrow] = ['2026-11-21', '2026-11-22'].map(pageOf) as [
      ReturnType<typeof pageOf>,
      ReturnType<typeof pageOf>,
    ];
    for (const page of [today, tomorrow]) await days.open(page);
    expect(await days.reserve(today, 90)).toBe('held');
    expect(await days.reserve(today, 20)).toBe('no-funds');
    expect(await days.reserve(tomorrow, 100)).toBe('held');
    expect(await days.read('2026-11-21')).toMatchObject({ cap: 100, held: 90 });
  });

  test('that is set when money was spent already counts that', async () => {
    const own = await createLedgerWorld();
    const page = await own.open(await own.runningRun());
    await page.askFor('item', NEVER)(askable().call);
    await page.close(receipt());
    await own.ledger.days.setCap(COST + 2 * WORST_CASE);
    const next = await own.open(await own.runningRun());
    const questions = Array.from({ length: 6 }, () => askable({ cost: WORST_CASE }));
    await Promise.allSettled(questions.map(({ call }, n) => next.askFor(`item ${n}`, NEVER)(call)));
    expect(questions.filter(({ sent }) => sent > 0)).toHaveLength(2);
    await next.close(receipt());
    expect(await own.ledger.days.read()).toMatchObject({ spent: COST + 2 * WORST_CASE, held: 0 });
  }, 20_000);

  test('may be raised, lowered below what is gone, and taken away', async () => {
    const own = await createLedgerWorld();
    const { days } = own.ledger;
    const day = utcDay(Date.now());
    const page = { runId: 'r', page: 'a/0', hold: { id: 'h', amount: 0, day } };
    await days.open(page);
    const reserve = async (cap: number | null) => {
      await days.setCap(cap);
      return days.reserve(page, 60);
    };
    expect([await reserve(100), await reserve(100), await reserve(120), await reserve(50)]).toEqual([
      'held',
      'no-funds',
      'held',
      'no-funds',
    ]);
    expect(await reserve(null)).toBe('held');
    expect(await days.read()).toEqual({ day, cap: null, spent: 0, held: 180 });
  });

  test('frees a page’s hold and books its bill exactly once, however often it is closed', async () => {
    const own = await createLedgerWorld();
    await own.ledger.days.setCap(1_000);
    const page = { runId: 'r', page: 'a/0', hold: { id: 'h', amount: 0, day: '2026-11-21' } };
    await own.ledger.days.open(page);
    await own.other.days.open(page);
    await own.ledger.days.reserve(page, 300);
    const bill = { spent: 120, unknownHeld: 50 };
    const closings = Array.from({ length: 6 }, (_, n) =>
      (n % 2 ? own.ledger : own.other).days.close(page, bill),
    );
    const late = own.ledger.days.reserve(page, 10);
    await Promise.all([...closings, late]);
    await own.ledger.days.release(page, 10);
    expect(await own.ledger.days.reserve(page, 1)).toBe('closed');
    expect(await own.ledger.days.read('2026-11-21')).toMatchObject({ spent: 120, held: 50 });
  });

  test('frees the hold of a page that nobody will open again', async () => {
    const own = await createLedgerWorld();
    await own.ledger.days.setCap(10 * WORST_CASE);
    const runId = await own.runningRun();
    const page = await own.open(runId);
    await page.askFor('item', NEVER)(askable().call);
    await page
      .askFor(
        'item',
        NEVER,
      )(askable({ replies: [CUT] }).call)
      .catch(() => undefined);
    await own.ledger.runs.move(runId, 'cancelling');
    await own.other.closeLeftovers(runId, async () => null);
    expect(await own.ledger.days.read()).toMatchObject({ spent: COST, held: WORST_CASE });
  });

  test('counts a call of unknown outcome when a person has closed it', async () => {
    const own = await createLedgerWorld();
    const runId = await own.runningRun();
    const page = await own.open(runId);
    await page
      .askFor(
        'item',
        NEVER,
      )(askable({ replies: [CUT] }).call)
      .catch(() => undefined);
    await page.close(receipt());
    const [call] = (await own.ledger.audit(runId)).unknown;
    await own.ledger.settle(runId, `a/0#${call?.slot}.${call?.index}`, 30 * CENT, 'ann');
    expect(await own.ledger.days.read()).toMatchObject({ spent: 30 * CENT });
  });

  test('is held by a page that another attempt takes over', async () => {
    const own = await createLedgerWorld();
    await own.ledger.days.setCap(2 * WORST_CASE);
    const runId = await own.runningRun();
    await (await own.open(runId)).askFor('item', NEVER)(askable({ cost: WORST_CASE }).call);
    const again = await own.other.openPage(claim(runId, { fence: 2 }));
    await again?.askFor('item', NEVER)(askable({ cost: WORST_CASE }).call);
    await expect(again?.askFor('item', NEVER)(askable().call)).rejects.toMatchObject({
      reason: { kind: 'day-budget' },
    });
    await again?.close(receipt());
    expect(await own.ledger.days.read()).toMatchObject({ spent: 2 * WORST_CASE, held: 0 });
  }, 20_000);
});

/** A run of so much budget, with a page at each of two workers. */
async function twoPages(budget: number): Promise<{ runId: string; one: PageCalls; other: PageCalls }> {
  const runId = await world.runningRun({ budget });
  const one = await world.open(runId);
  const other = await world.open(runId, world.other, { page: 'b/0' });
  return { runId, one, other };
}

/** The client library repeats what was carried out, when it did not hear of it. */
function repeatingClient(): DynamoDBClient {
  return clientWith(async (_, send) => {
    await send().catch(() => undefined);
    return send();
  });
}

function clientWith(
  fault: (request: string, send: () => Promise<object>) => Promise<object>,
): DynamoDBClient {
  const client = new DynamoDBClient({});
  client.middlewareStack.add(
    (next) => (args) => fault(JSON.stringify(args.input), () => next(args)) as ReturnType<typeof next>,
    { step: 'initialize' },
  );
  return client;
}
