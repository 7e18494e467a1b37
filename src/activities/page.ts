import { Context } from '@temporalio/activity';
import type { Backfill } from '../backfills/define.ts';
import type { Position, Scope } from '../domain/page.ts';
import { type Deps, runOf } from './deps.ts';
import { pauseReasonOf } from './pause-reason.ts';
import { type PageOutcome, workPage } from './work-page.ts';

export interface PageInput {
  runId: string;
  scope: Scope;
  page: number;
  incarnation: number;
  kind: { name: 'next'; after: Position | null; seen: number } | { name: 'due' };
}

/** More than the attempts that any incarnation reaches: fences of a later incarnation are always higher. */
const ATTEMPTS_PER_INCARNATION = 1_000_000;

/**
 * The activity around a page: it turns Temporal's cancellation, or the worker's shutdown, into "settle what is in flight and return".
 */
export async function runPage(deps: Deps, input: PageInput): Promise<PageOutcome> {
  const { info, cancellationSignal } = Context.current();
  const run = await runOf(deps, input.runId);
  let backfill: Backfill;
  try {
    backfill = await deps.open(run);
  } catch (error) {
    const pause = pauseReasonOf(error);
    if (pause) return { receipt: null, pause };
    throw error;
  }
  const fence = input.incarnation * ATTEMPTS_PER_INCARNATION + info.attempt;
  const claim = { runId: run.runId, scope: input.scope.id, page: `${input.scope.id}/${input.page}`, fence };
  return workPage(
    { run, scope: input.scope, claim, kind: input.kind, attempt: info.attempt },
    { ...deps, backfill, slots: deps.slots(run), stop: cancellationSignal },
  );
}
