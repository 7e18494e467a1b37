import { UsageError } from '../../domain/failure.ts';
import { formatUsd, type Nanodollars } from '../../domain/money.ts';
import type { Run, Settlement } from '../../domain/run.ts';
import { type LoggedCall, requestName } from './page-log.ts';

/** How people name a call of a run: `<page>#<slot>.<index>`. */
export function callName({ page, slot, index }: LoggedCall): string {
  return requestName(page, slot, index);
}

/** Nobody knows whether it was billed. */
export function isUnknown({ outcome }: LoggedCall): boolean {
  return outcome === 'unknown' || outcome === 'in-flight';
}

/** Throws UsageError where the call is not to be closed (yet, or any more). */
export function settlementOf(run: Run, call: LoggedCall, cost: Nanodollars | null, by: string): Settlement {
  const id = callName(call);
  if (run.settlements[id]) throw settledBefore(id);
  if (!isUnknown(call))
    throw new UsageError(`call ${id} is no call of unknown outcome: it was ${call.outcome}`);
  if (call.page in run.holds) {
    throw new UsageError(
      `call ${id} belongs to a page that is still in work`,
      'try again when its page is done, or pause the run first',
    );
  }
  const paid = cost ?? call.worstCase;
  if (paid > call.worstCase) {
    throw new UsageError(
      `call ${id} cannot have cost ${formatUsd(paid)}: its worst case is ${formatUsd(call.worstCase)}`,
      'give the amount for this call alone, in dollars',
    );
  }
  return { cost: paid, by, at: new Date().toISOString() };
}

export function noSuchCall(runId: string, id: string): UsageError {
  return new UsageError(
    `run ${runId} has no call '${id}'`,
    `'backfill report ${runId}' lists its calls of unknown outcome`,
  );
}

export function settledBefore(id: string): UsageError {
  return new UsageError(`call ${id} was closed before`, "'backfill report' says by whom");
}
