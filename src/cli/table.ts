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
  const kinds = columns.map((_, index) => kindOf(rows.map((row) => row[index] ?? null)));
  const needed = columns.map((column, index) =>
    Math.max(...[column, ...texts.map((row) => row[index] ?? '')].map(width)),
  );
  const widths = fitted(needed, kinds, room - 2 * (columns.length - 1));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => pad(cell, widths[index] ?? 0, kinds[index] === 'number'))
      .join('  ')
      .trimEnd();
  return [line(columns), line(widths.map((count) => '─'.repeat(count))), ...texts.map(line)].join('\n');
}

/** Names to the left, values behind them, in one column each. */
export function formatPairs(pairs: readonly (readonly [string, Cell])[]): string {
  const nameWidth = Math.max(...pairs.map(([name]) => name.length));
  const hanging = ' '.repeat(nameWidth + 2);
  const line = (name: string, value: Cell) => `${name.padEnd(nameWidth)}  ${cellText(value)}`.trimEnd();
  return pairs
    .map(([name, value]) => wrap(line(name, value), columnsOfTerminal() - INDENT, hanging))
    .join('\n');
}

const INDENT = 2;

export function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(INDENT));
}

/** Breaks at spaces, so that nothing is longer than the terminal is wide; what follows hangs below. */
export function wrap(text: string, room = columnsOfTerminal(), hanging = '    '): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= room)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(line === undefined ? word : hanging + word);
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
  return typeof value === 'number' ? formatNumber(value) : value.replaceAll(/[\r\n\t]+/g, ' ');
}

/** A mean cost of $0.0002 is not nothing. */
function formatNumber(value: number): string {
  if (value === 0 || Math.abs(value) >= 0.01) return formatCount(value);
  return value.toLocaleString('en-US', { maximumSignificantDigits: 2 });
}

/** Takes from the widest columns, one by one, until all fit: first from prose, so that ids stay whole. */
function fitted(needed: readonly number[], kinds: readonly Kind[], room: number): number[] {
  const widths = [...needed];
  const sum = () => widths.reduce((all, one) => all + one, 0);
  for (const [cut, narrowest] of CUTS) {
    const open = widths.map((_, index) => index).filter((index) => cut.has(kinds[index] ?? 'number'));
    const widestOf = () => open.toSorted((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0) || b - a)[0] ?? 0;
    for (let at = widestOf(); sum() > room && open.length > 0; at = widestOf()) {
      const wide = widths[at] ?? 0;
      if (wide <= narrowest) break;
      widths[at] = wide - 1;
    }
  }
  return widths;
}

type Kind = 'number' | 'word' | 'prose';

/** Which columns are cut, and how narrow at most. */
const CUTS: [Set<Kind>, number][] = [
  [new Set(['prose']), 20],
  [new Set(['prose', 'word']), 6],
];

function kindOf(cells: readonly Cell[]): Kind {
  if (cells.some((cell) => typeof cell === 'number')) return 'number';
  return cells.some((cell) => String(cell).includes(' ')) ? 'prose' : 'word';
}

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
