import { setTimeout as sleep } from 'node:timers/promises';
import type { Backfill, Item } from './backfills/define.ts';
import { accountOf } from './domain/account.ts';
import type { Answer, Ask, PaidCall } from './domain/call.ts';
import type { Progress } from './domain/expected-rest.ts';
import { ItemFailure, RunPaused, UnusableAnswer } from './domain/failure.ts';
import type { Nanodollars } from './domain/money.ts';
import { unlessNoTable } from './known-runs.ts';
import type { BoughtAnswer } from './stores/ledger/answers.ts';
import type { Ledger } from './stores/ledger/ledger.ts';

/** What the ledger answers about one item. */
export interface LookedItem {
  item: string;
  unit: string;
  progress: Progress;
  /** What its answers cost when they were bought, by run. */
  paid: Record<string, Nanodollars>;
  /** Why the item cannot be worked on now: no image, a broken row. */
  unreadable: string | null;
}

export interface Looking {
  /** Starts no further look, and waits for none, after so many milliseconds. */
  withinMs?: number | undefined;
  onProgress?: ((looked: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

const AT_ONCE = 16;

/**
 * Works items with what the ledger answers, up to the first question that it does not. Reads images; buys, prepares
 * and writes nothing. Items for which there is no time are left out.
 */
export async function lookAt(
  backfill: Pick<Backfill, 'process'>,
  ledger: Pick<Ledger, 'answered'>,
  items: readonly Item[],
  { withinMs, onProgress, signal }: Looking = {},
): Promise<LookedItem[]> {
  const looked: LookedItem[] = [];
  const waiting = items.values();
  const over = new AbortController();
  const stop = AbortSignal.any([over.signal, ...(signal ? [signal] : [])]);
  const look = async () => {
    for (const item of waiting) {
      if (stop.aborted) return;
      const found = await lookAtOne(backfill, ledger, item);
      if (stop.aborted) return;
      looked.push(found);
      onProgress?.(looked.length);
    }
  };
  const ended = Promise.all(Array.from({ length: AT_ONCE }, look));
  const timers = new AbortController();
  const timeUp = withinMs === undefined ? [] : [sleep(withinMs, undefined, { signal: timers.signal })];
  try {
    await Promise.race([ended, ...timeUp, ...(signal ? [interrupted(signal)] : [])]);
  } finally {
    over.abort();
    timers.abort();
    for (const one of [ended, ...timeUp]) one.catch(() => undefined);
  }
  return looked;
}

/** The first question without an answer ends the look at an item. */
class Unanswered extends Error {
  readonly call: PaidCall<unknown>;

  constructor(call: PaidCall<unknown>) {
    super(`nobody has bought ${call.operation} yet`);
    this.call = call;
  }
}

async function lookAtOne(
  backfill: Pick<Backfill, 'process'>,
  ledger: Pick<Ledger, 'answered'>,
  item: Item,
): Promise<LookedItem> {
  const answered: Record<string, number> = {};
  const paid: Record<string, Nanodollars> = {};
  const found = (next: Progress['next'], unreadable: string | null = null): LookedItem => ({
    item: item.id,
    unit: item.unit,
    progress: { answered, next },
    paid,
    unreadable,
  });
  const ask: Ask = async (call) => {
    const bought = await unlessNoTable(ledger.answered(call), undefined);
    const answer = bought && answerOf(call, bought);
    if (!answer) throw new Unanswered(call);
    paid[bought.runId] = (paid[bought.runId] ?? 0) + bought.cost;
    answered[accountOf(call)] = (answered[accountOf(call)] ?? 0) + 1;
    return answer;
  };
  try {
    await backfill.process(item, ask);
    return found(null);
  } catch (error) {
    if (error instanceof Unanswered) {
      return found({ account: accountOf(error.call), operation: error.call.operation });
    }
    if (error instanceof ItemFailure || error instanceof RunPaused) return found(undefined, error.message);
    throw error;
  }
}

/** As a page does it: an answer that no longer fits its schema is none. */
function answerOf<T>(call: PaidCall<T>, { callKey, cost, body }: BoughtAnswer): Answer<T> | undefined {
  const { model, promptVersion } = call;
  try {
    return { value: call.parse(body), callKey, model, promptVersion, cost, cached: true };
  } catch (error) {
    if (error instanceof UnusableAnswer) return undefined;
    throw error;
  }
}

async function interrupted(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  );
}
