import { defineSearchAttributeKey } from '@temporalio/common';
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  makeContinueAsNewFunc,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { addCounts, type Counts, NO_COUNTS } from '../domain/counts.ts';
import { toUsd } from '../domain/money.ts';
import type { PauseReason } from '../domain/page.ts';
import type { Run } from '../domain/run.ts';
import type { RunState } from '../domain/run-state.ts';
import { canaryOf } from './canary.ts';
import { type Children, createChildren, type PlanCursor } from './children.ts';
import { type Control, listen } from './control.ts';
import { detailsOf } from './details.ts';
import { type Progress, progressQuery } from './messages.ts';
import type { UnitState } from './unit.ts';

export interface BackfillInput {
  runId: string;
  backfill: string;
  /** Items planned. */
  total: number;
  window: number;
  maxHistory: number;
  pagesQueue: string;
  /** Where activities are served that look at the backfill's data; absent: where this workflow is. */
  dataQueue?: string;
  /** False where the namespace does not allow ours. */
  searchAttributes: boolean;
  /** Items to begin with, before the run waits for approval. */
  canary?: number;
  /** The canary is all there is: its answers are bought for an estimate. */
  sample?: boolean;
  /** Undoes itself when it is cancelled, or does not pass its `verify`. */
  compensate?: boolean;
  /** From the execution before this one, when the history was full. */
  carried?: Carried;
}

export interface Carried {
  cursor: PlanCursor;
  open: UnitState[];
  counts: Counts;
  ended: number;
  /** The canary is done, and was approved. */
  approved?: boolean;
}

export interface BackfillOutput {
  runId: string;
  state: RunState;
  counts: Counts;
}

