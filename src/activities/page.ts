import { Context } from '@temporalio/activity';
import type { Scope } from '../domain/page.ts';
import { type Deps, runOf } from './deps.ts';
import { hindrance } from './may-work.ts';
import { claimOf } from './page-claim.ts';
import type { PageKind } from './page-task.ts';
import { pauseReasonOf } from './pause-reason.ts';
import { type PageOutcome, workPage } from './work-page.ts';

export interface PageInput {
  runId: string;
  scope: Scope;
  page: number;
  incarnation: number;
  kind: PageKind;
}

/**
 * The activity around a page: it turns Temporal's cancellation, or the worker's shutdown, into "settle what is in
 * flight and return", and what only a person can mend into a pause.
 */
export async function runPage(deps: Deps, input: PageInput): Promise<PageOutcome> {
  try {
    return await openAndWork(deps, input);
  } catch (error) {
    // A table is gone, say: the page's answers are kept, and its number and hold are used again.
    const pause = pauseReasonOf(error);
    if (pause) return { receipt: null, pause };
    throw error;
  }
}

async function openAndWork(deps: Deps, input: PageInput): Promise<PageOutcome> {
  const { info, cancellationSignal } = Context.current();
  const run = await runOf(deps, input.runId);
  const pause = await hindrance(deps, run);
  if (pause) return { receipt: null, pause };
  const backfill = await deps.open(run);
  const claim = claimOf({ ...input, attempt: info.attempt });
  const task = { run, scope: input.scope, claim, kind: input.kind, attempt: info.attempt };
  const surroundings = {
    ...deps,
    journal: deps.journalOf(run.backfill),
    backfill,
    slots: deps.slots(run),
    failures: deps.failures(run),
    stop: cancellationSignal,
  };
  return deps.health.during(run, () => workPage(task, surroundings));
}
