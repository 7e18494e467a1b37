import type { DatabaseSync } from 'node:sqlite';
import type { PageClaim } from '../../domain/page.ts';
import { QUARANTINED_AFTER, type QuarantinedItem } from '../journal.ts';
import { isWritten, type Outcome } from '../outcome.ts';

/** An item that failed for good raises its count, once per run; one that was written leaves. Not in a rollback. */
export function recordQuarantine(db: DatabaseSync, { runId }: PageClaim, outcomes: readonly Outcome[]): void {
  const run = db.prepare('SELECT backfill, rollback_of FROM runs WHERE run_id = ?').get(runId);
  if (run?.rollback_of !== null) return;
  const leave = db.prepare('DELETE FROM quarantine WHERE backfill = ? AND item = ?');
  const raise = db.prepare(
    `INSERT INTO quarantine (backfill, item, unit, runs, class, message, last_run_id) VALUES (?, ?, ?, 1, ?, ?, ?)
     ON CONFLICT DO UPDATE SET runs = runs + (last_run_id <> excluded.last_run_id), unit = excluded.unit,
       class = excluded.class, message = excluded.message, last_run_id = excluded.last_run_id`,
  );
  for (const outcome of outcomes) {
    const { item, unit, status, class: name, message } = outcome;
    if (isWritten(outcome)) leave.run(run.backfill as string, item);
    else if (status === 'failed')
      raise.run(run.backfill as string, item, unit, name ?? status, message ?? '', runId);
  }
}

export function quarantinedItems(db: DatabaseSync, backfill: string): QuarantinedItem[] {
  return db
    .prepare(
      `SELECT item, unit, runs, class, message FROM quarantine WHERE backfill = ? AND runs >= ? ORDER BY item`,
    )
    .all(backfill, QUARANTINED_AFTER) as unknown as QuarantinedItem[];
}

export function failedItems(
  db: DatabaseSync,
  backfill: string,
  { class: name }: { class?: string } = {},
): string[] {
  const found = db
    .prepare('SELECT item FROM quarantine WHERE backfill = ?1 AND (?2 IS NULL OR class = ?2) ORDER BY item')
    .all(backfill, name ?? null);
  return found.map(({ item }) => String(item));
}

/** An item of the canary is that first: it was counted with the canary, whatever became of it there. */
export function leftOutItems(
  db: DatabaseSync,
  runId: string,
  items: readonly string[],
): Map<string, 'canary' | 'quarantined'> {
  const found = db
    .prepare(
      `SELECT q.item, 'quarantined' AS why FROM runs r JOIN quarantine q USING (backfill)
        WHERE r.run_id = ?1 AND r.rollback_of IS NULL AND q.runs >= ?3
          AND q.item IN (SELECT value FROM json_each(?2))
        UNION ALL
       SELECT item, 'canary' FROM canary_items WHERE run_id = ?1 AND item IN (SELECT value FROM json_each(?2))`,
    )
    .all(runId, JSON.stringify(items), QUARANTINED_AFTER);
  return new Map(found.map(({ item, why }) => [String(item), why as 'canary' | 'quarantined']));
}

export function canaryItems(db: DatabaseSync, runId: string, after: string | null, limit: number): string[] {
  const found = db
    .prepare(
      'SELECT item FROM canary_items WHERE run_id = ?1 AND (?2 IS NULL OR item > ?2) ORDER BY item LIMIT ?3',
    )
    .all(runId, after, limit);
  return found.map(({ item }) => String(item));
}
