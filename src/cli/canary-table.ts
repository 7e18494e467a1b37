import type { CanaryReport } from '../canary-report.ts';
import type { ConfidenceSpread } from '../domain/confidence.ts';
import type { Json } from '../domain/json.ts';
import { formatUsd, nanodollars } from '../domain/money.ts';
import type { WrittenField } from '../stores/journal.ts';
import { type Cell, formatCount, formatPairs, formatTable, indent, shorten } from './table.ts';

/** A value may be a whole document. */
const VALUE_WIDTH = 60;

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
  return [...Map.groupBy(changes, ({ item }) => item)].flatMap(([item, fields]) =>
    section(
      `Before and after of ${item}`,
      ['field', 'row', 'before', 'after'],
      fields.map(({ table, row, field, before, after }) => [
        field === '*' ? table : `${table}.${field}`,
        row === item ? null : row,
        valueInWords(before),
        valueInWords(after),
      ]),
    ),
  );
}

function spreadRow({ field, key, n, min, median, max }: ConfidenceSpread): Cell[] {
  return [field, key, n, ...[min, median, max].map((value) => String(Number(value.toFixed(3))))];
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
