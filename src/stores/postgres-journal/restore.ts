import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg';
import type { Change } from '../../domain/change.ts';
import type { PageClaim } from '../../domain/page.ts';
import type { ItemWork } from './edits.ts';
import type { Outcome } from './items.ts';
import { fieldValue } from './lock.ts';
import { type Column, type FindTable, parseField, type Table } from './table.ts';

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

/**
 * Blocked: a later run wrote the field too, but found something else there than we had left.
 * `seq + 0` keeps the planner from walking the whole journal in the order of `seq`.
 */
async function handOn(client: ClientBase, page: PageClaim, seqs: string[]) {
  const found = await client.query<{ seq: string; follows: boolean }>(
    `WITH later AS MATERIALIZED (
       SELECT m.seq, n.seq AS next, m.before, m.column_was, n.before IS NOT DISTINCT FROM m.after AS follows
         FROM temporal_backfill.journal m
        CROSS JOIN LATERAL (
          SELECT n.seq, n.before FROM temporal_backfill.journal n
           WHERE n.table_name = m.table_name AND n.row_id = m.row_id AND n.field = m.field
             AND n.seq > m.seq AND n.rollback_state IS NULL
           ORDER BY n.seq + 0 LIMIT 1) n
        WHERE m.seq = ANY ($1::bigint[]) AND m.rollback_state IS NULL
     ), heirs AS (
       UPDATE temporal_backfill.journal j SET before = later.before, column_was = later.column_was
         FROM later WHERE j.seq = later.next AND later.follows
     ), handed AS (
       UPDATE temporal_backfill.journal j
          SET rollback_state = 'handed', handed_to = later.next, rolled_back_by = $2, rolled_back_at = now()
         FROM later WHERE j.seq = later.seq AND later.follows
     )
     SELECT seq::text, follows FROM later`,
    [seqs, page.runId],
  );
  const those = (follows: boolean) =>
    new Set(found.rows.filter((row) => row.follows === follows).map(({ seq }) => seq));
  return { handed: those(true), blocked: those(false) };
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

/** Each restores what still is what the run wrote, and returns the entries it restored. */
function restoringStatements(table: Table, field: string): string[] {
  if (field === '*') return wholeRows(table);
  const { column, key } = parseField(field);
  const name = escapeIdentifier(column);
  if (key === null) {
    return [
      `UPDATE ${table.sql} t SET ${name} = v.${name}
         FROM mine m CROSS JOIN LATERAL
              jsonb_populate_record(NULL::${table.sql}, jsonb_build_object(${escapeLiteral(column)}::text, m.before)) v
        WHERE t.id = m.id AND ${fieldValue(field)} = m.after RETURNING m.seq::text`,
    ];
  }
  const literal = `${escapeLiteral(key)}::text`;
  return [
    `UPDATE ${table.sql} t SET ${name} = (CASE
              WHEN m.before IS NOT NULL THEN t.${name}::jsonb || jsonb_build_object(${literal}, m.before)
              WHEN t.${name}::jsonb - ${literal} <> '{}' OR m.column_was = 'object' THEN t.${name}::jsonb - ${literal}
              WHEN m.column_was = 'null' THEN 'null'::jsonb END)::${(table.columns.get(column) as Column).type}
       FROM mine m
      WHERE t.id = m.id AND (${fieldValue(field)}) IS NOT DISTINCT FROM m.after RETURNING m.seq::text`,
  ];
}

function wholeRows(table: Table): string[] {
  const names = (allowed: (column: Column) => boolean) =>
    [...table.columns].filter(([, column]) => allowed(column)).map(([name]) => escapeIdentifier(name));
  const inserted = names(({ writable }) => writable);
  const updated = names(({ updatable }) => updatable);
  return [
    `DELETE FROM ${table.sql} t USING mine m
      WHERE t.id = m.id AND m.before IS NULL AND to_jsonb(t) = m.after RETURNING m.seq::text`,
    `UPDATE ${table.sql} t SET ${updated.map((name) => `${name} = v.${name}`).join(', ')}
       FROM mine m CROSS JOIN LATERAL jsonb_populate_record(NULL::${table.sql}, m.before) v
      WHERE t.id = m.id AND m.before IS NOT NULL AND to_jsonb(t) = m.after RETURNING m.seq::text`,
    `, inserted AS (
       INSERT INTO ${table.sql} (${inserted.join(', ')}) OVERRIDING SYSTEM VALUE
       SELECT ${inserted.map((name) => `v.${name}`).join(', ')}
         FROM mine m CROSS JOIN LATERAL jsonb_populate_record(NULL::${table.sql}, m.before) v
        WHERE m.before IS NOT NULL AND m.after IS NULL
       ON CONFLICT DO NOTHING RETURNING id)
     SELECT m.seq::text FROM inserted JOIN mine m USING (id)`,
    `SELECT m.seq::text FROM mine m WHERE m.before IS NULL AND m.after IS NULL
        AND NOT EXISTS (SELECT FROM ${table.sql} t WHERE t.id = m.id)`,
  ];
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

/**
 * A run that put the first key into an empty column leaves its emptiness to the keys written since: whoever
 * takes the last key out again empties the column.
 */
async function handOnEmptiness(client: ClientBase, seqs: string[]): Promise<void> {
  await client.query(
    `UPDATE temporal_backfill.journal n SET column_was = m.column_was
       FROM temporal_backfill.journal m
      WHERE m.seq = ANY ($1::bigint[]) AND m.rollback_state IS NULL AND m.column_was <> 'object'
        AND n.table_name = m.table_name AND n.row_id = m.row_id AND n.rollback_state IS NULL
        AND (n.seq > m.seq OR n.run_id = m.run_id)
        AND n.column_was = 'object' AND split_part(n.field, '.', 1) = split_part(m.field, '.', 1)`,
    [seqs],
  );
}
