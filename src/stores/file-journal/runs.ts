import type { DatabaseSync } from 'node:sqlite';
import type { PageClaim, Receipt } from '../../domain/page.ts';
import { Fenced, type Journal, type JournalRun, RunClosed } from '../journal.ts';

export function openRun(db: DatabaseSync, run: Parameters<Journal['openRun']>[0]): void {
  db.prepare(
    'INSERT INTO runs (run_id, backfill, rollback_of, opened_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  ).run(run.runId, run.backfill, run.rollbackOf ?? null, Date.now());
  for (const [table, items] of Object.entries({ run_items: run.ids, canary_items: run.canary })) {
    const insert = db.prepare(`INSERT INTO ${table} (run_id, item) VALUES (?, ?) ON CONFLICT DO NOTHING`);
    for (const item of items ?? []) insert.run(run.runId, item);
  }
}

export function listedItems(db: DatabaseSync, runId: string, items: readonly string[]): string[] {
  const found = db
    .prepare('SELECT item FROM run_items WHERE run_id = ? AND item IN (SELECT value FROM json_each(?))')
    .all(runId, JSON.stringify(items));
  return found.map(({ item }) => String(item));
}

/** A commit under way is over before this begins: each has the file alone. No file can be made of what is left. */
export function closeRun(db: DatabaseSync, runId: string): void {
  db.prepare("UPDATE runs SET state = 'closed', closed_at = ? WHERE run_id = ? AND state = 'open'").run(
    Date.now(),
    runId,
  );
  db.prepare('DELETE FROM parts WHERE run_id = ?').run(runId);
}

/** Returns what a finished page has to tell. */
export function claimPage(db: DatabaseSync, page: PageClaim): Receipt | null {
  const { fence, receipt } = db
    .prepare(
      `INSERT INTO receipts (run_id, page, scope, fence) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET fence = max(fence, excluded.fence) RETURNING fence, receipt`,
    )
    .get(page.runId, page.page, page.scope, page.fence) as { fence: number; receipt: string | null };
  const name = `Page ${page.page} of run ${page.runId}`;
  if (fence > page.fence)
    throw new Fenced(`${name} was taken over (fence ${fence}, ours is ${page.fence}): nothing was written.`);
  // A finished page is told even of a closed run: its counts are true, and still have to be added up.
  if (receipt !== null) return JSON.parse(receipt) as Receipt;
  requireOpen(db, page.runId);
  return null;
}

export function finishPage(db: DatabaseSync, page: PageClaim, receipt: Receipt): void {
  db.prepare('UPDATE receipts SET receipt = ? WHERE run_id = ? AND page = ?').run(
    JSON.stringify(receipt),
    page.runId,
    page.page,
  );
}

export function receiptOf(db: DatabaseSync, runId: string, page: string): Receipt | null {
  const found = db.prepare('SELECT receipt FROM receipts WHERE run_id = ? AND page = ?').get(runId, page);
  return typeof found?.receipt === 'string' ? (JSON.parse(found.receipt) as Receipt) : null;
}

export function requireOpen(db: DatabaseSync, runId: string): void {
  const state = db.prepare('SELECT state FROM runs WHERE run_id = ?').get(runId)?.state;
  if (state === 'open') return;
  throw new RunClosed(`Run ${runId} is ${state ?? 'not known to this journal'}: nothing was written.`);
}

export function listRuns(db: DatabaseSync): JournalRun[] {
  const found = db.prepare('SELECT * FROM runs ORDER BY opened_at DESC, run_id').all();
  return found.map((run) => ({
    runId: String(run.run_id),
    backfill: String(run.backfill),
    state: run.state as JournalRun['state'],
    openedAt: new Date(Number(run.opened_at)),
    closedAt: run.closed_at === null ? null : new Date(Number(run.closed_at)),
  }));
}
