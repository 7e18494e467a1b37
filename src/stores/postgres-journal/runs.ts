import type { ClientBase, Pool } from 'pg';
import type { PageClaim, Position, Receipt } from '../../domain/page.ts';
import { Fenced, type Journal, RunClosed } from '../journal.ts';
import { transaction } from './transaction.ts';

export async function openRun(pool: Pool, run: Parameters<Journal['openRun']>[0]): Promise<void> {
  await transaction(pool, async (client) => {
    await client.query(
      'INSERT INTO temporal_backfill.runs (run_id, backfill, rollback_of) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [run.runId, run.backfill, run.rollbackOf ?? null],
    );
    const lists = { run_items: run.ids, canary_items: run.canary };
    for (const [table, items] of Object.entries(lists)) {
      if (!items) continue;
      await client.query(
        `INSERT INTO temporal_backfill.${table} (run_id, item) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING`,
        [run.runId, items],
      );
    }
  });
}

/** The update waits for every commit that share-locked the run. */
export async function closeRun(pool: Pool, runId: string): Promise<void> {
  await pool.query(
    `UPDATE temporal_backfill.runs SET state = 'closed', closed_at = now() WHERE run_id = $1 AND state = 'open'`,
    [runId],
  );
}

/** Locks the page's receipt row for this transaction. Returns what a finished page has to tell. */
export async function claimPage(client: ClientBase, page: PageClaim): Promise<Receipt | null> {
  const claimed = await client.query<{ fence: string; receipt: Receipt | null }>(
    `INSERT INTO temporal_backfill.receipts AS r (run_id, page, scope, fence) VALUES ($1, $2, $3, $4)
     ON CONFLICT (run_id, page) DO UPDATE
       SET fence = greatest(r.fence, excluded.fence),
           claimed_at = CASE WHEN r.fence < excluded.fence THEN now() ELSE r.claimed_at END
     RETURNING fence, receipt`,
    [page.runId, page.page, page.scope, page.fence],
  );
  const { fence, receipt } = claimed.rows[0] as { fence: string; receipt: Receipt | null };
  if (BigInt(fence) > BigInt(page.fence)) {
    throw new Fenced(
      `Page ${page.page} of run ${page.runId} was taken over (fence ${fence}, ours is ${page.fence}): nothing was written.`,
    );
  }
  // A finished page is told even of a closed run: its counts are true, and still have to be added up.
  if (!receipt) await requireOpen(client, page.runId);
  return receipt;
}

export async function finishPage(client: ClientBase, page: PageClaim, receipt: Receipt): Promise<void> {
  await client.query(
    `UPDATE temporal_backfill.receipts SET receipt = $3, finished_at = now() WHERE run_id = $1 AND page = $2`,
    [page.runId, page.page, JSON.stringify(receipt)],
  );
}

/** Holds the run open until the transaction ends. */
async function requireOpen(client: ClientBase, runId: string): Promise<void> {
  const run = await client.query<{ state: string }>(
    'SELECT state FROM temporal_backfill.runs WHERE run_id = $1 FOR SHARE',
    [runId],
  );
  const state = run.rows[0]?.state;
  if (state !== 'open') {
    throw new RunClosed(
      `Run ${runId} is ${state ?? 'not known to the journal of this database'}: nothing was written.`,
    );
  }
}

export async function receiptOf(pool: Pool, runId: string, page: string): Promise<Receipt | null> {
  const { rows } = await pool.query<{ receipt: Receipt | null }>(
    `SELECT receipt FROM temporal_backfill.receipts WHERE run_id = $1 AND page = $2`,
    [runId, page],
  );
  return rows[0]?.receipt ?? null;
}

export async function lastPosition(pool: Pool, runId: string): Promise<Position | null> {
  const { rows } = await pool.query<{ position: Position }>(
    `SELECT receipt -> 'position' AS position FROM temporal_backfill.receipts
      WHERE run_id = $1 AND jsonb_typeof(receipt -> 'position') = 'object'
      ORDER BY finished_at DESC, page DESC LIMIT 1`,
    [runId],
  );
  return rows[0]?.position ?? null;
}
