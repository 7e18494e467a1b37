import type { ClientBase } from 'pg';
import type { Change } from '../../domain/change.ts';
import type { PageClaim } from '../../domain/page.ts';
import type { Outcome } from '../outcome.ts';
import type { ItemWork } from './edits.ts';
import { handOn, handOnEmptiness } from './hand-on.ts';
import { fieldValue } from './lock.ts';
import { restoringStatements } from './restoring-statements.ts';
import type { FindTable, Table } from './table.ts';

/**
 * Puts before-images back. An entry that a later run has overwritten hands its before-image to that run's
 * entry; one whose field still is what the run wrote is restored; any other is a conflict, and kept.
 * Returns the conflicts by item.
 */
export async function restoreEntries(
  client: ClientBase,
  find: FindTable,
  page: PageClaim,
  items: ItemWork[],
): Promise<Map<string, Pick<Outcome, 'status' | 'class' | 'message'>>> {
  const itemOf = new Map(
    items.flatMap(({ result, changes }) => seqsOf(changes).map((seq) => [seq, result.item])),
  );
  if (itemOf.size === 0) return new Map();
  const groups = groupEntries(await lockEntries(client, [...itemOf.keys()]));
  for (const group of groups) {
    group.table = await find(client, group.tableName, group.field === '*' ? [] : [group.field]);
  }
  for (const { table, rowIds } of [...groups].sort((a, b) => (a.tableName < b.tableName ? -1 : 1))) {
    await client.query(
      `SELECT FROM ${(table as Table).sql} t WHERE t.id = ANY ($1::text[]::${(table as Table).idType}[]) ORDER BY t.id FOR UPDATE`,
      [rowIds],
    );
  }
  await handOnEmptiness(client, [...itemOf.keys()]);
  const handled = await handOn(client, page, [...itemOf.keys()]);
  const conflicts = new Map<string, Pick<Outcome, 'status' | 'class' | 'message'>>();
  for (const group of groups) {
    const open = group.seqs.filter((seq) => !handled.handed.has(seq));
    const free = open.filter((seq) => !handled.blocked.has(seq));
    const restored = await restoreGroup(client, page, group, free);
    const kept = open.filter((seq) => !restored.has(seq));
    for (const { seq, message } of await keep(client, page, group, kept)) {
      conflicts.set(itemOf.get(seq) as string, { status: 'conflict', class: 'changed-since', message });
    }
  }
  return conflicts;
}

/** For an entry that PostgreSQL will not let go (another hand's row refers to it). False: it was no restore. */
export async function keepRefused(client: ClientBase, page: PageClaim, changes: Change[]): Promise<boolean> {
  const seqs = seqsOf(changes);
  if (seqs.length === 0) return false;
  await settle(client, page, seqs, 'conflict');
  return true;
}

interface Group {
  tableName: string;
  field: string;
  seqs: string[];
  rowIds: string[];
  table?: Table;
}

function seqsOf(changes: Change[]): string[] {
  return changes.flatMap((change) => (change.kind === 'restore' ? [change.seq] : []));
}

/** Newest first: a row that refers to another was written after it, so it goes before it. */
async function lockEntries(client: ClientBase, seqs: string[]) {
  const found = await client.query<{ seq: string; table_name: string; row_id: string; field: string }>(
    `SELECT seq::text, table_name, row_id, field FROM temporal_backfill.journal
      WHERE seq = ANY ($1::bigint[]) AND rollback_state IS NULL ORDER BY journal.seq DESC FOR UPDATE`,
    [seqs],
  );
  return found.rows;
}

function groupEntries(entries: Awaited<ReturnType<typeof lockEntries>>): Group[] {
  const key = (entry: (typeof entries)[number]) => JSON.stringify([entry.table_name, entry.field]);
  return [...Map.groupBy(entries, key).values()].map((group) => ({
    tableName: (group[0] as (typeof entries)[number]).table_name,
    field: (group[0] as (typeof entries)[number]).field,
    seqs: group.map(({ seq }) => seq),
    rowIds: group.map(({ row_id }) => row_id),
  }));
}

async function restoreGroup(
  client: ClientBase,
  page: PageClaim,
  group: Group,
  seqs: string[],
): Promise<Set<string>> {
  const table = group.table as Table;
  const restored: string[] = [];
  for (const statement of seqs.length > 0 ? restoringStatements(table, group.field) : []) {
    const done = await client.query<{ seq: string }>(
      `WITH mine AS MATERIALIZED (
         SELECT j.seq, j.row_id::${table.idType} AS id, j.before, j.after, j.column_was
           FROM temporal_backfill.journal j WHERE j.seq = ANY ($1::bigint[]))
       ${statement}`,
      [seqs],
    );
    restored.push(...done.rows.map(({ seq }) => seq));
  }
  await settle(client, page, restored, 'restored');
  return new Set(restored);
}

async function keep(client: ClientBase, page: PageClaim, group: Group, seqs: string[]) {
  if (seqs.length === 0) return [];
  const table = group.table as Table;
  await settle(client, page, seqs, 'conflict');
  const shortened = (value: string) => `left(coalesce((${value})::text, 'nothing'), 80)`;
  const found = group.field === '*' ? 'to_jsonb(t)' : fieldValue(group.field);
  const kept = await client.query<{ seq: string; message: string }>(
    `SELECT j.seq::text, format('%s, row %s, field %s: expected %s, found %s; kept.', j.table_name, j.row_id, j.field,
            ${shortened('j.after')}, CASE WHEN t.id IS NULL THEN 'no such row' ELSE ${shortened(found)} END) AS message
       FROM temporal_backfill.journal j LEFT JOIN ${table.sql} t ON t.id = j.row_id::${table.idType}
      WHERE j.seq = ANY ($1::bigint[])`,
    [seqs],
  );
  return kept.rows;
}

async function settle(client: ClientBase, page: PageClaim, seqs: string[], state: 'restored' | 'conflict') {
  if (seqs.length === 0) return;
  await client.query(
    `UPDATE temporal_backfill.journal SET rollback_state = $2, rolled_back_by = $3, rolled_back_at = now()
      WHERE seq = ANY ($1::bigint[])`,
    [seqs, state, page.runId],
  );
}
