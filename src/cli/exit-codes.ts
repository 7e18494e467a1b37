import type { Run } from '../domain/run.ts';
import type { RunSettings } from '../domain/settings.ts';

/** What the shell is told. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  doneWithFailures: 3,
  cannotConnect: 4,
  budget: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export type Ended = Pick<Run, 'state' | 'reason' | 'counts' | 'verified'> & {
  settings: Pick<RunSettings, 'onFailure'>;
};

/** What a run that has ended, or that waits for a person, comes to. */
export function exitCodeOf(run: Ended): ExitCode {
  const { state, reason, counts } = run;
  if (state === 'awaiting-approval') return EXIT.done;
  if (state === 'paused') return isShortOfMoney(reason) ? EXIT.budget : EXIT.failed;
  if (state === 'rolled-back') return rolledBackByItself(run) ? EXIT.failed : EXIT.done;
  if (state !== 'done') return EXIT.failed;
  return counts.failed + counts.unknown > 0 ? EXIT.doneWithFailures : EXIT.done;
}

function isShortOfMoney(reason: Ended['reason']): boolean {
  return reason?.kind === 'budget' || reason?.kind === 'day-budget';
}

/** What passed its `verify` was rolled back by a person. */
export function rolledBackByItself({ state, settings, verified }: Ended): boolean {
  return state === 'rolled-back' && settings.onFailure === 'rollback' && verified?.passed !== true;
}
