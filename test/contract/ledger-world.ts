import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import type { PaidCall, Reply } from '../../src/domain/call.ts';
import { NO_COUNTS } from '../../src/domain/counts.ts';
import { UnusableAnswer } from '../../src/domain/failure.ts';
import type { PageClaim, Receipt } from '../../src/domain/page.ts';
import type { Run } from '../../src/domain/run.ts';
import { newRunId } from '../../src/domain/run-id.ts';
import { DEFAULT_SETTINGS, type RunSettings } from '../../src/domain/settings.ts';
import { createLedger, type Ledger } from '../../src/stores/ledger/ledger.ts';
import type { PageCalls } from '../../src/stores/ledger/page-calls.ts';
import { createTable, type Table } from '../../src/stores/ledger/table.ts';
import { freshName } from '../support/gated-stores.ts';

export const CENT = 10_000_000;
/** Of the calls that {@link askable} makes, unless told otherwise. */
export const WORST_CASE = 100 * CENT;
export const COST = 60 * CENT;

export const NEVER = new AbortController().signal;
export const NEVER_ANSWERS = new Promise<Reply>(() => undefined);

/** Two workers on one table. */
export interface LedgerWorld {
  client: DynamoDBClient;
  table: Table;
  ledger: Ledger;
  other: Ledger;
  newRun(settings?: Partial<RunSettings>, createdAt?: string): Promise<string>;
  runningRun(settings?: Partial<RunSettings>): Promise<string>;
  /** A page of a running run, opened by one of the workers. */
  open(runId: string, by?: Ledger, place?: { page?: string; fence?: number }): Promise<PageCalls>;
  /** The run, after looking that its books balance. */
  balanced(runId: string): Promise<Run>;
}

export async function createLedgerWorld(): Promise<LedgerWorld> {
  const client = new DynamoDBClient({});
  const table = createTable(client, freshName('ledger'));
  const ledger = createLedger(client, table.name);
  const other = createLedger(client, table.name);
  await Promise.all([ledger.create(), other.create()]);
  let runs = 0;

  async function newRun(settings: Partial<RunSettings> = {}, createdAt = new Date().toISOString()) {
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

  return {
    client,
    table,
    ledger,
    other,
    newRun,

    async runningRun(settings) {
      const runId = await newRun(settings);
      await ledger.runs.move(runId, 'running');
      return runId;
    },

    async open(runId, by = ledger, place = {}) {
      const calls = await by.openPage(claim(runId, place));
      if (!calls) throw new Error('the run is not running');
      return calls;
    },

    async balanced(runId) {
      const run = await ledger.runs.get(runId);
      if (!run) throw new Error(`run ${runId} is gone`);
      const held = Object.values(run.holds).reduce((sum, { amount }) => sum + amount, 0);
      expect(run.available).toBeGreaterThanOrEqual(0);
      expect(run.available + held + run.spent + run.unknownHeld).toBe(run.settings.budget);
      return run;
    },
  };
}

export function claim(runId: string, { page = 'a/0', fence = 1 } = {}): PageClaim {
  return { runId, scope: 'a', page, fence };
}

export function receipt(
  counts: Partial<Receipt['counts']> = {},
  classes: Record<string, number> = {},
): Receipt {
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

export interface Askable {
  name: string;
  call: PaidCall<string>;
  sent: number;
  prepared: number;
  /** Resolves when it was sent for the first time. */
  arrived: Promise<void>;
}

interface Script {
  delayMs?: number;
  cost?: number;
  worstCase?: number;
  /** What the provider does, time after time; the last for ever. */
  replies?: ('answer' | 'nonsense' | Error | Promise<Reply>)[];
}

/** A question of its own. */
export function askable(script: Script = {}): Askable {
  const { delayMs = 0, cost = COST, worstCase = WORST_CASE, replies = ['answer'] } = script;
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
        worstCase,
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
