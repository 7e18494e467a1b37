import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CallFailure, RunPaused, UnusableAnswer } from '../../src/domain/failure.ts';
import { createLedger } from '../../src/stores/ledger/ledger.ts';
import {
  askable,
  COST,
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

describe('a paid call', () => {
  test('is bought once for all who ask the same, and remembered for ever', async () => {
    const [first, second] = [await world.runningRun(), await world.runningRun()];
    const question = askable();
    const page = await world.open(first);
    const bought = await page.askFor('item-1', NEVER)(question.call);
    expect(bought).toMatchObject({ value: `answer to ${question.name}`, cached: false, cost: COST });
    expect(await page.askFor('item-2', NEVER)(question.call)).toMatchObject({ cached: true });
    // The same item, worked again after a crash, bought its answer itself.
    expect(await page.askFor('item-1', NEVER)(question.call)).toMatchObject({ cached: false });
    const elsewhere = await world.open(second, world.other);
    expect(await elsewhere.askFor('item-1', NEVER)(question.call)).toMatchObject({ cached: true });
    expect(question.sent).toBe(1);
    expect(question.prepared).toBe(1);
  });

  test('asked for by many at the same moment in one worker, is sent once', async () => {
    const runId = await world.runningRun();
    const question = askable({ delayMs: 50 });
    const pages = [await world.open(runId), await world.open(runId, world.ledger, { page: 'b/0' })];
    const asked = Array.from({ length: 10 }, (_, n) =>
      pages[n % 2]!.askFor(`item-${n}`, NEVER)(question.call),
    );
    expect((await Promise.all(asked)).filter(({ cached }) => !cached)).toHaveLength(1);
    expect(question.sent).toBe(1);
  });

  test('bought by two workers in the same moment is reported as a duplicate, with its cost', async () => {
    const runId = await world.runningRun();
    const question = askable({ delayMs: 100 });
    const one = await world.open(runId);
    const two = await world.open(runId, world.other, { page: 'b/0' });
    await Promise.all([one, two].map((page, n) => page.askFor(`item-${n}`, NEVER)(question.call)));
    const audit = await world.ledger.audit(runId);
    expect(question.sent).toBe(2);
    expect(audit).toMatchObject({ calls: 2, spent: 2 * COST, unknown: [], possiblyPaidTwice: COST });
    expect(audit.duplicates).toMatchObject([{ times: 2, extraCost: COST }]);
  });

  test('whose answer cannot be used is paid for, never served, and asked again', async () => {
    const runId = await world.runningRun();
    const question = askable({ replies: ['nonsense', 'answer'] });
    const page = await world.open(runId);
    await expect(page.askFor('item', NEVER)(question.call)).rejects.toBeInstanceOf(UnusableAnswer);
    expect(await page.askFor('item', NEVER)(question.call)).toMatchObject({ cached: false });
    expect(await world.ledger.audit(runId)).toMatchObject({
      calls: 2,
      spent: 2 * COST,
      unknown: [],
      duplicates: [],
    });
  });

  test('that was refused costs nothing, and its money serves the next one', async () => {
    const runId = await world.runningRun({ budget: WORST_CASE });
    const question = askable({ replies: [new CallFailure('refused', 'call-rejected', 'no'), 'answer'] });
    const page = await world.open(runId);
    await expect(page.askFor('item', NEVER)(question.call)).rejects.toThrow('no');
    await page.askFor('item', NEVER)(question.call);
    await page.close(receipt());
    expect(await world.ledger.runs.get(runId)).toMatchObject({
      spent: COST,
      available: WORST_CASE - COST,
      unknownHeld: 0,
    });
  });

  test('of unknown outcome keeps its worst case held, and is listed as repaid once it was bought again', async () => {
    const runId = await world.runningRun({ budget: 10 * WORST_CASE });
    const question = askable({ replies: [new CallFailure('unknown', 'call-unknown', 'cut'), 'answer'] });
    const page = await world.open(runId);
    await expect(page.askFor('item', NEVER)(question.call)).rejects.toThrow('cut');
    expect((await world.ledger.audit(runId)).unknown).toMatchObject([{ item: 'item', repaid: false }]);
    await page.askFor('item', NEVER)(question.call);
    await page.close(receipt());
    const audit = await world.ledger.audit(runId);
    expect(audit).toMatchObject({ spent: COST, unknown: [{ repaid: true }], possiblyPaidTwice: WORST_CASE });
    expect(await world.ledger.runs.get(runId)).toMatchObject({
      spent: COST,
      unknownHeld: WORST_CASE,
      unknownCalls: 1,
      available: 9 * WORST_CASE - COST,
    });
  });

  test('is not sent when the budget has no room, but every call that fits is', async () => {
    const runId = await world.runningRun({ budget: 7 * WORST_CASE + 1 });
    const pages = [await world.open(runId), await world.open(runId, world.other, { page: 'b/0' })];
    const questions = Array.from({ length: 40 }, () => askable({ cost: WORST_CASE }));
    const asked = questions.map(({ call }, n) => pages[n % 2]!.askFor(`item-${n}`, NEVER)(call));
    const outcomes = await Promise.allSettled(asked);
    expect(questions.filter(({ sent }) => sent > 0)).toHaveLength(7);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toMatchObject({ reason: { kind: 'budget', needs: WORST_CASE } });
      }
    }
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(33);
  });

  test('that costs more than its worst case pauses the run, and its answer is kept all the same', async () => {
    const runId = await world.runningRun();
    const question = askable({ cost: WORST_CASE + 1 });
    const page = await world.open(runId);
    const failure = await page
      .askFor(
        'item',
        NEVER,
      )(question.call)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RunPaused);
    expect(failure).toMatchObject({ reason: { kind: 'price-table' } });
    expect(await page.askFor('item', NEVER)(question.call)).toMatchObject({ cost: WORST_CASE + 1 });
    expect(question.sent).toBe(1);
  });

  test('is not sent once the run is not running, or was told to stop', async () => {
    const runId = await world.runningRun();
    const page = await world.open(runId);
    const [stopped, late] = [askable(), askable()];
    await expect(page.askFor('item', AbortSignal.abort('enough'))(stopped.call)).rejects.toBe('enough');
    await world.ledger.runs.move(runId, 'pausing');
    await expect(page.askFor('item', NEVER)(late.call)).rejects.toMatchObject({ code: 'interrupted' });
    expect([stopped.sent, late.sent]).toEqual([0, 0]);
    expect((await world.ledger.audit(runId)).calls).toBe(0);
  });

  test('that was sent is settled, though the page was told to stop', async () => {
    const runId = await world.runningRun();
    const page = await world.open(runId);
    const question = askable({ delayMs: 200 });
    const stop = new AbortController();
    const asked = page.askFor('item', stop.signal)(question.call);
    await question.arrived;
    stop.abort('enough');
    expect(await asked).toMatchObject({ cost: COST });
  });

  test('that was answered is kept, though nothing else can be written just then', async () => {
    const runId = await world.runningRun({ rates: { openai: { perSecond: 100 } } });
    const client = new DynamoDBClient({});
    let failing = false;
    client.middlewareStack.add(
      (next) => async (args) => {
        if (failing && JSON.stringify(args.input).includes('rate#openai')) throw new Error('overloaded');
        return next(args);
      },
      { step: 'initialize' },
    );
    const page = await world.open(runId, createLedger(client, world.table.name));
    const throttled = new CallFailure('refused', 'call-throttled', 'slow', { retryAfterMs: 50 });
    const question = askable({ delayMs: 20 });
    const refused = askable({ delayMs: 20, replies: [throttled] });
    const asked = [refused, question].map(({ call }) => page.askFor('item', NEVER)(call));
    await Promise.all([refused.arrived, question.arrived]);
    failing = true;
    await Promise.allSettled(asked);
    expect(await world.ledger.answered(question.call)).toMatchObject({ cost: COST });
    expect((await world.ledger.audit(runId)).unknown).toEqual([]);
    client.destroy();
  });
});
