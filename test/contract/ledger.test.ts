import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PaidCall, Reply } from '../../src/domain/call.ts';
import { NO_COUNTS } from '../../src/domain/counts.ts';
import { CallFailure, RunPaused, UnusableAnswer } from '../../src/domain/failure.ts';
import type { PageClaim, Receipt } from '../../src/domain/page.ts';
import { newRunId } from '../../src/domain/run-id.ts';
import { mayMove, RUN_STATES, type RunState } from '../../src/domain/run-state.ts';
import { DEFAULT_SETTINGS, type RateLimit, type RunSettings } from '../../src/domain/settings.ts';
import { Fenced } from '../../src/stores/journal.ts';
import { createAnswers } from '../../src/stores/ledger/answers.ts';
import { createLedger, type Ledger } from '../../src/stores/ledger/ledger.ts';
import { createPacer } from '../../src/stores/ledger/pacer.ts';
import type { PageCalls } from '../../src/stores/ledger/page-calls.ts';
import { openPageLog, requestName } from '../../src/stores/ledger/page-log.ts';
import { createTable, type Table } from '../../src/stores/ledger/table.ts';
import { freshName } from '../support/gated-stores.ts';

const WORST_CASE = 100;
const COST = 60;

let client: DynamoDBClient;
let table: Table;
/** Two workers on one table. */
let ledger: Ledger;
let other: Ledger;

beforeAll(async () => {
  client = new DynamoDBClient({});
  table = createTable(client, freshName('ledger'));
  ledger = createLedger(client, table.name);
  other = createLedger(client, table.name);
  await Promise.all([ledger.create(), other.create()]);
});
afterAll(() => client.destroy());

