import type { ClientBase, Pool } from 'pg';
import { FINDING_TABLE_NAMES } from './tables.ts';

/** The columns that the database really has: table → column → type (`uuid`, `text[]`, `numeric(5,2)`). */
export type Shape = Record<string, Record<string, string>>;

/** The journal's list of failed items; a database that no run has written to has none. */
export const FAILED_ITEMS = 'temporal_backfill.items';

const TABLES = ['vehicle_images', 'vehicles', ...FINDING_TABLE_NAMES, FAILED_ITEMS];

/** A table that does not exist is not in the shape. */
export async function readShape(database: Pool | ClientBase): Promise<Shape> {
  const { rows } = await database.query<{ table: string; columns: Record<string, string> }>(
    `SELECT t.name AS table, jsonb_object_agg(a.attname, format_type(a.atttypid, a.atttypmod)) AS columns
       FROM unnest($1::text[]) AS t(name)
       JOIN pg_attribute a ON a.attrelid = to_regclass(t.name) AND a.attnum > 0 AND NOT a.attisdropped
      GROUP BY t.name`,
    [TABLES],
  );
  return Object.fromEntries(rows.map(({ table, columns }) => [table, columns]));
}

export function hasColumn(shape: Shape, table: string, column: string): boolean {
  return shape[table]?.[column] !== undefined;
}

/** SQL, about `vehicle_images i`: where the image is; null where the row does not say. */
export function reference(shape: Shape): string {
  const columns = ['image_url', 'storage_path'].filter((column) =>
    hasColumn(shape, 'vehicle_images', column),
  );
  return `coalesce(${columns.map((column) => `nullif(i.${column}, '')`).join(', ')})`;
}

/** Rounded where the column holds whole numbers only. */
export function fitNumber(shape: Shape, table: string, column: string, value: number): number {
  return /^(smallint|integer|bigint)$/.test(shape[table]?.[column] ?? '') ? Math.round(value) : value;
}
