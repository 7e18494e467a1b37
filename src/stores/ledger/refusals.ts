import { accountOf } from '../../domain/account.ts';
import type { PaidCall } from '../../domain/call.ts';
import { CallFailure, ItemFailure, RunPaused } from '../../domain/failure.ts';
import { formatUsd, type Nanodollars } from '../../domain/money.ts';
import { startOfNextDay } from '../../domain/pacing.ts';
import type { Run } from '../../domain/run.ts';
import type { DayBudget } from './days.ts';

export function outOfBudget(run: Run, needs: Nanodollars): RunPaused {
  const budget = formatUsd(run.settings.budget ?? 0);
  return new RunPaused({
    kind: 'budget',
    needs,
    message: `the budget of ${budget} has no room for the next call (up to ${formatUsd(needs)})`,
  });
}

/** Of all runs together. It renews with the day. */
export function outOfDayBudget({ day, cap, spent, held }: DayBudget, needs: Nanodollars): RunPaused {
  const until = startOfNextDay(Date.parse(day));
  return new RunPaused({
    kind: 'day-budget',
    needs,
    until,
    message:
      `the budget of ${formatUsd(cap ?? 0)} that all runs have for ${day} has no room for the next call (up to ` +
      `${formatUsd(needs)}): ${formatUsd(spent)} are spent, ${formatUsd(held)} held; it renews at ${new Date(until).toISOString()}`,
  });
}

export function notRunning(run: Run): ItemFailure {
  return new ItemFailure('interrupted', `run ${run.runId} is not running any more`);
}

/** With `--on-unknown hold`, a person decides about it. */
export function lostBefore(call: PaidCall<unknown>): CallFailure {
  return new CallFailure(
    'unknown',
    'call-unknown',
    `${call.operation} was sent to ${accountOf(call)} before, by a worker that died before its answer was kept`,
  );
}

export function aboveWorstCase(
  call: PaidCall<unknown>,
  cost: Nanodollars,
  worstCase: Nanodollars,
): RunPaused {
  return new RunPaused({
    kind: 'price-table',
    message:
      `a reply of ${accountOf(call)} (${call.operation}) cost ${formatUsd(cost)}, above the ${formatUsd(worstCase)} ` +
      'that the price table gives as its worst case: correct the table in src/vision/prices.ts, then resume',
  });
}