describe('a run', () => {
  test('moves only along its table of states, whoever asks', async () => {
    const ways: Record<RunState, RunState[]> = {
      planned: [],
      running: ['running'],
      pausing: ['running', 'pausing'],
      paused: ['running', 'pausing', 'paused'],
      'awaiting-approval': ['running', 'awaiting-approval'],
      cancelling: ['running', 'cancelling'],
      cancelled: ['cancelled'],
      done: ['running', 'done'],
      'rolled-back': ['running', 'done', 'rolled-back'],
    };
    await Promise.all(
      RUN_STATES.map(async (from) => {
        for (const to of RUN_STATES.filter((state) => state !== 'planned')) {
          const runId = await newRun();
          for (const step of ways[from]) await ledger.runs.move(runId, step);
          const { state } = await ledger.runs.move(runId, to);
          expect(state, `${from} to ${to}`).toBe(mayMove(from, to) ? to : from);
        }
      }),
    );
  });

  test('keeps why it was paused, and when it ended', async () => {
    const runId = await runningRun();
    await ledger.runs.move(runId, 'pausing', { kind: 'quota', message: 'used up', until: 7 });
    expect(await other.runs.get(runId)).toMatchObject({ reason: { kind: 'quota', until: 7 } });
    await ledger.runs.move(runId, 'cancelling');
    expect(await ledger.runs.move(runId, 'cancelled')).toMatchObject({ finishedAt: expect.any(String) });
  });

  test('that nobody knows cannot be moved', async () => {
    await expect(ledger.runs.move('20010101-000000-none', 'running')).rejects.toThrow(/is not in the ledger/);
    expect(await ledger.runs.get('20010101-000000-none')).toBeUndefined();
  });

  test('is listed, the newest first', async () => {
    const older = await newRun({}, '2026-01-01T00:00:00.000Z');
    const newer = await newRun({}, '2026-01-02T00:00:00.000Z');
    const listed = (await ledger.runs.list()).map(({ runId }) => runId);
    expect(listed.indexOf(newer)).toBeLessThan(listed.indexOf(older));
    expect(listed.indexOf(newer)).toBeGreaterThanOrEqual(0);
  });

  test('opens pages and holds money only while it is running', async () => {
    const runId = await newRun();
    expect(await ledger.runs.openPage(runId, 'a/0')).toBeNull();
    await ledger.runs.move(runId, 'running');
    expect(await ledger.runs.reserve(runId, 'a/0', 1)).toBe('not-running');
    expect(await ledger.runs.openPage(runId, 'a/0')).toMatchObject({ holds: { 'a/0': { amount: 0 } } });
    expect(await ledger.runs.reserve(runId, 'a/0', 1)).toBe('held');
    await ledger.runs.move(runId, 'pausing');
    expect(await ledger.runs.reserve(runId, 'a/0', 1)).toBe('not-running');
  });

  test('holds no more than its budget, however many ask at once', async () => {
    const runId = await runningRun({ budget: 105 });
    await ledger.runs.openPage(runId, 'a/0');
    const asked = Array.from({ length: 20 }, (_, n) =>
      (n % 2 ? ledger : other).runs.reserve(runId, 'a/0', 10),
    );
    const held = (await Promise.all(asked)).filter((one) => one === 'held');
    expect(held).toHaveLength(10);
    expect(await ledger.runs.get(runId)).toMatchObject({ available: 5, holds: { 'a/0': { amount: 100 } } });
  });

  test('keeps what an earlier attempt holds when its page is opened again', async () => {
    const runId = await runningRun({ budget: 100 });
    const { id } = (await ledger.runs.openPage(runId, 'a/0'))!.holds['a/0']!;
    await ledger.runs.reserve(runId, 'a/0', 30);
    const again = await other.runs.openPage(runId, 'a/0');
    expect(again).toMatchObject({ available: 70, holds: { 'a/0': { id, amount: 30 } } });
  });

  test('books a page once, and all money stays accounted for, however often it is closed', async () => {
    const runId = await runningRun({ budget: 1_000 });
    const { id } = (await ledger.runs.openPage(runId, 'a/0'))!.holds['a/0']!;
    await ledger.runs.reserve(runId, 'a/0', 300);
    const bill = { spent: 120, spentBy: { 'openai/gpt-4.1': 120 }, unknownHeld: 50, unknownCalls: 1 };
    const counted = receipt({ written: 2, failed: 1 }, { 'call-rejected': 1 });
    const closings = Array.from({ length: 6 }, (_, n) =>
      (n % 2 ? ledger : other).runs.closePage(runId, 'a/0', id, counted, bill),
    );
    const late = ledger.runs.reserve(runId, 'a/0', 10);

    expect((await Promise.all(closings)).filter(Boolean)).toHaveLength(1);
    await late;
    expect(await ledger.runs.reserve(runId, 'a/0', 1)).toBe('not-running');
    expect(await ledger.runs.closePage(runId, 'a/0', id, counted, bill)).toBe(false);
    expect(await ledger.runs.get(runId)).toMatchObject({
      available: 830,
      holds: {},
      spent: 120,
      spentBy: { 'openai/gpt-4.1': 120 },
      unknownHeld: 50,
      unknownCalls: 1,
      counts: { written: 2, failed: 1 },
      classes: { 'call-rejected': 1 },
    });
  });
});

