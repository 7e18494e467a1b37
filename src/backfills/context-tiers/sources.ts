import { type ClientBase, escapeIdentifier, type Pool } from 'pg';
import { type Columns, matching, momentOf, wordsOf } from './columns.ts';
import type { Options } from './options.ts';
import { RECORD_KINDS, RECORDS, type RecordKind } from './records.ts';

/** Where the context of vehicles is read from, in this database. */
export interface ContextSources {
  found: ContextSource[];
  /** What cannot be read, so counts nothing, and why: `table receipts not found`. */
  missing: string[];
  /** What a vehicle is called by, of the columns of `vehicles`. */
  vehicleColumns: string[];
}

/** One table of records, as SQL over its rows `s`. */
export interface ContextSource {
  kind: RecordKind;
  from: string;
  vehicle: string;
  /** Of {@link vehicle}: what its ids are compared as. */
  type: 'uuid' | 'text';
  where: string[];
  /** When a record is from; a timestamp in UTC, perhaps only that of its row. */
  moment: string;
  /** The record in words. */
  words: string;
}

/** Asks the catalogue alone; no rows are read. */
export async function readSources(database: Pool | ClientBase, options: Options): Promise<ContextSources> {
  const found: ContextSource[] = [];
  const missing: string[] = [];
  const tables = await readTables(database, [
    'vehicles',
    ...RECORD_KINDS.map((kind) => RECORDS[kind].table(options)),
  ]);
  for (const kind of RECORD_KINDS) {
    const name = RECORDS[kind].table(options);
    const source = sourceOf(kind, name, tables.get(name), options);
    if (typeof source === 'string') missing.push(source);
    else found.push(source);
  }
  const vehicleColumns = ['year', 'make', 'model', 'trim'].filter((name) => tables.get('vehicles')?.[name]);
  return { found, missing, vehicleColumns };
}

/** A table that is not there, or may not be read, is not among them. */
async function readTables(database: Pool | ClientBase, names: string[]): Promise<Map<string, Columns>> {
  const { rows } = await database.query<{ name: string; columns: Columns }>(
    `SELECT t.name, jsonb_object_agg(a.attname, format_type(a.atttypid, NULL)) AS columns
       FROM unnest($1::text[], $2::text[]) AS t(name, quoted)
       JOIN pg_class c ON c.oid = to_regclass(t.quoted) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE has_table_privilege(c.oid, 'SELECT')
      GROUP BY t.name`,
    [names, names.map(quoted)],
  );
  return new Map(rows.map(({ name, columns }) => [name, columns]));
}

function quoted(table: string): string {
  return table.split('.').map(escapeIdentifier).join('.');
}

/** A text tells why it is none. */
function sourceOf(
  kind: RecordKind,
  name: string,
  columns: Columns | undefined,
  { receiptDays }: Options,
): ContextSource | string {
  if (!columns) return `table ${name} not found`;
  const records = RECORDS[kind];
  const owner = kind === 'userTags' ? 'image_id' : 'vehicle_id';
  const type = columns[owner];
  if (type === undefined) return `table ${name} has no column ${owner}`;
  if (type !== 'uuid' && !isText(type)) return `${name}.${owner} is ${type}, not uuid`;
  const moment = momentOf(columns, [...(records.dates ?? []), 'created_at']);
  const recent = kind === 'receipts' && receiptDays !== undefined;
  if (recent && moment === null) return `table ${name} has no column with a date, which --receipt-days needs`;
  return {
    kind,
    ...(kind === 'userTags' ? ownedByImage(name, type) : ownedByVehicle(name, type)),
    where: [
      ...(kind === 'userTags' && columns.step ? ['s.step IS NULL'] : []),
      ...matching(columns, records.only, '~*'),
      ...matching(columns, records.never, '!~*'),
      ...(recent ? [`${moment} >= (now() AT TIME ZONE 'UTC') - interval '${receiptDays} days'`] : []),
    ],
    moment: moment ?? 'NULL::timestamp',
    words: wordsOf(columns, records),
  };
}

type Owned = Pick<ContextSource, 'from' | 'vehicle' | 'type'>;

function ownedByVehicle(table: string, type: string): Owned {
  return { from: `${quoted(table)} s`, vehicle: 's.vehicle_id', type: isText(type) ? 'text' : 'uuid' };
}

function ownedByImage(table: string, type: string): Owned {
  const id = isText(type) ? 'i.id::text' : 'i.id';
  const from = `${quoted(table)} s JOIN vehicle_images i ON ${id} = s.image_id`;
  return { from, vehicle: 'i.vehicle_id', type: 'uuid' };
}

function isText(type: string): boolean {
  return type === 'text' || type === 'character varying';
}
