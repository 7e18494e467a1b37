import {
  CancellationScope,
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  condition,
  executeChild,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import type { ScopePage } from '../activities/index.ts';
import type { PauseReason } from '../domain/page.ts';
import { newUnitState, type UnitOutput, type UnitState, type unitWorkflow } from './unit.ts';

/** How far the plan has been started, so that a continued parent plans on from there. */
export interface PlanCursor {
  /** Last unit of the last scope that was started. */
  after: string | null;
  /** Scopes started. */
  scopes: number;
}

export interface ChildrenOptions {
  runId: string;
  /** Children at work at the same time; may change. */
  window(): number;
  maxHistory: number;
  pagesQueue: string;
  dataQueue?: string;
  cursor: PlanCursor;
  /** Children that returned before their end, to be started again first. */
  open: UnitState[];
  plan(cursor: PlanCursor): Promise<ScopePage>;
  interrupted(): boolean;
  /** Called once per drive, when it has been interrupted and its children are being drained. */
  onInterrupted(): Promise<void>;
  onOutput(output: UnitOutput): void;
  onPause(reason: PauseReason): void;
}

/** The sliding window over the scopes of a run. */
export interface Children {
  /** Runs until every scope has ended, or until interrupted and drained. True when every scope has ended. */
  drive(): Promise<boolean>;
  active(): number;
  cursor: PlanCursor;
  open: UnitState[];
}

export function createChildren(options: ChildrenOptions): Children {
  const { runId, pagesQueue, dataQueue, maxHistory, interrupted, onOutput, onPause } = options;
  const active = new Set<string>();
  const open = [...options.open];
  let cursor = options.cursor;
  let planned: UnitState[] = [];
  let exhausted = false;

  async function planMore(): Promise<void> {
    const page = await options.plan(cursor);
    planned = page.scopes.map(newUnitState);
    exhausted = page.exhausted;
    if (page.pause) onPause(page.pause);
  }

  function takeNext(): UnitState | undefined {
    const again = open.shift();
    if (again) return again;
    const fresh = planned.shift();
    if (fresh) cursor = { after: fresh.scope.lastUnit, scopes: cursor.scopes + 1 };
    return fresh;
  }

  async function runChild(state: UnitState): Promise<void> {
    active.add(state.scope.id);
    try {
      const output = await executeChild<typeof unitWorkflow>('unitWorkflow', {
        workflowId: `${workflowInfo().workflowId}/${state.scope.id}`,
        args: [{ runId, pagesQueue, ...(dataQueue !== undefined && { dataQueue }), maxHistory, state }],
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        staticSummary: summaryOf(state),
      });
      onOutput(output);
      if (!output.ended) open.push(output.state);
      if (output.pause) onPause(output.pause);
      else if (!output.ended && !interrupted() && stoodStill(state, output.state)) onPause(stuck(state));
    } catch (error) {
      open.push({ ...state, incarnation: state.incarnation + 1 });
      if (!isCancellation(error)) onPause(failed(state, error));
    } finally {
      active.delete(state.scope.id);
    }
  }

  return {
    open,
    get cursor() {
      return cursor;
    },
    active: () => active.size,

    async drive() {
      const scope = new CancellationScope();
      const room = () => active.size < options.window();
      while (!interrupted()) {
        if (open.length + planned.length === 0 && !exhausted) await planMore();
        const workLeft = () => open.length + planned.length > 0;
        if (!workLeft() && active.size === 0) return true;
        if (workLeft() && room()) {
          const next = takeNext();
          if (next) void scope.run(() => runChild(next));
        } else {
          await condition(() => interrupted() || (workLeft() && room()) || active.size === 0);
        }
      }
      scope.cancel();
      await Promise.all([options.onInterrupted(), condition(() => active.size === 0)]);
      return false;
    },
  };
}

function stoodStill(before: UnitState, after: UnitState): boolean {
  return before.page === after.page;
}

function summaryOf({ scope }: UnitState): string {
  if (scope.canary) return `canary: ${scope.items} items`;
  return scope.units === 1
    ? `${scope.firstUnit}: ${scope.items} items`
    : `${scope.units} units: ${scope.items} items`;
}

function stuck({ scope }: UnitState): PauseReason {
  return {
    kind: 'child',
    message: `${scope.id} came back without having done anything: the ledger does not say that the run is running`,
  };
}

function failed({ scope }: UnitState, error: unknown): PauseReason {
  const cause = error instanceof ChildWorkflowFailure ? (error.cause ?? error) : error;
  const message = cause instanceof Error ? cause.message : String(cause);
  return { kind: 'child', message: `the workflow of ${scope.id} ended early: ${message}` };
}
