import type { Pool } from 'pg';
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
export function openRollback(
  { postgres, journal }: { postgres: Pool; journal: Journal },
  runId: string,
): Backfill {
  return {
    async check() {
      await requireClosed(journal, runId);
      return [];
    },
    async prepare() {
      await journal.migrate();
      await requireClosed(journal, runId);
    },
    source: journalEntries(postgres, runId),
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
      `This database has no journal of a run ${runId}.`,
      '`backfill list` shows the runs; DATABASE_URL must name the database that the run wrote to.',
    );
  }
  if (run.state === 'open') {
    throw new UsageError(
      `Run ${runId} of ${run.backfill} is still open, so it may still write.`,
      `Cancel it first: backfill cancel ${run.backfill}`,
    );
  }
}

function journalEntries(postgres: Pool, runId: string): Source {
  return {
    async survey(_rollbackId, selection, limit) {
      const found = await postgres.query<{ items: number; last: string | null }>(
        `SELECT count(*)::int AS items, min(seq)::text AS last FROM (
           SELECT seq FROM temporal_backfill.journal
            WHERE run_id = $1 AND rollback_state IS NULL ORDER BY seq DESC LIMIT $2) entries`,
        [runId, limit ?? null],
      );
      const { items = 0, last = null } = found.rows[0] ?? {};
      const limited = limit !== undefined && last !== null;
      return {
        items,
        units: items > 0 ? 1 : 0,
        skipped: {},
        selection: limited ? { ...selection, until: { unit: UNIT, id: last } } : selection,
      };
    },
    async units(_rollbackId, selection, after) {
      if (after !== null) return [];
      const found = await postgres.query<{ items: number }>(
        `SELECT count(*)::int AS items FROM temporal_backfill.journal
          WHERE run_id = $1 AND rollback_state IS NULL AND seq >= $2`,
        [runId, selection.until?.id ?? '0'],
      );
      const items = found.rows[0]?.items ?? 0;
      return items > 0 ? [{ unit: UNIT, items }] : [];
    },
    async read({ selection, after, limit }: ReadRequest) {
      const found = await postgres.query<Entry>(
        `SELECT seq::text FROM temporal_backfill.journal
          WHERE run_id = $1 AND rollback_state IS NULL AND seq >= $2 AND ($3::bigint IS NULL OR seq < $3)
          ORDER BY journal.seq DESC LIMIT $4`,
        [runId, selection.until?.id ?? '0', after?.id ?? null, limit],
      );
      return found.rows.map(toItem);
    },
    // A rollback has no canary: what it does was agreed to when its run was.
    sample: async () => [],
    async readByIds(_rollbackId, ids) {
      const found = await postgres.query<Entry>(
        'SELECT seq::text FROM temporal_backfill.journal WHERE run_id = $1 AND seq = ANY ($2::bigint[])',
        [runId, ids],
      );
      return found.rows.map(toItem);
    },
  };
}

interface Entry {
  seq: string;
}

function toItem(row: Entry): Item {
  return { id: row.seq, unit: UNIT, row };
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
