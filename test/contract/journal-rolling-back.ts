import { Pool } from 'pg';
import type { Backfill } from '../../src/backfills/define.ts';
import { openRollback } from '../../src/backfills/rollback.ts';
import type { Change } from '../../src/domain/change.ts';
import { addCounts, type Counts, NO_COUNTS } from '../../src/domain/counts.ts';
import type { Position } from '../../src/domain/page.ts';
import { createPostgresJournal } from '../../src/stores/postgres-journal/index.ts';
import { claimOf, type JournalDatabase, written } from './journal-database.ts';

export function openedRollback({ journal }: Pick<JournalDatabase, 'journal'>, runId: string): Backfill {
  return openRollback(journal, runId);
}

export interface RollingBack {
  /** Stops after so many pages, as if it were killed. */
  pages?: number;
  /** Entries per page. */
  page?: number;
  rollbackId?: string;
  /** Connections that are opened now, with the settings that the database has now. */
  freshConnections?: boolean;
}

let rollbacks = 0;

/** Closes the run and walks through its rollback as an engine would: unit, pages, commits. */
export async function rollBack(
  database: JournalDatabase,
  runId: string,
  { pages = Number.POSITIVE_INFINITY, page = 500, ...options }: RollingBack = {},
): Promise<Counts> {
  const pool = options.freshConnections
    ? new Pool({ connectionString: database.pool.options.connectionString as string })
    : database.pool;
  const journal = createPostgresJournal(pool);
  rollbacks += 1;
  const rollbackId = options.rollbackId ?? `rollback-${rollbacks}`;
  const backfill = openRollback(journal, runId);
  await journal.closeRun(runId);
  await backfill.prepare();
  await journal.openRun({ runId: rollbackId, backfill: 'rollback' });
  const selection = { only: 'all' as const, watermark: new Date().toISOString() };
  const scope = { id: 'journal', firstUnit: 'journal', lastUnit: 'journal', units: 1, items: 0 };
  let counts = NO_COUNTS;
  let after: Position | null = null;
  for (let n = 0; n < pages; n++) {
    const items = await backfill.source.read({ runId: rollbackId, selection, scope, after, limit: page });
    if (items.length === 0) break;
    const changes = new Map<string, Change[]>();
    for (const item of items) {
      const processed = await backfill.process(item, () =>
        Promise.reject(new Error('a rollback asks nothing')),
      );
      if (processed.kind === 'write') changes.set(item.id, processed.changes);
    }
    const last = items.at(-1)!;
    after = { unit: last.unit, id: last.id };
    const results = items.map(({ id }) => written(id));
    const work = {
      results,
      changes,
      position: after,
      done: false,
      read: items.length,
      missing: 0,
      hold: 'hold',
    };
    const receipt = await journal.commit(claimOf(rollbackId), work);
    counts = addCounts(counts, receipt.counts);
  }
  if (options.freshConnections) await pool.end();
  return counts;
}
