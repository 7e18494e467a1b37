import { BACKFILLS, definitionOf } from './backfills/registry.ts';
import type { BackfillClient } from './client.ts';
import { type Counts, pending } from './domain/counts.ts';
import { type Nanodollars, toUsd } from './domain/money.ts';
import type { PauseReason } from './domain/page.ts';
import type { Run } from './domain/run.ts';
import type { RunState } from './domain/run-state.ts';

/** What a run came to, for people and programs. Times are ISO, money is US dollars. */
export interface Report {
  runId: string;
  backfill: string;
  /** The run whose fields this run restored; null for a run that asks and writes. */
  rollbackOf: string | null;
  status: RunState;
  /** Why it is paused, or was, last. */
  reason: PauseReason | null;
  /** total = written + cached + skipped + failed + unknown + conflicts + pending, always. */
  counts: Counts & { pending: number };
  /** Items by class, of those skipped and failed. */
  byClass: Record<string, number>;
  cost: {
    /** Items times what one costs as a rule. */
    estimatedUsd: number;
    spentUsd: number;
    /** Upper bound of what was paid without need. */
    possiblyPaidTwiceUsd: number;
  };
  /** By `provider/model`. */
  spentBy: Record<string, number>;
  /** Calls of which nobody knows whether they were billed. */
  unknownCalls: UnknownCall[];
  /** Questions that were answered, and billed, more than once. */
  duplicates: { callKey: string; times: number; extraUsd: number }[];
  units: number;
  startedAt: string;
  finishedAt: string | null;
}

export interface UnknownCall {
  item: string;
  /** `provider/model`. */
  account: string;
  callKey: string;
  worstCaseUsd: number;
  /** The same question was asked, and billed, again. */
  repaid: boolean;
}

/** Reads the ledger: the run's own item and its log of calls. */
export async function buildReport(
  { surroundings }: BackfillClient,
  run: Run,
  backfills = BACKFILLS,
): Promise<Report> {
  const audit = await surroundings.ledger.audit(run.runId);
  return {
    runId: run.runId,
    backfill: run.backfill,
    rollbackOf: run.rollbackOf ?? null,
    status: run.state,
    reason: run.reason,
    counts: { ...run.counts, pending: pending(run.counts) },
    byClass: run.classes,
    cost: {
      estimatedUsd: toUsd(run.estimated?.expected ?? 0),
      spentUsd: toUsd(run.spent),
      possiblyPaidTwiceUsd: toUsd(audit.possiblyPaidTwice),
    },
    spentBy: Object.fromEntries(
      Object.entries(run.spentBy).map(([account, amount]) => [account, toUsd(amount)]),
    ),
    unknownCalls: audit.unknown.map(({ item, account, callKey, worstCase, repaid }) => ({
      item,
      account,
      callKey,
      worstCaseUsd: toUsd(worstCase),
      repaid,
    })),
    duplicates: audit.duplicates.map(({ callKey, times, extraCost }) => ({
      callKey,
      times,
      extraUsd: toUsd(extraCost),
    })),
    units: run.units,
    startedAt: run.createdAt,
    finishedAt: run.finishedAt ?? null,
  };
}
