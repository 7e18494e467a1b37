import type { ClientBase, Pool, QueryResult, QueryResultRow } from 'pg';
import type { PageClaim } from '../../domain/page.ts';
import { QUARANTINED_AFTER, type QuarantinedItem } from '../journal.ts';
import { isWritten, type Outcome } from '../outcome.ts';
import { toRow } from './items.ts';
import { sqlState } from './transaction.ts';

/**
 * With the page's commit: an item that failed for good raises its count, once per run; one that was written leaves.
 * A rollback's items are entries of the journal, so it touches nothing here.
 */
export async function recordQuarantine(
  client: ClientBase,
  page: PageClaim,
  outcomes: Outcome[],
): Promise<void> {
  const written = outcomes.filter(isWritten);
  const failed = outcomes.filter(({ status }) => status === 'failed');
  if (written.length > 0) {
    await client.query(
      `DELETE FROM temporal_backfill.quarantine q USING temporal_backfill.runs r
        WHERE r.run_id = $1 AND r.rollback_of IS NULL AND q.backfill = r.backfill AND q.item = ANY ($2::text[])`,
      [page.runId, written.map(({ item }) => item)],
    );
  }
  if (failed.length === 0) return;
  await client.query(
    `INSERT INTO temporal_backfill.quarantine AS q (backfill, item, unit, runs, class, message, last_run_id)
     SELECT r.backfill, x.item, x.unit, 1, x.class, x.message, r.run_id
       FROM temporal_backfill.runs r
      CROSS JOIN jsonb_to_recordset($2::jsonb) AS x(item text, unit text, class text, message text)
      WHERE r.run_id = $1 AND r.rollback_of IS NULL
      ORDER BY x.item
     ON CONFLICT (backfill, item) DO UPDATE
       SET runs = q.runs + (q.last_run_id <> excluded.last_run_id)::int, unit = excluded.unit, class = excluded.class,
           message = excluded.message, last_run_id = excluded.last_run_id, updated_at = now()`,
    [page.runId, JSON.stringify(failed.map(toRow))],
  );
}

export async function quarantinedItems(pool: Pool, backfill: string): Promise<QuarantinedItem[]> {
  return rowsOf<QuarantinedItem>(
    pool.query(
      `SELECT item, unit, runs, class, message FROM temporal_backfill.quarantine
        WHERE backfill = $1 AND runs >= $2 ORDER BY item`,
      [backfill, QUARANTINED_AFTER],
    ),
  );
}

export async function failedItems(
  pool: Pool,
  backfill: string,
  filter: { class?: string } = {},
): Promise<string[]> {
  const rows = await rowsOf<{ item: string }>(
    pool.query(
      `SELECT item FROM temporal_backfill.quarantine
        WHERE backfill = $1 AND ($2::text IS NULL OR class = $2) ORDER BY item`,
      [backfill, filter.class ?? null],
    ),
  );
  return rows.map(({ item }) => item);
}

/** An item of the canary is that first: it was counted with the canary, whatever became of it there. */
export async function leftOutItems(
  pool: Pool,
  runId: string,
  items: readonly string[],
): Promise<Map<string, 'canary' | 'quarantined'>> {
  const found = await pool.query<{ item: string; why: 'canary' | 'quarantined' }>(
    `SELECT q.item, 'quarantined' AS why
       FROM temporal_backfill.runs r JOIN temporal_backfill.quarantine q USING (backfill)
      WHERE r.run_id = $1 AND r.rollback_of IS NULL AND q.item = ANY ($2::text[]) AND q.runs >= $3
      UNION ALL
     SELECT item, 'canary' FROM temporal_backfill.canary_items WHERE run_id = $1 AND item = ANY ($2::text[])`,
    [runId, items, QUARANTINED_AFTER],
  );
  const canary = found.rows.filter(({ why }) => why === 'canary');
  return new Map([...found.rows, ...canary].map(({ item, why }) => [item, why]));
}

export async function canaryItems(
  pool: Pool,
  runId: string,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const found = await pool.query<{ item: string }>(
    `SELECT item FROM temporal_backfill.canary_items
      WHERE run_id = $1 AND ($2::text IS NULL OR item > $2) ORDER BY item LIMIT $3`,
    [runId, after, limit],
  );
  return found.rows.map(({ item }) => item);
}

/** People may look before a worker or a start has brought the schema up to date: then nothing is known yet. */
async function rowsOf<Row extends QueryResultRow>(query: Promise<QueryResult<Row>>): Promise<Row[]> {
  try {
    return (await query).rows;
  } catch (error) {
    if (sqlState(error) === UNDEFINED_TABLE) return [];
    throw error;
  }
}

const UNDEFINED_TABLE = '42P01';