const retry = { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' } as const;

/** One write in the ledger: a worker that dies in the middle of it must not keep a pause waiting. */
const { moveRun, reviewPause } = proxyActivities<Activities>({ startToCloseTimeout: '30 seconds', retry });

/** As long as the data set is large; they say that they live. */
function dataActivities({ dataQueue }: Pick<BackfillInput, 'dataQueue'>) {
  return proxyActivities<Activities>({
    ...(dataQueue !== undefined && { taskQueue: dataQueue }),
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: '10 seconds',
    retry,
  });
}

const STATUS = defineSearchAttributeKey('BackfillStatus', 'KEYWORD');
const COST = defineSearchAttributeKey('BackfillCostUsd', 'DOUBLE');

/**
 * One run. It holds all control state: pause, cancellation and a full history all end in the same place, with
 * every child drained and its cursor kept.
 */
export async function backfillWorkflow(input: BackfillInput): Promise<BackfillOutput> {
  const root = CancellationScope.current();
  // The run itself is never torn down in the middle: a cancellation is a wish that it fulfils in order.
  return CancellationScope.nonCancellable(() => runBackfill(input, root));
}

async function runBackfill(input: BackfillInput, root: CancellationScope): Promise<BackfillOutput> {
  const { runId } = input;
  const { planScopes, finishRun, verifyRun, beginRollback } = dataActivities(input);
  const control: Control = {
    state: 'running',
    pause: null,
    resumed: false,
    approved: input.carried?.approved ?? false,
    window: input.window,
  };
  let counts = input.carried?.counts ?? { ...NO_COUNTS, total: input.total };
  let ended = input.carried?.ended ?? 0;
  let children: Children;

  const cancelled = () => root.consideredCancelled;
  const historyFull = () =>
    workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > input.maxHistory;
  const atCanary = () => input.canary !== undefined && !control.approved;

  function open({ cursor, open }: Pick<Carried, 'cursor' | 'open'>): Children {
    return createChildren({
      ...input,
      window: () => control.window,
      cursor,
      open,
      plan: (cursor) =>
        atCanary()
          ? canaryOf(input.canary ?? 0, cursor)
          : planScopes.executeWithOptions({ summary: 'plan' }, [{ runId, ...cursor }]),
      interrupted: () => cancelled() || control.pause !== null || historyFull(),
      // New calls stop at once, while the children drain. A full history is no reason to stop anything.
      onInterrupted: async () => {
        if (cancelled()) await move('cancelling');
        else if (control.pause) await move('pausing', control.pause);
      },
      onOutput(output) {
        counts = addCounts(counts, output.counts);
        if (output.ended) ended += 1;
        show();
      },
      onPause: (reason) => {
        control.pause ??= reason;
      },
    });
  }

  const progress = (): Progress => ({
    runId,
    state: control.state,
    reason: control.pause,
    counts,
    scopes: { active: children.active(), ended },
  });
  const show = () => setCurrentDetails(detailsOf(input.backfill, progress()));

  async function move(to: RunState & Progress['state'], reason?: PauseReason): Promise<Run> {
    const run = await moveRun.executeWithOptions({ summary: to }, [{ runId, to, ...(reason && { reason }) }]);
    control.state = to;
    publish(to, run);
    return run;
  }

  function publish(status: string, run: Run): void {
    show();
    if (!input.searchAttributes) return;
    upsertSearchAttributes([
      { key: STATUS, value: status },
      { key: COST, value: toUsd(run.spent) },
    ]);
  }

  async function waitForResume(wish: PauseReason): Promise<void> {
    // It may have come while the children were drained for a full history.
    if (control.state !== 'pausing') await move('pausing', wish);
    // Since then, what the run held was given back.
    const reason = wish.kind === 'day-budget' ? await reviewPause({ runId, reason: wish }) : wish;
    const paused = await move('paused', reason);
    const over = () => control.resumed || cancelled();
    const fits = reason.kind === 'budget' && paused.available >= (reason.needs ?? 0);
    if (!fits && reason.until === undefined) await condition(over);
    if (!fits && reason.until !== undefined) await condition(over, Math.max(1, reason.until - Date.now()));
    if (control.pause?.kind === 'operator') await condition(over);
    control.pause = null;
    control.resumed = false;
    if (!cancelled()) await move('running');
  }

  async function waitForApproval(): Promise<void> {
    // Who sees it in the ledger may approve before we hear that it is written there.
    control.state = 'awaiting-approval';
    await move('awaiting-approval', {
      kind: 'approval',
      message: `the canary is done: look at 'backfill report ${input.backfill}', then approve or cancel`,
    });
    await condition(() => control.approved || cancelled());
    if (!cancelled()) await move('running');
  }

  async function finish(to: 'done' | 'cancelled'): Promise<BackfillOutput> {
    // The wish may have come while the children were drained for a pause or a full history.
    if (to === 'cancelled' && control.state !== 'cancelling') await move('cancelling');
    control.state = 'finishing';
    const sound =
      to === 'done' && (!input.compensate || (await verifyRun({ runId })).verified?.passed === true);
    const run = await finishRun.executeWithOptions({ summary: to }, [{ runId, to }]);
    publish(to, run);
    if (input.compensate && !sound) await undo();
    return { runId, state: run.state, counts: run.counts };
  }

  /** This workflow goes on as the rollback of its run. Returns where there is nothing to put back. */
  async function undo(): Promise<void> {
    const rollback = await beginRollback.executeWithOptions({ summary: `undo ${runId}` }, [{ runId }]);
    if (!rollback) return;
    await condition(allHandlersFinished);
    const { backfill, window, maxHistory, pagesQueue, dataQueue, searchAttributes } = input;
    await makeContinueAsNewFunc<typeof backfillWorkflow>({ memo: { runId: rollback.runId } })({
      ...rollback,
      backfill,
      window,
      maxHistory,
      pagesQueue,
      ...(dataQueue !== undefined && { dataQueue }),
      searchAttributes,
    });
  }

  async function driveToEnd(): Promise<'ended' | 'cancelled'> {
    while (!(await children.drive())) {
      if (cancelled()) return 'cancelled';
      if (control.pause) {
        await waitForResume(control.pause);
      } else {
        await condition(allHandlersFinished);
        const { cursor, open } = children;
        const carried = { cursor, open, counts, ended, approved: control.approved };
        await continueAsNew<typeof backfillWorkflow>({ ...input, window: control.window, carried });
      }
    }
    return 'ended';
  }

  children = open(input.carried ?? START);
  setHandler(progressQuery, progress);
  listen(runId, control);
  if (!input.carried) await move('running');
  if ((await driveToEnd()) === 'cancelled') return finish('cancelled');
  if (atCanary() && !input.sample) {
    await waitForApproval();
    if (cancelled()) return finish('cancelled');
    children = open(START);
    if ((await driveToEnd()) === 'cancelled') return finish('cancelled');
  }
  return finish('done');
}

const START: Pick<Carried, 'cursor' | 'open'> = { cursor: { after: null, scopes: 0 }, open: [] };
