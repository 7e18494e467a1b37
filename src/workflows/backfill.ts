import { defineSearchAttributeKey } from '@temporalio/common';
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
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
import { createChildren, type PlanCursor } from './children.ts';
import { detailsOf } from './details.ts';
import { type Asked, type Progress, pauseSignal, progressQuery, resumeSignal } from './messages.ts';
import type { UnitState } from './unit.ts';

export interface BackfillInput {
  runId: string;
  backfill: string;
  /** Items planned. */
  total: number;
  window: number;
  maxHistory: number;
  pagesQueue: string;
  /** False where the namespace does not allow ours. */
  searchAttributes: boolean;
  /** From the execution before this one, when the history was full. */
  carried?: Carried;
}

export interface Carried {
  cursor: PlanCursor;
  open: UnitState[];
  counts: Counts;
  ended: number;
}

export interface BackfillOutput {
  runId: string;
  state: RunState;
  counts: Counts;
}

const retry = { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' } as const;

/** One write in the ledger: a worker that dies in the middle of it must not keep a pause waiting. */
const { moveRun } = proxyActivities<Activities>({ startToCloseTimeout: '30 seconds', retry });

/** As long as the data set is large; they say that they live. */
const { planScopes, finishRun } = proxyActivities<Activities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '10 seconds',
  retry,
});

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
  const control = {
    state: 'running' as Progress['state'],
    pause: null as PauseReason | null,
    resumed: false,
  };
  let counts = input.carried?.counts ?? { ...NO_COUNTS, total: input.total };
  let ended = input.carried?.ended ?? 0;

  const cancelled = () => root.consideredCancelled;
  const historyFull = () =>
    workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > input.maxHistory;

  const children = createChildren({
    ...input,
    cursor: input.carried?.cursor ?? { after: null, scopes: 0 },
    open: input.carried?.open ?? [],
    plan: (cursor) => planScopes.executeWithOptions({ summary: 'plan' }, [{ runId, ...cursor }]),
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
  const progress = (): Progress => ({
    runId,
    state: control.state,
    reason: control.pause,
    counts,
    scopes: { active: children.active(), ended },
  });
  const show = () => setCurrentDetails(detailsOf(input.backfill, progress()));

  setHandler(progressQuery, progress);
  setHandler(pauseSignal, ({ by }: Asked) => {
    // Also in place of a reason that would pass by itself.
    if (control.pause?.kind !== 'operator') control.pause = { kind: 'operator', message: `paused by ${by}` };
    control.resumed = false;
  });
  setHandler(resumeSignal, () => {
    // Kept while a pause is under way only: a later pause has another reason, and waits for a resume of its own.
    control.resumed = control.pause !== null;
  });

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

  async function waitForResume(reason: PauseReason): Promise<void> {
    // The wish may have come while the children were drained for a full history.
    if (control.state !== 'pausing') await move('pausing', reason);
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

  async function finish(to: 'done' | 'cancelled'): Promise<BackfillOutput> {
    // The wish may have come while the children were drained for a pause or a full history.
    if (to === 'cancelled' && control.state !== 'cancelling') await move('cancelling');
    control.state = 'finishing';
    const run = await finishRun.executeWithOptions({ summary: to }, [{ runId, to }]);
    publish(to, run);
    return { runId, state: run.state, counts: run.counts };
  }

  if (!input.carried) await move('running');
  while (!(await children.drive())) {
    if (cancelled()) return finish('cancelled');
    if (control.pause) {
      await waitForResume(control.pause);
    } else {
      await condition(allHandlersFinished);
      const carried = { cursor: children.cursor, open: children.open, counts, ended };
      return continueAsNew<typeof backfillWorkflow>({ ...input, carried });
    }
  }
  return finish('done');
}
