import type { VerifyTable } from '../backfills/define.ts';
import type { paint as Paint } from './output.ts';
import { type Cell, formatPairs, formatTable, indent, shorten } from './table.ts';

const LONG = 60;

/** One below the other, each with its title and, where it is a check, its verdict. Empty ones are left out. */
export function verifyTables(tables: readonly VerifyTable[], paint: typeof Paint): string {
  return titled(tables, paint, ({ columns, rows }) => formatTable(columns, rows.map(shortened)));
}

/** The same for texts that are to be read: rows with long ones are told column by column, and nothing is cut. */
export function wholeTables(tables: readonly VerifyTable[], paint: typeof Paint): string {
  return titled(tables, paint, ({ columns, rows }) =>
    rows.flat().some((cell) => typeof cell === 'string' && cell.length > LONG)
      ? rows.map((row) => inPairs(columns, row)).join('\n\n')
      : formatTable(columns, rows),
  );
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

function inPairs(columns: readonly string[], row: readonly Cell[]): string {
  return formatPairs(columns.map((column, index) => [column, row[index] ?? null]));
}

function shortened(row: readonly Cell[]): Cell[] {
  return row.map((cell) => (typeof cell === 'string' ? shorten(cell, LONG) : cell));
}
