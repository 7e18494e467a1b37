import { escapeIdentifier, type Pool } from 'pg';
import { UsageError } from '../../domain/failure.ts';
import type { Order } from '../../domain/page.ts';
import type { RowTable } from './table.ts';

/** Orders units by their number of items, in tables that have no column of that name. */
const SIZE = 'size';

/** Throws UsageError where images cannot be sorted so, with the columns that can be sorted by. */
export async function requireOrder(postgres: Pool, table: RowTable, order: Order): Promise<void> {
  const sortable = await sortableColumns(postgres, table);
  for (const [what, text] of Object.entries(order) as [keyof Order, string][]) {
    const { column, direction } = parse(text);
    const known = [...sortable, ...(what === 'units' && !sortable.includes(SIZE) ? [SIZE] : [])];
    const hint = `Columns to order ${what} by: ${known.join(', ')}; with :desc the greatest come first.`;
    if (direction === undefined) throw new UsageError(`no order is meant by ${text}`, hint);
    if (!known.includes(column)) throw new UsageError(refusal(what, column, table), hint);
  }
}

/**
 * SQL: `id`, `unit` and place `n`, from 1, of each row of `from`, which is about rows `i`. Rows of one unit
 * follow one another. What has no value comes last, in either direction.
 */
export function ranked({ units, items }: Order, table: RowTable, from: string): string {
  const unitKey = units && parse(units);
  const itemKey = items && parse(items);
  const keys = [
    ...(unitKey ? [`${unitValue(unitKey, table)} AS unit_key`] : []),
    ...(itemKey ? [`i.${escapeIdentifier(itemKey.column)} AS item_key`] : []),
  ];
  const sorting = [
    ...(unitKey ? [`unit_key ${sorted(unitKey)}`] : []),
    'unit',
    ...(itemKey ? [`item_key ${sorted(itemKey)}`] : []),
    'id',
  ];
  return `SELECT id, unit, row_number() OVER (ORDER BY ${sorting.join(', ')}) AS n
            FROM (SELECT ${['i.id', `${table.unit.sql} AS unit`, ...keys].join(', ')} ${from}) AS keyed`;
}

interface SortKey {
  column: string;
  /** Undefined: it was neither `asc` nor `desc`. */
  direction: 'ASC' | 'DESC' | undefined;
}

/** `created_at:desc`; a column's name may have colons in it. */
function parse(text: string): SortKey {
  const [, column = '', direction] = /^(.*?)(?::([^:]*))?$/s.exec(text) ?? [];
  const known = { asc: 'ASC', desc: 'DESC' } as const;
  return { column, direction: direction === undefined ? 'ASC' : known[direction as keyof typeof known] };
}

function sorted({ direction }: SortKey): string {
  return `${direction} NULLS LAST`;
}

/** The least (with desc: the greatest) value in the unit. A sort, as not all types that have an order have a `min`. */
function unitValue(key: SortKey, { columns, unit }: RowTable): string {
  if (key.column === SIZE && columns[SIZE] === undefined) return `count(*) OVER (PARTITION BY ${unit.sql})`;
  const column = `i.${escapeIdentifier(key.column)}`;
  return `first_value(${column}) OVER (PARTITION BY ${unit.sql} ORDER BY ${column} ${sorted(key)})`;
}

function refusal(what: keyof Order, column: string, { name, columns, written }: RowTable): string {
  const type = columns[column];
  if (type === undefined) return `cannot order ${what} by ${column}: ${name} has no such column`;
  if (written.includes(column))
    return `cannot order ${what} by ${column}: this backfill writes it, so the order would change under it`;
  return `cannot order ${what} by ${column}: ${type} has no order`;
}

/** Boolean, date and time, enum, network address, number, text, interval; and `uuid`, which is in no such category. */
async function sortableColumns(postgres: Pool, { name, written }: RowTable): Promise<string[]> {
  const { rows } = await postgres.query<{ column: string }>(
    `SELECT a.attname AS column
       FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
      WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped
        AND (t.typcategory IN ('B', 'D', 'E', 'I', 'N', 'S', 'T') OR t.oid = 'uuid'::regtype)
      ORDER BY a.attnum`,
    [name],
  );
  return rows.map(({ column }) => column).filter((column) => !written.includes(column));
}
