import type { ClientBase, Pool } from 'pg';
import type { Selection } from '../../domain/page.ts';

/** A PostgreSQL table whose rows are the items of a backfill. In SQL about it, its row is `i`. */
export interface RowTable {
  backfill: string;
  name: string;
  /** The columns that it really has, with their types. */
  columns: Record<string, string>;
  /** There is a journal beside it, so perhaps items that failed earlier. */
  journal: boolean;
  idType: string;
  unit: RowUnit;
  /** Restricts to what `--only` names. */
  only(what: Exclude<Selection['only'], 'all' | 'failed'>, query: Conditions, selection: Selection): void;
  /** SQL: what failed at `f.updated_at` is still not done. */
  stillUndone: string;
  /** Columns that the backfill writes: an order by one of them would change under it. */
  written: readonly string[];
  /** SQL texts: what a row tells of its kind before anything is asked. */
  kinds: readonly string[];
}

/** What one child workflow is about. */
export interface RowUnit {
  /** SQL; null for a row that has none, and is skipped. */
  sql: string;
  type: string;
  /** Throws UsageError for what can be no unit. */
  check(text: string): void;
  /** Rows without one are counted as skipped, by this class; absent: every row has one. */
  skipped?: string;
  /** The first and the last id that a unit can have, where units follow one another as ids do. */
  ids?(unit: string): [first: string, last: string];
}

/** A WHERE clause over rows `i` that grows, with its parameters. */
export interface Conditions {
  values: unknown[];
  /** Adds a parameter; returns its place: `$3`. */
  value(value: unknown): string;
  and(condition: string): void;
  /** `FROM vehicle_images i WHERE …`; with the run's list beside it as `l`, where that was asked for. */
  from(): string;
}

/** table → column → type (`uuid`, `text[]`, `numeric(5,2)`). */
export type Shape = Record<string, Record<string, string>>;

/** The journal's list of failed items; a database that no run has written to has none. */
export const FAILED_ITEMS = 'temporal_backfill.items';

/** A table that does not exist is not in the shape. */
export async function readShape(database: Pool | ClientBase, tables: readonly string[]): Promise<Shape> {
  const { rows } = await database.query<{ table: string; columns: Record<string, string> }>(
    `SELECT t.name AS table, jsonb_object_agg(a.attname, format_type(a.atttypid, a.atttypmod)) AS columns
       FROM unnest($1::text[]) AS t(name)
       JOIN pg_attribute a ON a.attrelid = to_regclass(t.name) AND a.attnum > 0 AND NOT a.attisdropped
      GROUP BY t.name`,
    [tables],
  );
  return Object.fromEntries(rows.map(({ table, columns }) => [table, columns]));
}

/** A column of this type holds a point in time. */
export function isMoment(type: string | undefined): boolean {
  return type !== undefined && /^(timestamp|date$)/.test(type);
}

export function hasColumn(shape: Shape, table: string, column: string): boolean {
  return shape[table]?.[column] !== undefined;
}

/** SQL: the first of these columns that is filled; null where none is. */
export function firstFilled(columns: Record<string, string>, wanted: readonly string[]): string {
  const there = wanted.filter((column) => columns[column] !== undefined);
  return `coalesce(${there.map((column) => `nullif(i.${column}::text, '')`).join(', ')})`;
}
