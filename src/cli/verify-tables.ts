import type { VerifyTable } from '../backfills/define.ts';
import type { paint as Paint } from './output.ts';
import { type Cell, formatPairs, formatTable, indent, shorten } from './table.ts';

const LONG = 60;

/** One below the other, each with its title and, where it is a check, its verdict. Empty ones are left out. */
export function verifyTables(tables: readonly VerifyTable[], paint: typeof Paint): string {
  return titled(tables, paint, ({ columns, rows }) => formatTable(columns, rows.map(shortened)));
}

/** The same for texts that are to be read: nothing is cut, and rows with long ones are told column by column. */
export function wholeTables(tables: readonly VerifyTable[], paint: typeof Paint): string {
  const long = new Set(tables.filter(hasLongText).map(({ columns }) => columns.join()));
  return titled(tables, paint, ({ columns, rows }) =>
    long.has(columns.join())
      ? rows.map((row) => underItsFirst(columns, row)).join('\n')
      : formatTable(columns, rows),
  );
}

function hasLongText({ rows }: VerifyTable): boolean {
  return rows.flat().some((cell) => typeof cell === 'string' && cell.length > LONG);
}

function titled(
  tables: readonly VerifyTable[],
  paint: typeof Paint,
  body: (table: VerifyTable) => string,
): string {
  return tables
    .filter(({ rows, passed }) => rows.length > 0 || passed !== undefined)
    .map((table) => {
      const { title, passed, rows } = table;
      const verdict =
        passed === undefined ? '' : passed ? `  ${paint.green('passed')}` : `  ${paint.red('NOT PASSED')}`;
      return `${paint.bold(title)}${verdict}${rows.length > 0 ? `\n${indent(body(table))}` : ''}`;
    })
    .join('\n\n');
}

function underItsFirst([, ...columns]: readonly string[], [first = null, ...row]: readonly Cell[]): string {
  const pairs = columns.map((column, index): [string, Cell] => [column, row[index] ?? null]);
  return `${first}\n${indent(formatPairs(pairs))}`;
}

function shortened(row: readonly Cell[]): Cell[] {
  return row.map((cell) => (typeof cell === 'string' ? shorten(cell, LONG) : cell));
}
