import type { BackfillClient } from './client.ts';
import { byClass } from './domain/by-class.ts';
import { type ConfidenceSpread, confidenceSpread } from './domain/confidence.ts';
import { toUsd } from './domain/money.ts';
import type { Run } from './domain/run.ts';
import type { RecordedItem, WrittenField } from './stores/journal.ts';

/** What a canary tells about the rest of its run. Money is US dollars. */
export interface CanaryReport {
  items: number;
  /** Items of the whole run. */
  ofItems: number;
  cost: {
    spentUsd: number;
    perItemUsd: number;
    /** As it was expected when the run was planned; null: it was not. */
    estimatedPerItemUsd: number | null;
    /** What the whole run costs, if the other items cost as much. */
    projectedUsd: number;
    estimatedUsd: number | null;
  };
  /** Items that were not written, by class, the most frequent first. */
  failures: { class: string; status: RecordedItem['status']; items: number; item: string; message: string }[];
  /** What was written for some of the items, field by field. */
  changes: WrittenField[];
  confidence: ConfidenceSpread[];
}

/** Shown with before and after. */
const ITEMS_SHOWN = 3;

/** Null for a run that does not wait for approval: later on, nothing tells what only its canary came to. */
export async function buildCanaryReport(
  { surroundings }: BackfillClient,
  run: Run,
): Promise<CanaryReport | null> {
  if (run.state !== 'awaiting-approval') return null;
  const journal = surroundings.journalOf(run.backfill);
  const [failures, written] = await Promise.all([
    journal.failures(run.runId),
    journal.written(run.runId, run.canaryItems ?? 0),
  ]);
  return canaryReport(run, failures, written);
}

export type CanaryRun = Pick<Run, 'canaryItems' | 'counts' | 'spent' | 'estimated'>;

export function canaryReport(
  run: CanaryRun,
  failures: readonly RecordedItem[],
  written: readonly WrittenField[],
): CanaryReport {
  const items = run.canaryItems ?? 0;
  const ofItems = wholeOf(run);
  const share = (whole: number, parts: number) => (parts === 0 ? 0 : whole / parts);
  const expected = run.estimated?.expected;
  const shown = new Set([...new Set(written.map(({ item }) => item))].slice(0, ITEMS_SHOWN));
  return {
    items,
    ofItems,
    cost: {
      spentUsd: toUsd(run.spent),
      perItemUsd: toUsd(share(run.spent, items)),
      estimatedPerItemUsd: expected === undefined ? null : toUsd(share(expected, ofItems)),
      projectedUsd: toUsd(Math.round(share(run.spent, items) * ofItems)),
      estimatedUsd: expected === undefined ? null : toUsd(expected),
    },
    failures: failuresByClass(failures),
    changes: written.filter(({ item }) => shown.has(item)),
    confidence: confidenceSpread(written),
  };
}

/** Without what was skipped when the run was planned: all that is settled beyond the canary. */
function wholeOf({ canaryItems = 0, counts }: CanaryRun): number {
  const { total, written, cached, skipped, failed, unknown, conflicts } = counts;
  const skippedInCanary = Math.max(0, canaryItems - written - cached - failed - unknown - conflicts);
  return total - Math.max(0, skipped - skippedInCanary);
}

function failuresByClass(failures: readonly RecordedItem[]): CanaryReport['failures'] {
  return byClass(failures).flatMap(([name, those]) =>
    those
      .slice(0, 1)
      .map(({ status, item, message }) => ({ class: name, status, items: those.length, item, message })),
  );
}