describe('a paid call', () => {
  test('is bought once for all who ask the same, and remembered for ever', async () => {
    const [first, second] = [await runningRun(), await runningRun()];
    const question = askable();
    const page = await open(first);
    const bought = await page.askFor('item-1', NEVER)(question.call);
    expect(bought).toMatchObject({ value: `answer to ${question.name}`, cached: false, cost: COST });
    expect(await page.askFor('item-2', NEVER)(question.call)).toMatchObject({ cached: true });
    // The same item, worked again after a crash, bought its answer itself.
    expect(await page.askFor('item-1', NEVER)(question.call)).toMatchObject({ cached: false });
    const elsewhere = await open(second, other);
    expect(await elsewhere.askFor('item-1', NEVER)(question.call)).toMatchObject({ cached: true });
    expect(question.sent).toBe(1);
    expect(question.prepared).toBe(1);
  });

  test('asked for by many at the same moment in one worker, is sent once', async () => {
    const runId = await runningRun();
    const question = askable({ delayMs: 50 });
    const pages = [await open(runId), await open(runId, ledger, { page: 'b/0' })];
    const asked = Array.from({ length: 10 }, (_, n) =>
      pages[n % 2]!.askFor(`item-${n}`, NEVER)(question.call),
    );
    expect((await Promise.all(asked)).filter(({ cached }) => !cached)).toHaveLength(1);
    expect(question.sent).toBe(1);
  });

  test('bought by two workers in the same moment is reported as a duplicate, with its cost', async () => {
    const runId = await runningRun();
    const question = askable({ delayMs: 100 });
    const one = await open(runId);
    const two = await open(runId, other, { page: 'b/0' });
    await Promise.all([one, two].map((page, n) => page.askFor(`item-${n}`, NEVER)(question.call)));
    const audit = await ledger.audit(runId);
    expect(question.sent).toBe(2);
    expect(audit).toMatchObject({ calls: 2, spent: 2 * COST, unknown: [], possiblyPaidTwice: COST });
    expect(audit.duplicates).toMatchObject([{ times: 2, extraCost: COST }]);
  });

  test('whose answer cannot be used is paid for, never served, and asked again', async () => {
    const runId = await runningRun();
    const question = askable({ replies: ['nonsense', 'answer'] });
    const page = await open(runId);
    await expect(page.askFor('item', NEVER)(question.call)).rejects.toBeInstanceOf(UnusableAnswer);
    expect(await page.askFor('item', NEVER)(question.call)).toMatchObject({ cached: false });
    expect(await ledger.audit(runId)).toMatchObject({
      calls: 2,
      spent: 2 * COST,
      unknown: [],
      duplicates: [],
    });
  });

  test('that was refused costs nothing, and its money serves the next one', async () => {
    const runId = await runningRun({ budget: WORST_CASE });
    const question = askable({ replies: [new CallFailure('refused', 'call-rejected', 'no'), 'answer'] });
    const page = await open(runId);
    await expect(page.askFor('item', NEVER)(question.call)).rejects.toThrow('no');
    await page.askFor('item', NEVER)(question.call);
    await page.close(receipt());
    expect(await ledger.runs.get(runId)).toMatchObject({
      spent: COST,
      available: WORST_CASE - COST,
      unknownHeld: 0,
    });
  });

  test('of unknown outcome keeps its worst case held, and is listed as repaid once it was bought again', async () => {
    const runId = await runningRun({ budget: 10 * WORST_CASE });
    const question = askable({ replies: [new CallFailure('unknown', 'call-unknown', 'cut'), 'answer'] });
    const page = await open(runId);
    await expect(page.askFor('item', NEVER)(question.call)).rejects.toThrow('cut');
    expect((await ledger.audit(runId)).unknown).toMatchObject([{ item: 'item', repaid: false }]);
    await page.askFor('item', NEVER)(question.call);
    await page.close(receipt());
    const audit = await ledger.audit(runId);
    expect(audit).toMatchObject({ spent: COST, unknown: [{ repaid: true }], possiblyPaidTwice: WORST_CASE });
    expect(await ledger.runs.get(runId)).toMatchObject({
      spent: COST,
      unknownHeld: WORST_CASE,
      unknownCalls: 1,
      available: 9 * WORST_CASE - COST,
    });
  });

  test('is not sent when the budget has no room, but every call that fits is', async () => {
    const runId = await runningRun({ budget: 7 * WORST_CASE + 1 });
    const pages = [await open(runId), await open(runId, other, { page: 'b/0' })];
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
    const runId = await runningRun();
    const question = askable({ cost: WORST_CASE + 1 });
    const page = await open(runId);
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
    const runId = await runningRun();
    const page = await open(runId);
    const [stopped, late] = [askable(), askable()];
    await expect(page.askFor('item', AbortSignal.abort('enough'))(stopped.call)).rejects.toBe('enough');
    await ledger.runs.move(runId, 'pausing');
    await expect(page.askFor('item', NEVER)(late.call)).rejects.toMatchObject({ code: 'interrupted' });
    expect([stopped.sent, late.sent]).toEqual([0, 0]);
    expect((await ledger.audit(runId)).calls).toBe(0);
  });

  test('that was sent is settled, though the page was told to stop', async () => {
    const runId = await runningRun();
    const page = await open(runId);
    const question = askable({ delayMs: 200 });
    const stop = new AbortController();
    const asked = page.askFor('item', stop.signal)(question.call);
    await question.arrived;
    stop.abort('enough');
    expect(await asked).toMatchObject({ cost: COST });
  });
});

