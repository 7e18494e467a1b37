import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg';
import type { JsonObject } from '../../domain/json.ts';
import { byTable, type FieldEdit, type RowsEdit } from './edits.ts';
import { parseField, type Table } from './table.ts';

/**
 * Locks every row that the page is about: tables in name order, rows in id order, so that two pages over
 * the same rows wait for each other and never deadlock. Then looks at the rows as they are now.
 */
export async function lockAndLook(client: ClientBase, fields: FieldEdit[], rows: RowsEdit[]): Promise<void> {
  const fieldsOf = Map.groupBy(fields, ({ table }) => table.name);
  const rowsOf = Map.groupBy(rows, ({ table }) => table.name);
  for (const name of [...new Set([...fieldsOf.keys(), ...rowsOf.keys()])].sort()) {
    await lockRows(client, fieldsOf.get(name) ?? []);
    for (const group of byOwnerShape(rowsOf.get(name) ?? [])) await lockOwned(client, group);
  }
  for (const { table, edits } of byTable(fields)) await look(client, table, edits);
}

/** Edits whose owners name the same columns, with NULL in the same places: one join condition fits all. */
export interface OwnerGroup {
  table: Table;
  edits: RowsEdit[];
  /** Joins `t` to a record `o` of the owner's columns. */
  condition: string;
}

export function byOwnerShape(edits: RowsEdit[]): OwnerGroup[] {
  const shape = ({ change: { owner } }: RowsEdit) => JSON.stringify(nullness(owner));
  return byTable(edits).flatMap(({ table, edits: ofTable }) =>
    [...Map.groupBy(ofTable, shape).values()].map((group) => ({
      table,
      edits: group,
      condition: nullness((group[0] as RowsEdit).change.owner)
        .map(([column, isNull]) => {
          const name = escapeIdentifier(column);
          return isNull ? `t.${name} IS NULL` : `t.${name} = o.${name}`;
        })
        .join(' AND '),
    })),
  );
}

function nullness(owner: JsonObject): [string, boolean][] {
  return Object.keys(owner)
    .sort()
    .map((column) => [column, owner[column] === null]);
}

/** NO KEY: inserting rows that refer to a locked one need not wait, since its id stays. */
async function lockRows(client: ClientBase, edits: FieldEdit[]): Promise<void> {
  const table = edits[0]?.table;
  if (!table) return;
  const found = await client.query<{ n: number; id: string }>(
    `WITH locked AS MATERIALIZED (
       SELECT t.id FROM ${table.sql} t WHERE t.id = ANY ($1::text[]::${table.idType}[])
        ORDER BY t.id FOR NO KEY UPDATE)
     SELECT x.n::int AS n, locked.id::text AS id
       FROM unnest($1::text[]::${table.idType}[]) WITH ORDINALITY x(id, n) JOIN locked USING (id)`,
    [edits.map(({ change }) => change.id)],
  );
  for (const { n, id } of found.rows) (edits[n - 1] as FieldEdit).rowId = id;
}

async function lockOwned(client: ClientBase, { table, edits, condition }: OwnerGroup): Promise<void> {
  await client.query(
    `SELECT FROM ${table.sql} t
      WHERE t.id IN (
        SELECT t.id FROM jsonb_array_elements($1::jsonb) x
         CROSS JOIN LATERAL jsonb_populate_record(NULL::${table.sql}, x.value) o
          JOIN ${table.sql} t ON ${condition}
         UNION SELECT unnest($2::text[]::${table.idType}[]))
      ORDER BY t.id FOR UPDATE`,
    [
      JSON.stringify(edits.map(({ change }) => change.owner)),
      edits.flatMap(({ change }) => change.rows.map(({ id }) => String(id))),
    ],
  );
}

/** Values never leave the database: what comes back says only what is no longer as seen, filled, or no object. */
async function look(client: ClientBase, table: Table, edits: FieldEdit[]): Promise<void> {
  const checks = edits.flatMap((edit, n) => (edit.rowId === null ? [] : checksOf(edit, n)));
  if (checks.length === 0) return;
  const names = [...new Set(checks.map(({ field }) => field))];
  const found = await client.query<{ n: number; field: string; finding: Finding }>(
    `SELECT c.n, c.field, c.finding
       FROM jsonb_to_recordset($1::jsonb) AS c(n int, id ${table.idType}, field text, finding text, seen text)
       JOIN ${table.sql} t ON t.id = c.id
      CROSS JOIN LATERAL (SELECT CASE c.field
        ${names.map((name) => `WHEN ${escapeLiteral(name)} THEN ${fieldValue(name)}`).join('\n        ')}
      END AS value) v
      WHERE CASE c.finding
        WHEN 'changed' THEN md5(v.value::text) IS DISTINCT FROM c.seen
        WHEN 'filled' THEN coalesce(v.value, 'null') NOT IN ('null', '""')
        ELSE coalesce(jsonb_typeof(v.value), 'null') NOT IN ('object', 'null') END`,
    [JSON.stringify(checks)],
  );
  for (const { n, field, finding } of found.rows) {
    const edit = edits[n] as FieldEdit;
    if (finding === 'filled') edit.filled.add(field);
    else edit[finding].push(field);
  }
}

type Finding = 'changed' | 'filled' | 'unmergeable';

/** md5 of `null`: how a column that is NULL looks, which a reader may also call null. */
const NULL_COLUMN = '37a6259cc0c1dae299a7866489dff0bd';

function checksOf({ change, rowId: id }: FieldEdit, n: number) {
  const fields = Object.keys(change.fields).map((field) => ({ field, ...parseField(field) }));
  const merged = new Set(fields.filter(({ key }) => key !== null).map(({ column }) => column));
  return [
    ...Object.entries(change.seen ?? {}).map(([field, fingerprint]) => {
      const seen = fingerprint ?? (parseField(field).key === null ? NULL_COLUMN : null);
      return { n, id, field, finding: 'changed', seen };
    }),
    ...(change.onlyIfEmpty ? fields.map(({ field }) => ({ n, id, field, finding: 'filled' })) : []),
    ...[...merged].map((field) => ({ n, id, field, finding: 'unmergeable' })),
  ];
}

/** The value of a field of row `t` as jsonb; SQL NULL only for a key that is not there. */
export function fieldValue(field: string): string {
  const { column, key } = parseField(field);
  const name = `t.${escapeIdentifier(column)}`;
  if (key === null) return `coalesce(to_jsonb(${name}), 'null')`;
  return `${name}::jsonb -> ${escapeLiteral(key)}`;
}
