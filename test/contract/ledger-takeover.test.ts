import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Fenced } from '../../src/stores/journal.ts';
import { createAnswers } from '../../src/stores/ledger/answers.ts';
import { type LoggedCall, openPageLog, requestName } from '../../src/stores/ledger/page-log.ts';
import { callName } from '../../src/stores/ledger/settling.ts';
import {
  askable,
  COST,
  claim,
  createLedgerWorld,
  type LedgerWorld,
  NEVER,
  NEVER_ANSWERS,
  receipt,
  WORST_CASE,
} from './ledger-world.ts';

let world: LedgerWorld;

beforeAll(async () => {
  world = await createLedgerWorld();
});
afterAll(() => world.client.destroy());

describe('a page that another attempt takes over', () => {
  test.each([
    ['had bought something', 1],
    ['had bought nothing yet', 0],
  ])('is lost to the first, which %s', async (_, calls) => {
    const runId = await world.runningRun();
    const first = await world.open(runId, world.ledger, { fence: 1 });
    if (calls > 0) await first.askFor('item-1', NEVER)(askable().call);
    await world.open(runId, world.other, { fence: 2 });
    const late = askable();
    await expect(first.askFor('item-2', NEVER)(late.call)).rejects.toBeInstanceOf(Fenced);
    expect(late.sent).toBe(0);
  });

  test('is lost to the first, though the first opens it later', async () => {
    const runId = await world.runningRun();
    const second = await world.open(runId, world.other, { fence: 2 });
    await expect(world.open(runId, world.ledger, { fence: 1 })).rejects.toBeInstanceOf(Fenced);
    await second.askFor('item-1', NEVER)(askable().call);
    await expect(world.open(runId, world.ledger, { fence: 1 })).rejects.toBeInstanceOf(Fenced);
  });

  test('goes on, whatever the first still tries', async () => {
    const runId = await world.runningRun();
    const first = await world.open(runId, world.ledger, { fence: 1 });
    const second = await world.open(runId, world.other, { fence: 2 });
    const questions = Array.from({ length: 20 }, () => askable({ delayMs: 5 }));
    const [tried, done] = await Promise.all([
      Promise.allSettled(questions.map(({ call }, n) => first.askFor(`item-${n}`, NEVER)(call))),
      Promise.all(questions.map(({ call }, n) => second.askFor(`item-${n}`, NEVER)(call))),
    ]);
    expect(tried.every(({ status }) => status === 'rejected')).toBe(true);
    expect(done).toHaveLength(20);
    expect(questions.every(({ sent }) => sent === 1)).toBe(true);
  });

  test('knows of each call in flight whether its answer arrived', async () => {
    const runId = await world.newRun();
    const answers = createAnswers(world.table);
    const log = await openPageLog(world.table, answers, claim(runId, { fence: 1 }));
    const intents = ['arrived', 'lost'].map((name) => ({
      callKey: `${runId}-${name}`,
      item: name,
      account: 'openai/m',
      worstCase: WORST_CASE,
      day: '2026-11-21',
    }));
    const slot = await log.append(intents);
    const request = requestName('a/0', slot, 0);
    const bought = answers.rowsOf([
      { callKey: `${runId}-arrived`, body: 'yes', cost: COST, runId, item: 'arrived', request },
    ]);
    await world.table.putMany(bought);
    const next = await openPageLog(world.table, answers, claim(runId, { fence: 2 }));
    expect(await next.calls()).toMatchObject([
      { item: 'arrived', outcome: 'answered', cost: COST },
      { item: 'lost', outcome: 'unknown', cost: 0 },
    ]);
  });

  test('believes an answer that comes in late, though it was given up', async () => {
    const runId = await world.runningRun();
    const first = await world.open(runId, world.ledger, { fence: 1 });
    const question = askable({ delayMs: 200 });
    const late = first.askFor('item', NEVER)(question.call);
    await question.arrived;
    const second = await world.open(runId, world.other, { fence: 2 });
    expect((await world.ledger.audit(runId)).unknown).toHaveLength(1);
    await late;
    expect(await world.ledger.audit(runId)).toMatchObject({ unknown: [], spent: COST });
    await second.askFor('item', NEVER)(question.call);
    expect(question.sent).toBe(1);
  });

  test('that was booked as unknown before its answer came in stays so, until a person settles it', async () => {
    const runId = await world.runningRun();
    const first = await world.open(runId, world.ledger, { fence: 1 });
    const question = askable({ delayMs: 200 });
    const late = first.askFor('item', NEVER)(question.call);
    await question.arrived;
    await (await world.open(runId, world.other, { fence: 2 })).close(receipt());
    const { unknown } = await world.ledger.audit(runId);
    expect(unknown).toHaveLength(1);
    await late;
    expect(await world.ledger.audit(runId)).toMatchObject({ unknown, spent: 0 });
    await world.ledger.settle(runId, callName(unknown[0] as LoggedCall), COST, 'ann');
    expect(await world.ledger.audit(runId)).toMatchObject({ unknown: [], spent: COST });
    expect(await world.ledger.runs.get(runId)).toMatchObject({
      spent: COST,
      unknownHeld: 0,
      unknownCalls: 0,
    });
  });

  test.each([
    ['repay', 2],
    ['hold', 1],
  ] as const)('with --on-unknown %s: a lost call is sent %i times in all', async (onUnknown, times) => {
    const runId = await world.runningRun({ onUnknown });
    const question = askable({ replies: [NEVER_ANSWERS, 'answer'] });
    const first = await world.open(runId, world.ledger, { fence: 1 });
    void first.askFor('item', NEVER)(question.call);
    await question.arrived;
    const second = await world.open(runId, world.other, { fence: 2 });
    const [again] = await Promise.allSettled([second.askFor('item', NEVER)(question.call)]);
    expect(question.sent).toBe(times);
    expect(again).toMatchObject(
      onUnknown === 'repay'
        ? { status: 'fulfilled' }
        : { reason: { code: 'call-unknown', outcome: 'unknown' } },
    );
  });

  test('is booked by the next attempt where the last one died before, and only once', async () => {
    const runId = await world.runningRun({ budget: 10 * WORST_CASE });
    const page = await world.open(runId);
    await page.askFor('item', NEVER)(askable().call);
    const { id } = (await world.ledger.runs.get(runId))!.holds['a/0']!;
    const finished = { ...receipt({ written: 1 }), hold: id };
    await world.other.closePage(claim(runId, { fence: 2 }), finished);
    await world.other.closePage(claim(runId, { fence: 3 }), finished);
    await page.close(finished);
    expect(await world.ledger.runs.get(runId)).toMatchObject({
      counts: { written: 1 },
      spent: COST,
      holds: {},
    });
  });

  test('that nobody will open again holds nothing after the run, and is closed to whoever still has it', async () => {
    const runId = await world.runningRun({ budget: 10 * WORST_CASE });
    const page = await world.open(runId);
    const question = askable({ replies: [NEVER_ANSWERS] });
    void page.askFor('item', NEVER)(question.call);
    await question.arrived;
    await world.open(runId, world.ledger, { page: 'b/0' });
    await world.ledger.runs.move(runId, 'cancelling');
    await world.other.closeLeftovers(runId, async () => null);
    await world.other.closeLeftovers(runId, async () => null);
    expect(await world.ledger.runs.get(runId)).toMatchObject({
      holds: {},
      spent: 0,
      unknownHeld: WORST_CASE,
      unknownCalls: 1,
      available: 9 * WORST_CASE,
    });
    await expect(page.askFor('late', NEVER)(askable().call)).rejects.toMatchObject({ code: 'interrupted' });
  });
});
