import type { Item } from '../backfills/define.ts';
import type { Change } from '../domain/change.ts';
import { RunPaused } from '../domain/failure.ts';
import { describeExcess } from '../domain/failure-window.ts';
import { hoursAt } from '../domain/hours.ts';
import type { ItemResult, PauseReason, Receipt } from '../domain/page.ts';
import type { Run } from '../domain/run.ts';
import { Fenced, RunClosed } from '../stores/journal.ts';
import type { PageCalls } from '../stores/ledger/page-calls.ts';
import type { PageSurroundings, PageTask } from './page-task.ts';
import { type Entry, readBatch } from './read-batch.ts';
import { workItem } from './work-item.ts';

/** From this attempt of an activity on, items are worked singly, because one of them may kill the worker. */
const ATTEMPT_OF_SUSPICION = 3;

export interface PageOutcome {
  /** Null when the page wrote nothing. */
  receipt: Receipt | null;
  /** It was closed without a receipt, so its number must not be used again. */
  used?: boolean;
  pause?: PauseReason;
}

/**
 * Works one page: at most `page` items, none started after the time box. Safe to run again at any point:
 * a finished page tells its receipt, an unfinished one finds its answers in the ledger.
 */
export async function workPage(task: PageTask, surroundings: PageSurroundings): Promise<PageOutcome> {
  const { backfill, journal, ledger } = surroundings;
  try {
    const finished = await journal.claim(task.claim);
    if (finished) {
      await backfill.complete?.(task.run.runId);
      await ledger.closePage(task.claim, finished);
      return told(finished);
    }
    const calls = await ledger.openPage(task.claim);
    // A run that is being paused opens no page, but an earlier attempt may have.
    if (!calls) return { receipt: null, used: await ledger.closePage(task.claim, null) };
    return await workOpenPage(task, surroundings, calls);
  } catch (error) {
    if (error instanceof Fenced || error instanceof RunClosed) return { receipt: null };
    throw error;
  }
}

async function workOpenPage(
  task: PageTask,
  surroundings: PageSurroundings,
  calls: PageCalls,
): Promise<PageOutcome> {
  const { claim, kind, scope } = task;
  const batch = await readBatch(task, surroundings);
  const work = await workItems(task, surroundings, calls, batch.entries);
  const last = work.started.at(-1);
  const done = kind.name === 'next' && batch.complete && work.started.length === batch.entries.length;
  const read = kind.name === 'next' ? work.started.length : 0;
  const receipt = await surroundings.journal.commit(claim, {
    results: work.results,
    changes: work.changes,
    position: kind.name === 'next' ? (last?.position ?? kind.after) : null,
    done,
    read,
    hold: calls.hold,
    ...(work.pause && { pause: work.pause }),
    missing: done && kind.name === 'next' ? scope.items - kind.seen - read : 0,
  });
  await surroundings.backfill.complete?.(task.run.runId);
  await calls.close(receipt);
  return told(receipt);
}

/** Also by an attempt that finds the page finished, and only has to book it. */
function told(receipt: Receipt): PageOutcome {
  return { receipt, ...(receipt.pause && { pause: receipt.pause }) };
}

interface Work {
  started: Entry[];
  results: ItemResult[];
  changes: Map<string, Change[]>;
  pause: PauseReason | undefined;
}

async function workItems(
  task: PageTask,
  surroundings: PageSurroundings,
  calls: PageCalls,
  entries: Entry[],
): Promise<Work> {
  const { run, attempt } = task;
  const { slots, stop, failures, ledger } = surroundings;
  const work: Work = { started: [], results: [], changes: new Map(), pause: undefined };
  const halted = new AbortController();
  const signal = AbortSignal.any([stop, halted.signal]);
  const deadline = endOfPage(run, Date.now());
  const singly = attempt >= ATTEMPT_OF_SUSPICION;
  let broken: { error: unknown } | undefined;

  function count(result: ItemResult): void {
    work.results.push(result);
    if (result.status === 'deferred') return;
    const failed = result.status === 'failed' ? (result.class ?? 'unexpected') : null;
    const limits = (ledger.live.latest(run.runId) ?? run).settings.maxFailed;
    const excess = failures.push({ failed, message: result.message }, limits);
    if (!excess) return;
    work.pause ??= { kind: 'failures', message: describeExcess(excess) };
    halted.abort(new Error('too many items failed'));
  }

  async function workOne(item: Item, tries: number): Promise<void> {
    try {
      const { result, changes } = await workItem(
        { run, item, tries, suspect: singly, calls, signal },
        surroundings,
      );
      count(result);
      if (changes) work.changes.set(item.id, changes);
    } catch (error) {
      if (error instanceof RunPaused) {
        work.pause ??= error.reason;
        work.results.push(setAside(item, tries));
      } else {
        broken ??= { error };
      }
      halted.abort(error);
    } finally {
      slots.release();
    }
  }

  const inFlight: Promise<void>[] = [];
  for (const entry of entries) {
    if (entry.item === null) {
      if (signal.aborted) break;
      work.started.push(entry);
      if (entry.aside) work.results.push(entry.aside);
      continue;
    }
    await slots.acquire();
    if (signal.aborted || Date.now() > deadline) {
      slots.release();
      break;
    }
    work.started.push(entry);
    const working = workOne(entry.item, entry.tries);
    inFlight.push(working);
    if (singly) await working;
  }
  await Promise.all(inFlight);
  if (broken) throw broken.error;
  return work;
}

function setAside(item: Item, tries: number): ItemResult {
  return {
    item: item.id,
    unit: item.unit,
    status: 'deferred',
    class: 'interrupted',
    message: 'the run paused before this item was done',
    tries,
    dueAt: 0,
  };
}

/** Its time box, or the end of the run's hours. */
function endOfPage({ settings: { timeBoxMs, hours } }: Run, now: number): number {
  const box = now + timeBoxMs;
  return hours ? Math.min(box, hoursAt(hours, now).until) : box;
}
