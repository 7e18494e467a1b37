import type { ClientBase, Pool } from 'pg';
import { FAILED_ITEMS, type Shape, readShape as shapeOf } from '../postgres-rows/table.ts';
import { FINDING_TABLE_NAMES } from './tables.ts';

export { hasColumn, type Shape } from '../postgres-rows/table.ts';

const TABLES = ['vehicle_images', 'vehicles', ...FINDING_TABLE_NAMES, FAILED_ITEMS];

export function readShape(database: Pool | ClientBase): Promise<Shape> {
  return shapeOf(database, TABLES);
}

/** Rounded where the column holds whole numbers only. */
export function fitNumber(shape: Shape, table: string, column: string, value: number): number {
  return /^(smallint|integer|bigint)$/.test(shape[table]?.[column] ?? '') ? Math.round(value) : value;
}