describe('a page that another attempt takes over', () => {
  test.each([
    ['had bought something', 1],
    ['had bought nothing yet', 0],
  ])('is lost to the first, which %s', async (_, calls) => {
    const runId = await runningRun();
    const first = await open(runId, ledger, { fence: 1 });
    if (calls > 0) await first.askFor('item-1', NEVER)(askable().call);
    await open(runId, other, { fence: 2 });
    const late = askable();
    await expect(first.askFor('item-2', NEVER)(late.call)).rejects.toBeInstanceOf(Fenced);
    expect(late.sent).toBe(0);
  });

  test('is lost to the first, though the first opens it later', async () => {
    const runId = await runningRun();
    const second = await open(runId, other, { fence: 2 });
    await expect(open(runId, ledger, { fence: 1 })).rejects.toBeInstanceOf(Fenced);
    await second.askFor('item-1', NEVER)(askable().call);
    await expect(open(runId, ledger, { fence: 1 })).rejects.toBeInstanceOf(Fenced);
  });

  test('goes on, whatever the first still tries', async () => {
    const runId = await runningRun();
    const first = await open(runId, ledger, { fence: 1 });
    const second = await open(runId, other, { fence: 2 });
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
    const runId = await newRun();
    const answers = createAnswers(table);
    const log = await openPageLog(table, answers, claim(runId, { fence: 1 }));
    const intents = ['arrived', 'lost'].map((name) => ({
      callKey: `${runId}-${name}`,
      item: name,
      account: 'openai/m',
      worstCase: WORST_CASE,
    }));
    const slot = await log.append(intents);
    const request = requestName('a/0', slot, 0);
    const bought = answers.rowsOf([
      { callKey: `${runId}-arrived`, body: 'yes', cost: COST, runId, item: 'arrived', request },
    ]);
    await table.putMany(bought);
    const next = await openPageLog(table, answers, claim(runId, { fence: 2 }));
    expect(await next.calls()).toMatchObject([
      { item: 'arrived', outcome: 'answered', cost: COST },
      { item: 'lost', outcome: 'unknown', cost: 0 },
    ]);
  });

  test('believes an answer that comes in late, though it was given up', async () => {
    const runId = await runningRun();
    const first = await open(runId, ledger, { fence: 1 });
    const question = askable({ delayMs: 200 });
    const late = first.askFor('item', NEVER)(question.call);
    await question.arrived;
    const second = await open(runId, other, { fence: 2 });
    expect((await ledger.audit(runId)).unknown).toHaveLength(1);
    await late;
    expect(await ledger.audit(runId)).toMatchObject({ unknown: [], spent: COST });
    await second.askFor('item', NEVER)(question.call);
    expect(question.sent).toBe(1);
  });

  test.each([
    ['repay', 2],
    ['hold', 1],
  ] as const)('with --on-unknown %s: a lost call is sent %i times in all', async (onUnknown, times) => {
    const runId = await runningRun({ onUnknown });
    const question = askable({ replies: [NEVER_ANSWERS, 'answer'] });
    const first = await open(runId, ledger, { fence: 1 });
    void first.askFor('item', NEVER)(question.call);
    await question.arrived;
    const second = await open(runId, other, { fence: 2 });
    const [again] = await Promise.allSettled([second.askFor('item', NEVER)(question.call)]);
    expect(question.sent).toBe(times);
    expect(again).toMatchObject(
      onUnknown === 'repay'
        ? { status: 'fulfilled' }
        : { reason: { code: 'call-unknown', outcome: 'unknown' } },
    );
  });

  test('is booked by the next attempt where the last one died before, and only once', async () => {
    const runId = await runningRun({ budget: 10 * WORST_CASE });
    const page = await open(runId);
    await page.askFor('item', NEVER)(askable().call);
    const { id } = (await ledger.runs.get(runId))!.holds['a/0']!;
    const finished = { ...receipt({ written: 1 }), hold: id };
    await other.closeFinished(claim(runId, { fence: 2 }), finished);
    await other.closeFinished(claim(runId, { fence: 3 }), finished);
    await page.close(finished);
    expect(await ledger.runs.get(runId)).toMatchObject({ counts: { written: 1 }, spent: COST, holds: {} });
  });

  test('that nobody will open again holds nothing after the run, and is closed to whoever still has it', async () => {
    const runId = await runningRun({ budget: 10 * WORST_CASE });
    const page = await open(runId);
    const question = askable({ replies: [NEVER_ANSWERS] });
    void page.askFor('item', NEVER)(question.call);
    await question.arrived;
    await open(runId, ledger, { page: 'b/0' });
    await ledger.runs.move(runId, 'cancelling');
    await other.closeLeftovers(runId, async () => null);
    await other.closeLeftovers(runId, async () => null);
    expect(await ledger.runs.get(runId)).toMatchObject({
      holds: {},
      spent: 0,
      unknownHeld: WORST_CASE,
      unknownCalls: 1,
      available: 9 * WORST_CASE,
    });
    await expect(page.askFor('late', NEVER)(askable().call)).rejects.toMatchObject({ code: 'interrupted' });
  });
});

