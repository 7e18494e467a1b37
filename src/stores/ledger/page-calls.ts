import { accountOf } from '../../domain/account.ts';
import type { Answer, Ask, PaidCall, ReadyCall, Reply } from '../../domain/call.ts';
import { CallFailure, RunPaused, UnusableAnswer } from '../../domain/failure.ts';
import type { Nanodollars } from '../../domain/money.ts';
import type { PageClaim, Receipt } from '../../domain/page.ts';
import type { Run } from '../../domain/run.ts';
import { isStoreFailure } from '../store-failure.ts';
import type { Answers, BoughtAnswer } from './answers.ts';
import { callKey } from './call-key.ts';
import { coalesce } from './coalesce.ts';
import type { Pacer } from './pacer.ts';
import { accountsOf } from './page-bill.ts';
import { type Intent, type Outcome, type PageLog, requestName } from './page-log.ts';
import type { PageMoney } from './page-money.ts';
import { aboveWorstCase, lostBefore } from './refusals.ts';

/** An intent acknowledged later than this is not sent: meanwhile another worker may have taken the page over. */
const STALE_INTENT_MS = 5_000;
/** A limit refills steadily: its first request is there long before all of it is. */
const LONGEST_RESET_MS = 1_000;
/** A request that was sent is always settled: nothing aborts it but its own timeout. */
const NEVER = new AbortController().signal;
const GROUP = { maxBatch: 64 };
/** With the row of outcomes, one batch write of DynamoDB. */
const SETTLED_TOGETHER = { maxBatch: 24 };

/** The only way to a paid call for the items of one page. */
export interface PageCalls {
  /** Names the page's hold, for the receipt. */
  hold: string;
  /** Answers from the ledger, or buys. `stop`: aborts what has not been sent; what was sent is settled. */
  askFor(item: string, stop: AbortSignal): Ask;
  /** Frees what is held, and books the page's counters and costs, once. */
  close(receipt: Receipt | null): Promise<void>;
}

export interface PageCallsParts {
  run: Run;
  claim: PageClaim;
  log: PageLog;
  money: PageMoney;
  answers: Answers;
  pacer: Pacer;
  /** The run as it is now: its rates may have been tuned. */
  live(): Promise<Run>;
  close(receipt: Receipt | null): Promise<void>;
  /** Calls under way in this worker, by key: the same question is asked once. */
  sharing: Map<string, Promise<unknown>>;
}

