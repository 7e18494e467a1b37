import type { DatabaseSync } from 'node:sqlite';
import type { PageClaim, Receipt } from '../../domain/page.ts';
import type { DueItem, RecordedItem } from '../journal.ts';
import { isWritten, type Outcome } from '../outcome.ts';

export function recordItems(db: DatabaseSync, page: PageClaim, outcomes: readonly Outcome[]): void {
  const forget = db.prepare('DELETE FROM items WHERE run_id = ? AND item = ?');
  const keep = db.prepare('INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  for (const outcome of outcomes) {
    const { item, unit, status, class: name, message, tries, dueAt } = outcome;
    if (isWritten(outcome)) forget.run(page.runId, item);
    else {
      const due = status === 'deferred' ? (dueAt ?? 0) : null;
      keep.run(page.runId, item, unit, page.scope, status, name ?? status, message ?? '', tries, due);
    }
  }
}

export function waitingItems(db: DatabaseSync, { runId, scope }: PageClaim): Receipt['waiting'] {
  const found = db
    .prepare(
      `SELECT count(*) AS items, min(due_at) AS next FROM items
        WHERE run_id = ? AND scope = ? AND status = 'deferred'`,
    )
    .get(runId, scope) as { items: number; next: number | null };
  return { items: found.items, nextDueAt: found.next };
}

export function dueItems(
  db: DatabaseSync,
  runId: string,
  scope: string,
  now: number,
  limit: number,
): DueItem[] {
  return db
    .prepare(
      `SELECT item, tries FROM items WHERE run_id = ? AND scope = ? AND status = 'deferred' AND due_at <= ?
        ORDER BY due_at, item LIMIT ?`,
    )
    .all(runId, scope, now, limit) as unknown as DueItem[];
}

export function recordedItems(
  db: DatabaseSync,
  runId: string,
  statuses: readonly RecordedItem['status'][],
  { class: name, limit }: { class?: string; limit?: number } = {},
): RecordedItem[] {
  return db
    .prepare(
      `SELECT item, unit, status, class, message, tries FROM items
        WHERE run_id = ?1 AND status IN (SELECT value FROM json_each(?2)) AND (?3 IS NULL OR class = ?3)
        ORDER BY class, item LIMIT ?4`,
    )
    .all(runId, JSON.stringify(statuses), name ?? null, limit ?? -1) as unknown as RecordedItem[];
}

export function beginItem(db: DatabaseSync, runId: string, item: string): number {
  const found = db
    .prepare(
      `INSERT INTO starts (run_id, item, started, ended) VALUES (?, ?, 1, 0)
       ON CONFLICT DO UPDATE SET started = started + 1 RETURNING started - 1 - ended AS unended`,
    )
    .get(runId, item);
  return Number(found?.unended ?? 0);
}

export function endItem(db: DatabaseSync, runId: string, item: string): void {
  db.prepare('UPDATE starts SET ended = min(ended + 1, started) WHERE run_id = ? AND item = ?').run(
    runId,
    item,
  );
}
