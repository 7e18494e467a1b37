import { stripVTControlCharacters } from 'node:util';

export type Cell = string | number | null;

/**
 * Columns under their titles, two spaces apart; numbers to the right. What is null is shown as a dash.
 *
 * ```ts
 * formatTable(['class', 'items'], [['image-not-found', 3]]);
 * ```
 */
export function formatTable(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => columns.map((_, index) => cellText(row[index] ?? null)));
  const numeric = columns.map((_, index) => rows.some((row) => typeof row[index] === 'number'));
  const widths = columns.map((column, index) =>
    Math.max(...[column, ...texts.map((row) => row[index] ?? '')].map(width)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => pad(cell, widths[index] ?? 0, numeric[index] ?? false))
      .join('  ')
      .trimEnd();
  return [line(columns), line(widths.map((count) => '─'.repeat(count))), ...texts.map(line)].join('\n');
}

/** Names to the left, values behind them, in one column each. */
export function formatPairs(pairs: readonly (readonly [string, Cell])[]): string {
  const nameWidth = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(nameWidth)}  ${cellText(value)}`.trimEnd()).join('\n');
}

export function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}

/** `1,967`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** At most so many characters, on one line; what is cut ends with an ellipsis. */
export function shorten(text: string, length: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}

function cellText(value: Cell): string {
  if (value === null || value === '') return '–';
  return typeof value === 'number' ? formatCount(value) : value.replaceAll(/[\r\n\t]+/g, ' ');
}

function pad(text: string, length: number, right: boolean): string {
  const missing = ' '.repeat(Math.max(0, length - width(text)));
  return right ? missing + text : text + missing;
}

function width(text: string): number {
  return stripVTControlCharacters(text).length;
}
