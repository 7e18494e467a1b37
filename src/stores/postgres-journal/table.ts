import { type ClientBase, escapeIdentifier } from 'pg';
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

export type FindTable = (client: ClientBase, name: string, fields: Iterable<string>) => Promise<Table>;

/** Looks tables up once; again when a change names a field that was not there. */
export function tableFinder(): FindTable {
  const known = new Map<string, Table>();
  return async (client, name, fields) => {
    const wanted = [...fields];
    let table = known.get(name);
    if (!table || misfits(table, wanted)) {
      table = await introspect(client, name);
      known.set(name, table);
    }
    const problem = misfits(table, wanted);
    if (problem) throw misfit(`Table ${name} has ${problem}.`);
    return table;
  };
}

function misfits(table: Table, fields: string[]): string | undefined {
  for (const field of fields) {
    const { column: name, key } = parseField(field);
    const column = table.columns.get(name);
    if (!column) return `no column ${name}`;
    if (key !== null && !isJson(column)) return `no JSON in column ${name}, which is to take the key ${key}`;
  }
  return undefined;
}

export function parseField(field: string): Field {
  const dot = field.indexOf('.');
  return dot < 0 ? { column: field, key: null } : { column: field.slice(0, dot), key: field.slice(dot + 1) };
}

function isJson(column: Column): boolean {
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
