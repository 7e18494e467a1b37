import { escapeIdentifier, type ClientBase } from 'pg';
import { RunPaused } from '../../domain/failure.ts';

/** A table as it really is. Rows are known by a column `id`. */
export interface Table {
  /** `schema.table`, unquoted: the same however a change spelled it. */
  name: string;
  /** Quoted, for use in SQL. */
  sql: string;
  idType: string;
  columns: Map<string, Column>;
}

export interface Column {
  type: string;
  /** False for columns that PostgreSQL computes itself. */
  writable: boolean;
  /** False besides for identity columns that can only be given at insertion. */
  updatable: boolean;
}

/** `ai_scan_metadata.appraiser` is the key `appraiser` of a column; `is_document` is a column. */
export interface Field {
  column: string;
  key: string | null;
}

export type FindTable = (client: ClientBase, name: string, columns: Iterable<string>) => Promise<Table>;

/** Looks tables up once; again when a change names a column that was not there. */
export function tableFinder(): FindTable {
  const known = new Map<string, Table>();
  return async (client, name, columns) => {
    let table = known.get(name);
    const lacks = (candidate: Table) => [...columns].find((column) => !candidate.columns.has(column));
    if (!table || lacks(table) !== undefined) {
      table = await introspect(client, name);
      known.set(name, table);
    }
    const missing = lacks(table);
    if (missing !== undefined) throw misfit(`Table ${name} has no column ${missing}.`);
    return table;
  };
}

export function parseField(field: string): Field {
  const dot = field.indexOf('.');
  return dot < 0 ? { column: field, key: null } : { column: field.slice(0, dot), key: field.slice(dot + 1) };
}

export function isJson(column: Column): boolean {
  return column.type === 'jsonb' || column.type === 'json';
}

async function introspect(client: ClientBase, name: string): Promise<Table> {
  const sql = name.split('.').map(escapeIdentifier).join('.');
  const found = await client.query<IntrospectedColumn>(
    `SELECT n.nspname AS schema, c.relname AS table, a.attname AS column,
            format_type(a.atttypid, -1) AS type, a.attgenerated <> '' AS generated, a.attidentity = 'a' AS identity
       FROM pg_class c
       JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE c.oid = to_regclass($1)
      ORDER BY a.attnum`,
    [sql],
  );
  const first = found.rows[0];
  if (!first) throw misfit(`There is no table ${name}.`);
  const id = found.rows.find((row) => row.column === 'id');
  if (!id) throw misfit(`Table ${name} has no column id.`);
  return {
    name: `${first.schema}.${first.table}`,
    sql: `${escapeIdentifier(first.schema)}.${escapeIdentifier(first.table)}`,
    idType: id.type,
    columns: new Map(
      found.rows.map(({ column, type, generated, identity }) => [
        column,
        { type, writable: !generated, updatable: !generated && !identity },
      ]),
    ),
  };
}

interface IntrospectedColumn {
  schema: string;
  table: string;
  column: string;
  type: string;
  generated: boolean;
  identity: boolean;
}

function misfit(message: string): RunPaused {
  return new RunPaused({
    kind: 'configuration',
    message: `${message} Add it to the database that DATABASE_URL names, or correct DATABASE_URL; then resume.`,
  });
}
