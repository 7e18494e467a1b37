import { NO_COUNTS } from '../domain/counts.ts';
import { UsageError } from '../domain/failure.ts';
import type { Run } from '../domain/run.ts';
import { DEFAULT_SETTINGS } from '../domain/settings.ts';
import type { Journal } from '../stores/journal.ts';
import type { NewRun } from '../stores/ledger/runs.ts';
import type { Backfill, Item, ReadRequest, Source, Survey, VerifyTable } from './define.ts';

/**
 * Undoes a closed run: a backfill whose items are the run's journal entries that are still as written.
 * It is one unit, worked through against the order of writing: so a row is taken away before the row that it
 * refers to, and put back after it. A second rollback of the same run finds no item.
 */
export function openRollback(journal: Journal, runId: string): Backfill {
  return {
    async check() {
      await requireClosed(journal, runId);
      return [];
    },
    async prepare() {
      await journal.migrate();
      await requireClosed(journal, runId);
    },
    source: journalEntries(journal, runId),
    process: async (item) => ({ kind: 'write', changes: [{ kind: 'restore', seq: item.id }] }),
    verify: () => whatIsLeft(journal, runId),
  };
}

/** What the ledger is to know of the rollback of a run: it asks nobody, and no limit of its run concerns it. */
export function rollbackRun(target: Run, runId: string, survey: Survey): NewRun {
  const { backfill, workflowId, settings } = target;
  const { options, window, page, concurrency, pack, priority, health } = settings;
  return {
    runId,
    backfill,
    workflowId,
    rollbackOf: target.runId,
    selection: survey.selection,
    settings: { ...DEFAULT_SETTINGS, options, window, page, concurrency, pack, priority, health },
    units: survey.units,
    counts: { ...NO_COUNTS, total: survey.items },
    classes: {},
    createdAt: new Date().toISOString(),
  };
}

/** The unit of every rollback. */
const UNIT = 'journal';

async function requireClosed(journal: Journal, runId: string): Promise<void> {
  const run = (await journal.runs()).find((candidate) => candidate.runId === runId);
  if (!run) {
    throw new UsageError(
      `There is no journal of a run ${runId} beside the data.`,
      '`backfill list` shows the runs; DATABASE_URL or OPENSEARCH_URL must name the server that the run wrote to.',
    );
  }
  if (run.state === 'open') {
    throw new UsageError(
      `Run ${runId} of ${run.backfill} is still open, so it may still write.`,
      `Cancel it first: backfill cancel ${run.backfill}`,
    );
  }
}

function journalEntries(journal: Journal, runId: string): Source {
  return {
    async survey(rollbackId, selection) {
      const items = await journal.countToRestore(runId, rollbackId);
      return { items, units: items > 0 ? 1 : 0, skipped: {}, selection };
    },
    async units(rollbackId, _selection, after) {
      if (after !== null) return [];
      const items = await journal.countToRestore(runId, rollbackId);
      return items > 0 ? [{ unit: UNIT, items }] : [];
    },
    async read({ runId: rollbackId, after, limit }: ReadRequest) {
      return (await journal.toRestore(runId, rollbackId, after?.id ?? null, limit)).map(toItem);
    },
    // A rollback has no canary: what it does was agreed to when its run was.
    sample: async () => [],
    readByIds: async (_rollbackId, ids) => (await journal.entries(runId, ids)).map(toItem),
  };
}

function toItem(id: string): Item {
  return { id, unit: UNIT, row: null };
}

async function whatIsLeft(journal: Journal, runId: string): Promise<VerifyTable[]> {
  const tables = await journal.summary(runId);
  const left = tables.map((t) => t.fields - t.restored - t.handedOn - t.conflicts);
  return [
    {
      title: `Fields written by run ${runId}`,
      columns: ['table', 'written', 'restored', 'to later run', 'kept', 'left'],
      rows: tables.map((t, n) => [t.table, t.fields, t.restored, t.handedOn, t.conflicts, left[n] ?? 0]),
      passed: left.every((count) => count === 0),
    },
  ];
}
