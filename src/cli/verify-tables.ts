import type { VerifyTable } from '../backfills/define.ts';
import type { paint as Paint } from './output.ts';
import { type Cell, formatTable, indent, shorten } from './table.ts';

/** One below the other, each with its title and, where it is a check, its verdict. Empty ones are left out. */
export function verifyTables(tables: readonly VerifyTable[], paint: typeof Paint): string {
  return tables
    .filter(({ rows, passed }) => rows.length > 0 || passed !== undefined)
    .map(({ title, columns, rows, passed }) => {
      const verdict =
        passed === undefined ? '' : passed ? `  ${paint.green('passed')}` : `  ${paint.red('NOT PASSED')}`;
      const body = rows.length > 0 ? `\n${indent(formatTable(columns, rows.map(shortened)))}` : '';
      return `${paint.bold(title)}${verdict}${body}`;
    })
    .join('\n\n');
}

function shortened(row: readonly Cell[]): Cell[] {
  return row.map((cell) => (typeof cell === 'string' ? shorten(cell, 60) : cell));
}