describe.concurrent('the pacer', () => {
  test('lets two workers together send at the limit: never more, and hardly less', async () => {
    const limit = { perSecond: 50 };
    const pacers = await lanes();
    const turns: number[] = [];
    const over = AbortSignal.timeout(3_000);
    const began = Date.now();
    const busy = pacers.flatMap((pacer) =>
      Array.from({ length: 5 }, async () => {
        while (!over.aborted) {
          await pacer.turn('openai', limit, over);
          turns.push(Date.now());
        }
      }),
    );
    await Promise.allSettled(busy);

    const seconds = (turns.at(-1)! - began) / 1_000;
    expect(turns.length).toBeLessThanOrEqual(50 * seconds + 2);
    expect(turns.length).toBeGreaterThanOrEqual(0.95 * 50 * 3);
    for (const from of turns) {
      const within = turns.filter((at) => at >= from && at < from + 1_000).length;
      expect(within).toBeLessThanOrEqual(50 + 3);
    }
  });

  test('is silent for as long as the provider asks, slower afterwards, and recovers', async () => {
    const [pacer] = await lanes();
    const limit = { perSecond: 100 };
    await pacer.turn('openai', limit, NEVER);
    await pacer.throttled('openai', 600);
    const throttledAt = Date.now();
    await pacer.turn('openai', limit, NEVER);
    expect(Date.now() - throttledAt).toBeGreaterThanOrEqual(590);
    const slow = await turnsWithin(pacer, limit, 1_000);
    expect(slow).toBeLessThan(85);
    await sleep(5_000);
    expect(await turnsWithin(pacer, limit, 1_000)).toBeGreaterThan(slow + 5);
  });

  test('says when a used-up day renews', async () => {
    const [pacer] = await lanes();
    const limit = { perDay: 2 };
    await pacer.turn('openai', limit, NEVER);
    await pacer.turn('openai', limit, NEVER);
    const failure = await pacer.turn('openai', limit, NEVER).catch((error: unknown) => error);
    expect(failure).toMatchObject({ reason: { kind: 'quota', until: expect.any(Number) } });
    expect(new Date((failure as RunPaused).reason.until!).toISOString()).toMatch(/T00:00:00.000Z$/);
  });

  test('gives every turn to one who waits for it, whoever has left or was refused before', async () => {
    const [pacer] = await lanes();
    const [refused, leaving] = [new AbortController(), new AbortController()];
    await pacer.turn('openai', { perDay: 1 }, NEVER);
    await expect(pacer.turn('openai', { perDay: 1 }, refused.signal)).rejects.toBeInstanceOf(RunPaused);
    const slow = { perSecond: 4 };
    const left = pacer.turn('openai', slow, leaving.signal);
    const waiting = [pacer.turn('openai', slow, NEVER), pacer.turn('openai', slow, NEVER)];
    left.catch(() => undefined);
    refused.abort('over');
    leaving.abort('over');
    await expect(left).rejects.toBe('over');
    await Promise.all(waiting);
  });
});

