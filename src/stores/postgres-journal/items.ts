import type { ClientBase, Pool } from 'pg';
import type { PageClaim, Receipt } from '../../domain/page.ts';
import type { DueItem, RecordedItem } from '../journal.ts';
import { isWritten, type Outcome } from '../outcome.ts';

export async function recordItems(client: ClientBase, page: PageClaim, outcomes: Outcome[]): Promise<void> {
  const written = outcomes.filter(isWritten);
  const kept = outcomes.filter((outcome) => !isWritten(outcome));
  if (written.length > 0) {
    await client.query('DELETE FROM temporal_backfill.items WHERE run_id = $1 AND item = ANY ($2::text[])', [
      page.runId,
      written.map(({ item }) => item),
    ]);
  }
  if (kept.length === 0) return;
  await client.query(
    `INSERT INTO temporal_backfill.items (run_id, item, unit, scope, status, class, message, tries, due_at)
     SELECT $1, x.item, x.unit, $2, x.status, x.class, x.message, x.tries, to_timestamp(x.due_at / 1000.0)
       FROM jsonb_to_recordset($3::jsonb)
         AS x(item text, unit text, status text, class text, message text, tries int, due_at numeric)
     ON CONFLICT (run_id, item) DO UPDATE
       SET unit = excluded.unit, scope = excluded.scope, status = excluded.status, class = excluded.class,
           message = excluded.message, tries = excluded.tries, due_at = excluded.due_at, updated_at = now()`,
    [page.runId, page.scope, JSON.stringify(kept.map(toRow))],
  );
}

export async function waitingItems(client: ClientBase, page: PageClaim): Promise<Receipt['waiting']> {
  const found = await client.query<{ items: number; next_due_at: number | null }>(
    `SELECT count(*)::int AS items, round(extract(epoch FROM min(due_at)) * 1000)::float8 AS next_due_at
       FROM temporal_backfill.items WHERE run_id = $1 AND scope = $2 AND status = 'deferred'`,
    [page.runId, page.scope],
  );
  const row = found.rows[0];
  return { items: row?.items ?? 0, nextDueAt: row?.next_due_at ?? null };
}

export async function dueItems(
  pool: Pool,
  runId: string,
  scope: string,
  now: number,
  limit: number,
): Promise<DueItem[]> {
  const found = await pool.query<DueItem>(
    `SELECT item, tries FROM temporal_backfill.items
      WHERE run_id = $1 AND scope = $2 AND status = 'deferred' AND due_at <= to_timestamp($3::numeric / 1000)
      ORDER BY due_at, item LIMIT $4`,
    [runId, scope, now, limit],
  );
  return found.rows;
}

export async function recordedItems(
  pool: Pool,
  runId: string,
  statuses: RecordedItem['status'][],
  filter: { class?: string; limit?: number } = {},
): Promise<RecordedItem[]> {
  const found = await pool.query<RecordedItem>(
    `SELECT item, unit, status, class, message, tries FROM temporal_backfill.items
      WHERE run_id = $1 AND status = ANY ($2::text[]) AND ($3::text IS NULL OR class = $3)
      ORDER BY class, item LIMIT $4`,
    [runId, statuses, filter.class ?? null, filter.limit ?? null],
  );
  return found.rows;
}

export async function beginItem(pool: Pool, runId: string, item: string): Promise<number> {
  const begun = await pool.query<{ unended: number }>(
    `INSERT INTO temporal_backfill.starts AS s (run_id, item, started, ended) VALUES ($1, $2, 1, 0)
     ON CONFLICT (run_id, item) DO UPDATE SET started = s.started + 1
     RETURNING started - 1 - ended AS unended`,
    [runId, item],
  );
  return begun.rows[0]?.unended ?? 0;
}

export async function endItem(pool: Pool, runId: string, item: string): Promise<void> {
  await pool.query(
    'UPDATE temporal_backfill.starts SET ended = least(ended + 1, started) WHERE run_id = $1 AND item = $2',
    [runId, item],
  );
}

/** As its tables keep it. */
export function toRow({ item, unit, status, class: name, message, tries, dueAt }: Outcome) {
  return {
    item,
    unit,
    status,
    class: name ?? status,
    // PostgreSQL stores neither NUL nor half a surrogate pair; a message must never be what stops a page.
    message: (message ?? '').replaceAll('\0', '').toWellFormed(),
    tries,
    due_at: status === 'deferred' ? (dueAt ?? 0) : null,
  };
}
