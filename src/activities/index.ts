import type { PauseReason } from '../domain/page.ts';
import type { Run } from '../domain/run.ts';
import { type BegunRollback, beginRollback } from './begin-rollback.ts';
import type { Deps } from './deps.ts';
import { withHeartbeat } from './heartbeat.ts';
import { closeLostPage, type LostPage, type LostPageInput } from './lost-page.ts';
import { reviewPause } from './may-work.ts';
import { type FinishRun, finishRun, type MoveRun, moveRun } from './move-run.ts';
import { type PageInput, runPage } from './page.ts';
import { type PlanInput, planScopes, type ScopePage } from './plan.ts';
import { type ApproveRun, approveRun, type TunedRun, type TuneRun, tuneRun, verifyRun } from './steer.ts';
import type { PageOutcome } from './work-page.ts';

export type { LostPage } from './lost-page.ts';
export type { MoveRun } from './move-run.ts';
export type { PageInput } from './page.ts';
export type { PlanInput, ScopePage } from './plan.ts';
export type { PageOutcome } from './work-page.ts';

/** Plans, moves and ends runs: short, and always served, however long pages take. */
export function createControlActivities(deps: Deps) {
  return {
    planScopes: (input: PlanInput): Promise<ScopePage> => withHeartbeat(() => planScopes(deps, input)),
    moveRun: (input: MoveRun): Promise<Run> => moveRun(deps, input),
    closeLostPage: (input: LostPageInput): Promise<LostPage> => closeLostPage(deps, input),
    reviewPause: (input: { runId: string; reason: PauseReason }): Promise<PauseReason> =>
      reviewPause(deps, input),
    tuneRun: (input: TuneRun): Promise<TunedRun> => tuneRun(deps, input),
    approveRun: (input: ApproveRun): Promise<void> => approveRun(deps, input),
    verifyRun: (input: { runId: string }): Promise<Run> => withHeartbeat(() => verifyRun(deps, input)),
    beginRollback: (input: { runId: string }): Promise<BegunRollback | null> =>
      withHeartbeat(() => beginRollback(deps, input)),
    finishRun: (input: FinishRun): Promise<Run> => withHeartbeat(() => finishRun(deps, input)),
  };
}

/** Works pages. Served from a task queue of its own, a few at a time. */
export function createPageActivities(deps: Deps) {
  return {
    runPage: (input: PageInput): Promise<PageOutcome> => withHeartbeat(() => runPage(deps, input)),
  };
}

export type Activities = ReturnType<typeof createControlActivities> & ReturnType<typeof createPageActivities>;