const NEVER = new AbortController().signal;
const NEVER_ANSWERS = new Promise<Reply>(() => undefined);

let runs = 0;

async function newRun(
  settings: Partial<RunSettings> = {},
  createdAt = new Date().toISOString(),
): Promise<string> {
  const runId = `${newRunId()}${runs++}`;
  await ledger.runs.create({
    runId,
    backfill: 'tiny',
    workflowId: 'backfill/tiny',
    selection: { only: 'missing', watermark: createdAt },
    settings: { ...DEFAULT_SETTINGS, options: {}, rates: {}, ...settings },
    units: 1,
    counts: NO_COUNTS,
    classes: {},
    createdAt,
  });
  return runId;
}

async function runningRun(settings: Partial<RunSettings> = {}): Promise<string> {
  const runId = await newRun(settings);
  await ledger.runs.move(runId, 'running');
  return runId;
}

function claim(runId: string, { page = 'a/0', fence = 1 } = {}): PageClaim {
  return { runId, scope: 'a', page, fence };
}

async function open(
  runId: string,
  by = ledger,
  place: { page?: string; fence?: number } = {},
): Promise<PageCalls> {
  const calls = await by.openPage(claim(runId, place));
  if (!calls) throw new Error('the run is not running');
  return calls;
}

function receipt(counts: Partial<Receipt['counts']> = {}, classes: Record<string, number> = {}): Receipt {
  return {
    counts: { ...NO_COUNTS, ...counts },
    classes,
    hold: '',
    position: null,
    done: true,
    read: 0,
    waiting: { items: 0, nextDueAt: null },
  };
}

interface Askable {
  name: string;
  call: PaidCall<string>;
  sent: number;
  prepared: number;
  /** Resolves when it was sent for the first time. */
  arrived: Promise<void>;
}

/** A question of its own. `replies`: what the provider does, time after time; the last for ever. */
function askable(
  script: {
    delayMs?: number;
    cost?: number;
    replies?: ('answer' | 'nonsense' | Error | Promise<Reply>)[];
  } = {},
): Askable {
  const { delayMs = 0, cost = COST, replies = ['answer'] } = script;
  const name = freshName('question');
  const { promise: arrived, resolve } = Promise.withResolvers<void>();
  const asked: Askable = {
    name,
    sent: 0,
    prepared: 0,
    arrived,
    call: undefined as unknown as PaidCall<string>,
  };
  asked.call = {
    provider: 'openai',
    model: 'm',
    operation: 'ask',
    promptVersion: '1',
    parameters: {},
    contentHash: name,
    parse(body) {
      if (typeof body === 'string' && body.startsWith('answer')) return body;
      throw new UnusableAnswer('answer-off-schema', `${body} is no answer`);
    },
    async prepare() {
      asked.prepared += 1;
      return {
        worstCase: WORST_CASE,
        async send() {
          const reply = replies[Math.min(asked.sent, replies.length - 1)];
          asked.sent += 1;
          resolve();
          await sleep(delayMs);
          if (reply instanceof Error) throw reply;
          if (reply instanceof Promise) return reply;
          return { body: reply === 'answer' ? `answer to ${name}` : 'nonsense', cost };
        },
      };
    },
  };
  return asked;
}

type Pacing = ReturnType<typeof createPacer>;

/** Two workers' pacers on a table of their own. */
async function lanes(): Promise<[Pacing, Pacing]> {
  const own = createTable(client, freshName('rates'));
  await own.create();
  return [createPacer(own), createPacer(own)];
}

async function turnsWithin(pacer: Pacing, limit: RateLimit, ms: number): Promise<number> {
  const over = AbortSignal.timeout(ms);
  let turns = 0;
  while (!over.aborted) {
    await pacer.turn('openai', limit, over).then(
      () => (turns += 1),
      () => undefined,
    );
  }
  return turns;
}