export function createPageCalls(parts: PageCallsParts): PageCalls {
  const { run, claim, log, money, answers, pacer, live, sharing } = parts;

  const declare = coalesce<Intent, { slot: number; index: number }>(async (intents) => {
    const slot = await log.append(intents);
    return intents.map((_, index) => ({ slot, index }));
  }, GROUP);

  const settle = coalesce<{ outcome: Outcome; answer?: BoughtAnswer }, void>(async (batch) => {
    const bought = answers.rowsOf(batch.flatMap(({ answer }) => answer ?? []));
    await log.settle(
      batch.map(({ outcome }) => outcome),
      bought,
    );
    return batch.map(() => undefined);
  }, SETTLED_TOGETHER);

  async function buy<T>(call: PaidCall<T>, key: string, item: string, stop: AbortSignal): Promise<Answer<T>> {
    const ready = await call.prepare();
    stop.throwIfAborted();
    await money.hold(ready.worstCase, stop);
    const sent = await declareInTurn(call, key, ready, item, stop).catch((error: unknown) => {
      // Where the ledger failed, the intent may be in its log: it is on the page's bill then.
      money.settle(isStoreFailure(error) ? 0 : ready.worstCase);
      throw error;
    });
    return receive(call, key, ready, item, sent);
  }

  /** Nothing waits between the acknowledged intent and the request. */
  async function declareInTurn(
    call: PaidCall<unknown>,
    key: string,
    ready: ReadyCall,
    item: string,
    stop: AbortSignal,
  ): Promise<Sent> {
    const rates = async () => (await live()).settings.rates;
    const turn = await pacer.turn(accountsOf(call), rates, ready.tokens ?? 0, stop);
    try {
      return { ...(await declareAndSend(call, key, ready, item, stop)), turns: turn.slots };
    } finally {
      turn.sent();
    }
  }

  async function declareAndSend(
    call: PaidCall<unknown>,
    key: string,
    ready: ReadyCall,
    item: string,
    stop: AbortSignal,
  ): Promise<Omit<Sent, 'turns'>> {
    stop.throwIfAborted();
    const declaredAt = Date.now();
    const { worstCase } = ready;
    const place = await declare({ callKey: key, item, account: accountOf(call), worstCase, day: money.day });
    if (Date.now() - declaredAt > STALE_INTENT_MS) {
      return {
        ...place,
        reply: Promise.reject(new CallFailure('refused', 'interrupted', 'declared too late to be sent')),
      };
    }
    return { ...place, reply: ready.send(NEVER) };
  }

  async function receive<T>(
    call: PaidCall<T>,
    key: string,
    ready: ReadyCall,
    item: string,
    sent: Sent,
  ): Promise<Answer<T>> {
    const [received] = await Promise.allSettled([sent.reply]);
    const noted = noteFate(call, sent.turns, received);
    // Should that fail, what came back is kept all the same.
    noted.catch(() => undefined);
    try {
      return await book(call, key, ready, item, sent, received);
    } finally {
      await noted;
    }
  }

  async function book<T>(
    call: PaidCall<T>,
    key: string,
    ready: ReadyCall,
    item: string,
    { slot, index }: Sent,
    received: PromiseSettledResult<Reply>,
  ): Promise<Answer<T>> {
    const request = requestName(claim.page, slot, index);
    if (received.status === 'rejected') {
      const failure = received.reason as unknown;
      const outcome = failure instanceof CallFailure ? failure.outcome : refusedByAccount(failure);
      await settle({ outcome: { slot, index, outcome, cost: 0 } });
      // What may have been billed stays held.
      money.settle(outcome === 'refused' ? ready.worstCase : 0);
      throw failure;
    }
    const { body, cost } = received.value;
    const parsed = attempt(() => call.parse(body));
    if (parsed.ok) {
      await settle({
        outcome: { slot, index, outcome: 'answered', cost },
        answer: { callKey: key, body, cost, runId: run.runId, item, request },
      });
    } else {
      await settle({ outcome: { slot, index, outcome: 'unusable', cost } });
    }
    money.settle(Math.max(0, ready.worstCase - cost));
    if (cost > ready.worstCase) throw aboveWorstCase(call, cost, ready.worstCase);
    if (!parsed.ok) throw parsed.error;
    return answerOf(call, key, parsed.value, cost, false);
  }

  /** What the account's limits are to learn from it. */
  async function noteFate(
    call: PaidCall<unknown>,
    slots: Record<string, number>,
    received: PromiseSettledResult<Reply>,
  ): Promise<void> {
    const failure = received.status === 'rejected' ? (received.reason as unknown) : undefined;
    const throttled = failure instanceof CallFailure && failure.code === 'call-throttled';
    const waitMs = throttled ? failure.retryAfterMs : waitFor(received);
    await pacer.fared(accountsOf(call), (await live()).settings.rates, { slots, throttled, waitMs });
  }

  async function ask<T>(call: PaidCall<T>, item: string, stop: AbortSignal): Promise<Answer<T>> {
    const key = callKey(call);
    for (;;) {
      const bought = await answers.find(key);
      const known = bought && attempt(() => call.parse(bought.body));
      if (known?.ok) {
        const cached = bought?.runId !== run.runId || bought.item !== item;
        return answerOf(call, key, known.value, bought?.cost ?? 0, cached);
      }
      const underWay = sharing.get(key);
      if (!underWay) break;
      // Whatever became of it, look again: its answer is in the ledger now, or it is our turn to ask.
      await underWay.catch(() => undefined);
      stop.throwIfAborted();
    }
    if (run.settings.onUnknown === 'hold' && log.lost.has(key)) throw lostBefore(call);
    const buying = buy(call, key, item, stop);
    sharing.set(key, buying);
    try {
      return await buying;
    } finally {
      sharing.delete(key);
    }
  }

  return {
    hold: money.id,
    askFor: (item, stop) => (call) => ask(call, item, stop),
    close: parts.close,
  };
}

/** A call that is on its way. */
interface Sent {
  slot: number;
  index: number;
  /** Numbers of its slots, by account. */
  turns: Record<string, number>;
  reply: Promise<Reply>;
}

/** An answer may say that nothing is left of the limit: then the next call waits, instead of being refused. */
function waitFor(received: PromiseSettledResult<Reply>): number | undefined {
  if (received.status === 'rejected') return undefined;
  const { requests, tokens } = received.value.left ?? {};
  const waits = [requests, tokens].flatMap((left) => (left && left.remaining < 1 ? [left.resetMs] : []));
  return waits.length > 0 ? Math.min(LONGEST_RESET_MS, ...waits) : undefined;
}

function answerOf<T>(
  call: PaidCall<T>,
  key: string,
  value: T,
  cost: Nanodollars,
  cached: boolean,
): Answer<T> {
  return { value, callKey: key, model: call.model, promptVersion: call.promptVersion, cost, cached };
}

/** A bad key or an empty account answers before anything is billed; anything else that we do not know may be. */
function refusedByAccount(failure: unknown): 'refused' | 'unknown' {
  return failure instanceof RunPaused ? 'refused' : 'unknown';
}

function attempt<T>(parse: () => T): { ok: true; value: T } | { ok: false; error: UnusableAnswer } {
  try {
    return { ok: true, value: parse() };
  } catch (error) {
    if (error instanceof UnusableAnswer) return { ok: false, error };
    const unusable = new UnusableAnswer('answer-off-schema', String(error), { cause: error });
    return { ok: false, error: unusable };
  }
}
