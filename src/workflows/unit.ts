import {
  ActivityCancellationType,
  ActivityFailure,
  CancellationScope,
  isCancellation,
  patched,
  proxyActivities,
  setCurrentDetails,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities, PageOutcome } from '../activities/index.ts';
import { addCounts, type Counts, NO_COUNTS, settled } from '../domain/counts.ts';
import type { PauseReason, Position, Receipt, Scope } from '../domain/page.ts';

/** Where a child stands. Everything that it needs to go on, and nothing that grows with its items. */
export interface UnitState {
  scope: Scope;
  /** How often this child was started; part of the fence of its pages. */
  incarnation: number;
  /** Number of the next page. */
  page: number;
  position: Position | null;
  /** Items read so far. */
  seen: number;
  /** No items after `position`. */
  read: boolean;
  waiting: { items: number; nextDueAt: number | null };
}

export interface UnitInput {
  runId: string;
  pagesQueue: string;
  /** Where activities are served that look at the backfill's data; absent: where this workflow is. */
  dataQueue?: string;
  maxHistory: number;
  state: UnitState;
}

/** `ended`: every item has a final result. Otherwise the parent starts the child again from `state`. */
export interface UnitOutput {
  state: UnitState;
  ended: boolean;
  counts: Counts;
  pause?: PauseReason;
}

export function newUnitState(scope: Scope): UnitState {
  return {
    scope,
    incarnation: 0,
    page: 0,
    position: null,
    seen: 0,
    read: false,
    waiting: { items: 0, nextDueAt: null },
  };
}

/**
 * One project, vehicle or listing (or a pack of small ones), page after page. When it is cancelled it settles
 * what is in flight and returns normally: a pause, a cancellation and a full history look the same from here.
 */
export async function unitWorkflow(input: UnitInput): Promise<UnitOutput> {
  const { runPage } = proxyActivities<Activities>({
    taskQueue: input.pagesQueue,
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: '10 seconds',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    // Infrastructure errors only: whatever concerns an item is in the receipt.
    retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
  });
  const { closeLostPage } = proxyActivities<Activities>({
    ...(input.dataQueue !== undefined && { taskQueue: input.dataQueue }),
    startToCloseTimeout: '1 minute',
    retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' },
  });
  const state = { ...input.state, incarnation: input.state.incarnation + 1 };
  let counts = NO_COUNTS;
  while (!state.read || state.waiting.items > 0) {
    const { receipt, pause } = await nextPage();
    if (receipt) {
      counts = addCounts(counts, receipt.counts);
      advance(state, receipt);
      setCurrentDetails(detailsOf(state, counts));
    }
    if (pause || !receipt || mustReturn(input.maxHistory)) {
      return { state, ended: false, counts, ...(pause && { pause }) };
    }
  }
  return { state, ended: true, counts };

  async function nextPage(): Promise<PageOutcome> {
    if (state.read && !(await sleptUntil(state.waiting.nextDueAt ?? 0))) return { receipt: null };
    try {
      const outcome = await runPage.executeWithOptions({ summary: summaryOf(state) }, [
        { runId: input.runId, ...pageOf(state) },
      ]);
      if (outcome.used) state.page += 1;
      return outcome;
    } catch (error) {
      if (!(error instanceof ActivityFailure)) {
        // It was never asked for.
        if (isCancellation(error)) return { receipt: null };
        throw error;
      }
      const receipt = patched('close-lost-page') ? await closeLost() : null;
      return { receipt, ...(!cancelled() && { pause: lost(state, error) }) };
    }
  }

  /** The page may have died with its worker while we were cancelled: then it is booked. */
  async function closeLost(): Promise<Receipt | null> {
    const { scope, page, incarnation } = state;
    const { receipt, used } = await CancellationScope.nonCancellable(() =>
      closeLostPage.executeWithOptions({ summary: `close page ${page}` }, [
        { runId: input.runId, scope, page, incarnation },
      ]),
    );
    if (used && !receipt) state.page += 1;
    return receipt;
  }
}

function advance(state: UnitState, receipt: Receipt): void {
  state.page += 1;
  state.waiting = receipt.waiting;
  if (state.read) return;
  state.position = receipt.position;
  state.seen += receipt.read;
  state.read = receipt.done;
}

function pageOf({ scope, incarnation, page, position, seen, read }: UnitState) {
  return {
    scope,
    page,
    incarnation,
    kind: read ? { name: 'due' as const } : { name: 'next' as const, after: position, seen },
  };
}

function mustReturn(maxHistory: number): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return cancelled() || continueAsNewSuggested || historyLength > maxHistory;
}

function cancelled(): boolean {
  return CancellationScope.current().consideredCancelled;
}

function lost({ scope, page }: UnitState, error: ActivityFailure): PauseReason {
  const message = error.cause?.message ?? error.message;
  return { kind: 'child', message: `page ${page} of ${scope.id} ended without a receipt: ${message}` };
}

/** False when it was cancelled meanwhile. */
async function sleptUntil(epochMs: number): Promise<boolean> {
  const wait = epochMs - Date.now();
  try {
    if (wait > 0) await sleep(wait);
    return true;
  } catch (error) {
    if (isCancellation(error)) return false;
    throw error;
  }
}

function summaryOf({ scope, page, read, waiting, seen }: UnitState): string {
  if (read) return `page ${page}: ${waiting.items} items again`;
  return `page ${page}: from item ${seen + 1} of ${scope.items}`;
}

function detailsOf({ scope, page, waiting }: UnitState, counts: Counts): string {
  const units = scope.units === 1 ? '' : ` in ${scope.units} units`;
  return [
    `**${settled(counts)} of ${scope.items} items**${units}, ${page} pages`,
    `written ${counts.written}, cached ${counts.cached}, skipped ${counts.skipped}, failed ${counts.failed}, conflicts ${counts.conflicts}`,
    waiting.items > 0 ? `${waiting.items} wait for another try` : '',
  ]
    .filter(Boolean)
    .join('\n\n');
}
