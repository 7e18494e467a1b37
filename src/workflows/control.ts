import { ApplicationFailure, CancellationScope, proxyActivities, setHandler } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { PauseReason } from '../domain/page.ts';
import { type Tuning, tuningProblem } from '../domain/tuning.ts';
import { approveUpdate, type Progress, pauseSignal, resumeSignal, tuneUpdate } from './messages.ts';

/** What people, and pages, have asked of a run. */
export interface Control {
  state: Progress['state'];
  /** Why it pauses, or is paused; null: it does not. */
  pause: PauseReason | null;
  /** A wish to go on, while a pause is under way. */
  resumed: boolean;
  approved: boolean;
  /** Children at work at the same time. */
  window: number;
}

const { tuneRun, approveRun } = proxyActivities<Activities>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '5 seconds' },
});

/** Which change ends which pause: what was missing may be there now. Pages find out. */
const ENDS: { [Name in keyof Tuning]?: PauseReason['kind'] } = {
  budget: 'budget',
  hours: 'hours',
  rates: 'quota',
};

export function listen(runId: string, control: Control): void {
  setHandler(pauseSignal, ({ by }) => {
    // Also in place of a reason that would pass by itself.
    if (control.pause?.kind !== 'operator') control.pause = { kind: 'operator', message: `paused by ${by}` };
    control.resumed = false;
  });

  setHandler(resumeSignal, () => {
    // Kept while a pause is under way only: a later pause has another reason, and waits for a resume of its own.
    control.resumed = control.pause !== null;
  });

  setHandler(
    approveUpdate,
    async ({ by }) => {
      await unbroken(() => approveRun.executeWithOptions({ summary: `approved by ${by}` }, [{ runId, by }]));
      control.approved = true;
    },
    {
      validator(_asked) {
        if (control.state !== 'awaiting-approval')
          throw refused(`the run waits for no approval: it is ${control.state}`);
      },
    },
  );

  setHandler(
    tuneUpdate,
    async ({ by, tuning }) => {
      const tuned = await unbroken(() =>
        tuneRun.executeWithOptions({ summary: `tuned by ${by}` }, [{ runId, by, tuning }]),
      );
      if (tuned.refused !== undefined) throw refused(tuned.refused);
      control.window = tuning.window ?? control.window;
      if (Object.keys(tuning).some((name) => ENDS[name as keyof Tuning] === control.pause?.kind)) {
        control.resumed = control.pause !== null;
      }
      return tuned.changes;
    },
    {
      validator({ tuning }) {
        const problem = tuningProblem(tuning);
        if (problem) throw refused(problem);
      },
    },
  );
}

/** A cancellation of the run leaves the answer to a person alone. */
function unbroken<T>(work: () => Promise<T>): Promise<T> {
  return CancellationScope.nonCancellable(work);
}

function refused(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'refused');
}
