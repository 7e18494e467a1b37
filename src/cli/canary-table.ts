import { isDeepStrictEqual } from 'node:util';
import type { CanaryReport } from '../canary-report.ts';
import type { ConfidenceSpread } from '../domain/confidence.ts';
import type { Json } from '../domain/json.ts';
import { formatUsd, nanodollars } from '../domain/money.ts';
import type { WrittenField } from '../stores/journal.ts';
import { type Cell, formatCount, formatPairs, formatTable, indent, shorten } from './table.ts';

/** A value may be a whole document. */
const VALUE_WIDTH = 72;

/** What a person looks at before they approve. */
export function canaryTable(canary: CanaryReport): string {
  const { items, ofItems, failures, changes, confidence } = canary;
  return [
    `Canary of ${formatCount(items)} of ${formatCount(ofItems)} items`,
    indent(formatPairs(costPairs(canary))),
    ...section(
      'Canary items that were not written',
      ['class', 'items', 'for example', 'message'],
      failures.map((one) => [one.class, one.items, one.item, shorten(one.message, VALUE_WIDTH)]),
    ),
    ...changesByItem(changes),
    ...section(
      'How sure the models are',
      ['field', 'number', 'of', 'least', 'median', 'most'],
      confidence.map(spreadRow),
    ),
  ].join('\n');
}

function costPairs({ items, ofItems, cost }: CanaryReport): [string, Cell][] {
  const { estimatedPerItemUsd, estimatedUsd } = cost;
  const against = (estimate: number | null) => (estimate === null ? '' : ` (estimated ${usd(estimate)})`);
  return [
    ['spent', `${usd(cost.spentUsd)} for ${formatCount(items)} items`],
    ['per item', `${usd(cost.perItemUsd)}${against(estimatedPerItemUsd)}`],
    [`all ${formatCount(ofItems)} at this rate`, `${usd(cost.projectedUsd)}${against(estimatedUsd)}`],
  ];
}

function changesByItem(changes: readonly WrittenField[]): string[] {
  return [...Map.groupBy(changes, ({ item }) => item)].flatMap(([item, written]) => {
    const changed = written.filter(({ before, after }) => !isDeepStrictEqual(before, after));
    const rows = changed.filter(({ field }) => field === '*');
    return section(
      `Before and after of ${item}`,
      ['field', 'before', 'after'],
      [
        ...changed.filter(({ field }) => field !== '*').map(fieldRow),
        ...[...Map.groupBy(rows, ({ table }) => table)].map(([table, those]) => tableRow(table, those)),
      ],
    );
  });
}

function fieldRow({ table, field, before, after }: WrittenField): Cell[] {
  return [`${shortName(table)}.${field}`, valueInWords(before), valueInWords(after)];
}

/** An item may have dozens of rows of findings: how many, and one of them. */
function tableRow(table: string, rows: readonly WrittenField[]): Cell[] {
  return [
    shortName(table),
    rowsInWords(rows.map(({ before, ...row }) => ({ ...row, value: before }))),
    rowsInWords(rows.map(({ after, ...row }) => ({ ...row, value: after }))),
  ];
}

function rowsInWords(rows: readonly { item: string; row: string; value: Json | null }[]): Cell {
  const there = rows.filter(({ value }) => value !== null);
  const [first] = there;
  if (!first) return null;
  const count = there.length === 1 ? '1 row' : `${formatCount(there.length)} rows, as`;
  return shorten(`${count} ${JSON.stringify(first.value, withoutIds(first))}`, VALUE_WIDTH);
}

/** What a row is called, and what it lacks, says nothing about it. */
function withoutIds({ item, row }: { item: string; row: string }) {
  return (_key: string, value: unknown) =>
    value === null || value === item || value === row ? undefined : value;
}

/** Without the schema that everybody has. */
function shortName(table: string): string {
  return table.replace(/^public\./, '');
}

function spreadRow({ field, key, n, min, median, max }: ConfidenceSpread): Cell[] {
  return [shortName(field), key, n, ...[min, median, max].map((value) => String(Number(value.toFixed(3))))];
}

function section(title: string, columns: string[], rows: Cell[][]): string[] {
  return rows.length === 0 ? [] : ['', title, indent(formatTable(columns, rows))];
}

function valueInWords(value: Json | null): Cell {
  if (value === null) return null;
  return shorten(typeof value === 'string' ? value : JSON.stringify(value), VALUE_WIDTH);
}

function usd(amount: number): string {
  return formatUsd(nanodollars(amount));
}
