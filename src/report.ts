import type { VerifyTable } from './backfills/define.ts';
import { buildCanaryReport, type CanaryReport } from './canary-report.ts';
import type { BackfillClient } from './client.ts';
import { type Counts, pending } from './domain/counts.ts';
import type { CostInterval } from './domain/estimate.ts';
import { UsageError } from './domain/failure.ts';
import { type Nanodollars, toUsd } from './domain/money.ts';
import type { PauseReason } from './domain/page.ts';
import type { Run } from './domain/run.ts';
import type { RunState } from './domain/run-state.ts';
import type { RecordedTuning } from './domain/tuning.ts';
import { slownessOf } from './slowness.ts';
import { openUnknownCalls, type SettledCall, settledCalls, type UnknownCall } from './unknown-calls.ts';

/** What a run came to, for people and programs. Times are ISO, money is US dollars. */
export interface Report {
  runId: string;
  backfill: string;
  /** The run whose fields this run restored; null for a run that asks and writes. */
  rollbackOf: string | null;
  /** It buys answers for an estimate, and writes nothing. */
  sample: boolean;
  status: RunState;
  /** Why it is paused, or was, last. */
  reason: PauseReason | null;
  /** Why it is slower than it could be; empty unless it is running. */
  slow: string[];
  /** total = written + cached + skipped + failed + unknown + conflicts + pending, always. */
  counts: Counts & { pending: number };
  /** What items that are `cached` came of: `the ledger`, where bought answers are, or what its backfill keeps. */
  cachedFrom: string;
  /** Items by class, of those skipped and failed. */
  byClass: Record<string, number>;
  cost: {
    /** As it was expected when the run was planned. */
    estimatedUsd: number;
    /** With 95 % confidence between these; null where nothing was estimated. */
    estimatedBetweenUsd: [low: number, high: number] | null;
    /** Null: no cap. */
    budgetUsd: number | null;
    spentUsd: number;
    /** Upper bound of what was paid without need. */
    possiblyPaidTwiceUsd: number;
  };
  /** By `provider/model`. */
  spentBy: Record<string, number>;
  /** By UTC day and `provider/model`. */
  spentByDay: { day: string; model: string; spentUsd: number }[];
  /** Calls of which nobody knows whether they were billed. `backfill settle <call>` closes one. */
  unknownCalls: UnknownCall[];
  /** Calls of unknown outcome that a person has closed. */
  settlements: SettledCall[];
  /** Questions that were answered, and billed, more than once. */
  duplicates: { callKey: string; times: number; extraUsd: number }[];
  /** Answers that were billed and could not be used: no JSON, off the schema, cut off, refused. */
  unusableAnswers: { calls: number; costUsd: number };
  /** Settings that were changed while it was open. */
  tunings: RecordedTuning[];
  /** Who let it go on after its canary. */
  approval: { by: string; at: string } | null;
  /** What its canary tells; null unless it awaits approval. */
  canary: CanaryReport | null;
  /** What `verify` said at its end; null where it was not to be rolled back for it. */
  verified: { passed: boolean; message: string } | null;
  /** What else the backfill has to tell of it. */
  tables: VerifyTable[];
  units: number;
  startedAt: string;
  finishedAt: string | null;
}

/**
 * Reads the ledger: the run's own item and its log of calls. Where it awaits approval, or its backfill has more to tell, the
 * journal too.
 */
export async function buildReport(client: BackfillClient, run: Run): Promise<Report> {
  const [audit, canary, slow, tables] = await Promise.all([
    client.surroundings.ledger.audit(run.runId),
    buildCanaryReport(client, run),
    slownessOf(client, run),
    tablesOf(client, run),
  ]);
  return {
    runId: run.runId,
    backfill: run.backfill,
    rollbackOf: run.rollbackOf ?? null,
    sample: run.sample ?? false,
    status: run.state,
    reason: run.reason,
    slow,
    counts: { ...run.counts, pending: pending(run.counts) },
    cachedFrom: client.surroundings.definitionOf(run.backfill).reuses ?? 'the ledger',
    byClass: run.classes,
    cost: {
      estimatedUsd: toUsd(run.estimated?.expected ?? 0),
      estimatedBetweenUsd: run.estimated ? boundsOf(run.estimated) : null,
      budgetUsd: run.settings.budget === null ? null : toUsd(run.settings.budget),
      spentUsd: toUsd(run.spent),
      possiblyPaidTwiceUsd: toUsd(audit.possiblyPaidTwice),
    },
    spentBy: Object.fromEntries(
      Object.entries(run.spentBy).map(([account, amount]) => [account, toUsd(amount)]),
    ),
    spentByDay: spendingByDay(run).map(({ day, model, spent }) => ({ day, model, spentUsd: toUsd(spent) })),
    unknownCalls: openUnknownCalls(run.runId, audit),
    settlements: settledCalls(run.runId, audit),
    duplicates: audit.duplicates.map(({ callKey, times, extraCost }) => ({
      callKey,
      times,
      extraUsd: toUsd(extraCost),
    })),
    unusableAnswers: { calls: audit.unusable.calls, costUsd: toUsd(audit.unusable.cost) },
    tunings: run.tunings,
    approval: run.approval ?? null,
    canary,
    verified: run.verified ?? null,
    tables,
    units: run.units,
    startedAt: run.createdAt,
    finishedAt: run.finishedAt ?? null,
  };
}

/** A sample has written nothing, and a rollback asked nothing. Nothing either where no variable names the run's data. */
async function tablesOf({ surroundings }: BackfillClient, run: Run): Promise<VerifyTable[]> {
  if (run.sample || run.rollbackOf) return [];
  if (!surroundings.definitionOf(run.backfill).tells?.includes('outcome')) return [];
  try {
    return (await surroundings.backfillOf(run).outcome?.(run)) ?? [];
  } catch (error) {
    if (error instanceof UsageError) return [];
    throw error;
  }
}

/** By day, then model. */
export function spendingByDay({ spentOn }: Pick<Run, 'spentOn'>) {
  return Object.entries(spentOn)
    .map(([key, spent]): { day: string; model: string; spent: Nanodollars } => {
      const space = key.indexOf(' ');
      return { day: key.slice(0, space), model: key.slice(space + 1), spent };
    })
    .sort((a, b) => a.day.localeCompare(b.day) || a.model.localeCompare(b.model));
}

function boundsOf({ low, high }: CostInterval): [number, number] {
  return [toUsd(low), toUsd(high)];
}
