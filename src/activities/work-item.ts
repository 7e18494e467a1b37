import type { Backfill, Item } from '../backfills/define.ts';
import type { Ask } from '../domain/call.ts';
import type { Change } from '../domain/change.ts';
import { CallFailure, type FailureClass, ItemFailure, RunPaused, UnusableAnswer } from '../domain/failure.ts';
import type { ItemResult } from '../domain/page.ts';
import { retryVerdict } from '../domain/retry.ts';
import type { Run } from '../domain/run.ts';
import { Fenced, type Journal, RunClosed } from '../stores/journal.ts';
import type { PageCalls } from '../stores/ledger/page-calls.ts';
import { isStoreFailure } from '../stores/store-failure.ts';

export interface ItemTask {
  run: Run;
  item: Item;
  /** Tries used up before. */
  tries: number;
  /** A worker died on this page twice: mark the item before and after. */
  suspect: boolean;
  calls: PageCalls;
  signal: AbortSignal;
}

/** What became of one item. Throws only what concerns the whole page: a pause, a lost claim, a store that is down. */
export async function workItem(
  task: ItemTask,
  { backfill, journal }: { backfill: Backfill; journal: Journal },
): Promise<{ result: ItemResult; changes?: Change[] }> {
  const { run, item, suspect } = task;
  if (suspect && (await journal.begin(run.runId, item.id)) >= 2) {
    return { result: failed(task, 'crashed-worker', 'two workers died while they worked on this item') };
  }
  const { ask, everyAnswerCached } = watched(task.calls.askFor(item.id, task.signal));
  try {
    const processed = await backfill.process(item, ask);
    const result = { item: item.id, unit: item.unit, tries: task.tries + 1 };
    if (processed.kind === 'skip') {
      return { result: { ...result, status: 'skipped', class: processed.class } };
    }
    if (run.sample) return { result: { ...result, status: 'skipped', class: 'sampled' } };
    const status = processed.cached || everyAnswerCached() ? 'cached' : 'written';
    return { result: { ...result, status }, changes: processed.changes };
  } catch (error) {
    return { result: judge(task, error) };
  } finally {
    if (suspect) await journal.end(run.runId, item.id);
  }
}

function watched(ask: Ask): { ask: Ask; everyAnswerCached: () => boolean } {
  const cached: boolean[] = [];
  return {
    ask: async (call) => {
      const answer = await ask(call);
      cached.push(answer.cached);
      return answer;
    },
    everyAnswerCached: () => cached.length > 0 && cached.every(Boolean),
  };
}

function judge(task: ItemTask, error: unknown): ItemResult {
  if (concernsThePage(error)) throw error;
  if (task.signal.aborted && error === task.signal.reason)
    return deferred(task, 'interrupted', 'set aside', 0);
  const failure = asFailure(error);
  if (failure.code === 'call-unknown' && task.run.settings.onUnknown === 'hold') {
    return { ...common(task, failure.code, failure.message), status: 'unknown', tries: task.tries + 1 };
  }
  const verdict = retryVerdict(failure, task.tries, Date.now());
  if (verdict.kind === 'failed') return failed(task, failure.code, failure.message);
  return { ...deferred(task, failure.code, failure.message, verdict.dueAt), tries: verdict.tries };
}

function concernsThePage(error: unknown): boolean {
  return (
    error instanceof RunPaused ||
    error instanceof Fenced ||
    error instanceof RunClosed ||
    isStoreFailure(error)
  );
}

function asFailure(error: unknown): {
  code: FailureClass;
  message: string;
  retryAfterMs?: number | undefined;
} {
  if (error instanceof ItemFailure || error instanceof CallFailure || error instanceof UnusableAnswer) {
    return error;
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: 'unexpected', message };
}

function common({ item, tries }: ItemTask, code: FailureClass, message: string) {
  return { item: item.id, unit: item.unit, class: code, message, tries };
}

function failed(task: ItemTask, code: FailureClass, message: string): ItemResult {
  return { ...common(task, code, message), status: 'failed', tries: task.tries + 1 };
}

function deferred(task: ItemTask, code: FailureClass, message: string, dueAt: number): ItemResult {
  return { ...common(task, code, message), status: 'deferred', dueAt };
}
