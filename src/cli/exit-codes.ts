import type { Run } from '../domain/run.ts';

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

/** What a run that has ended, or that waits for a person, comes to. */
export function exitCodeOf({ state, reason, counts }: Pick<Run, 'state' | 'reason' | 'counts'>): ExitCode {
  if (state === 'paused') return reason?.kind === 'budget' ? EXIT.budget : EXIT.failed;
  if (state === 'rolled-back') return EXIT.done;
  if (state !== 'done') return EXIT.failed;
  return counts.failed + counts.unknown > 0 ? EXIT.doneWithFailures : EXIT.done;
}
