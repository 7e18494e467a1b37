import { stripVTControlCharacters } from 'node:util';

export type Cell = string | number | null;

/**
 * Columns under their titles, two spaces apart; numbers to the right. What is null is shown as a dash. On a
 * terminal the widest columns of text are cut to what fits; where nobody looks, everything is told.
 *
 * ```ts
 * formatTable(['class', 'items'], [['image-not-found', 3]]);
 * ```
 */
export function formatTable(
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  room = columnsOfTerminal() - INDENT,
): string {
  const texts = rows.map((row) => columns.map((_, index) => cellText(row[index] ?? null)));
  const numeric = columns.map((_, index) => rows.some((row) => typeof row[index] === 'number'));
  const needed = columns.map((column, index) =>
    Math.max(...[column, ...texts.map((row) => row[index] ?? '')].map(width)),
  );
  const widths = fitted(needed, numeric, room - 2 * (columns.length - 1));
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

const INDENT = 2;

export function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(INDENT));
}

/** Breaks at spaces, so that nothing is longer than the terminal is wide; what follows is indented. */
export function wrap(text: string, room = columnsOfTerminal()): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= room)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(line === undefined ? word : `    ${word}`);
  }
  return lines.join('\n');
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

/** Takes from the widest column of text, one by one, until all fit or each is as narrow as can be read. */
function fitted(needed: readonly number[], numeric: readonly boolean[], room: number): number[] {
  const widths = [...needed];
  const sum = () => widths.reduce((all, one) => all + one, 0);
  while (sum() > room) {
    const widest = Math.max(...widths.filter((_, index) => !numeric[index]));
    if (widest <= NARROWEST) break;
    widths[widths.findLastIndex((one, index) => one === widest && !numeric[index])] = widest - 1;
  }
  return widths;
}

const NARROWEST = 10;

function columnsOfTerminal(): number {
  return process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
}

function pad(given: string, length: number, right: boolean): string {
  const text = width(given) > length ? shorten(given, length) : given;
  const missing = ' '.repeat(Math.max(0, length - width(text)));
  return right ? missing + text : text + missing;
}

function width(text: string): number {
  return stripVTControlCharacters(text).length;
}
