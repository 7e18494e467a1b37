import type { PricedAmount } from '../backfills/define.ts';
import type { CostInterval } from '../domain/estimate.ts';
import { formatUsd, type Nanodollars, nanodollars } from '../domain/money.ts';
import type { RunTime } from '../domain/run-time.ts';
import type { Estimate, EstimateOptions } from '../estimate.ts';
import { sumOf, wholeCost } from '../reckon.ts';
import { PRICES_AS_OF } from '../vision/prices.ts';
import { formatDuration } from './duration.ts';
import { type Cell, formatCount, formatPairs, formatTable, indent, wrap } from './table.ts';

/** For those who wait for an answer: what can be looked at in a few seconds. */
export const QUICK_LOOK = { look: 500, withinMs: 10_000 } as const satisfies EstimateOptions;

const UNITS_SHOWN = 15;

const LEAST_TOLD = nanodollars(0.0001);

/** The estimate for a person. */
export function estimateTable(estimate: Estimate): string {
  const { looked } = estimate;
  const title = `Estimate for ${estimate.backfill}\n${indent(formatPairs(estimatePairs(estimate)))}`;
  const unreadable =
    looked.example === null
      ? []
      : [wrap(`${looked.unreadable} of ${looked.items} cannot be read: ${looked.example}`)];
  return [title, ...(asksNothing(estimate) ? [] : callTables(estimate)), ...unreadable].join('\n');
}

/** Where nothing is asked there are no accounts, and nothing to guess. */
function asksNothing({ accounts }: Estimate): boolean {
  return accounts.length === 0;
}

function callTables(estimate: Estimate): string[] {
  const rows = estimate.accounts.map(({ account, calls, cost, time }) => [
    account,
    calls,
    formatUsd(cost.expected),
    inWords(time),
  ]);
  return [
    '',
    indent(formatTable(['asked of', 'calls', 'cost', 'time at its rate'], rows)),
    ...unitTable(estimate),
    '',
    wrap(estimate.sample ? 'Reckoned from what the items of the sample cost.' : guess()),
    ...(estimate.assuming ? [wrap(estimate.assuming)] : []),
  ];
}

function estimatePairs(estimate: Estimate): [string, Cell][] {
  const { outlook, time, sample } = estimate;
  const { items, units } = outlook;
  const pairs: [string, Cell | undefined][] = [
    ['items', `${formatCount(items)} in ${formatCount(units)} ${units === 1 ? 'unit' : 'units'}`],
    ['answered already', asksNothing(estimate) ? undefined : freeInWords(estimate)],
    [
      'sample',
      sample && `${formatCount(sample.items)} items for ${formatUsd(sample.spent)}, which the run has then`,
    ],
    ...besidePairs(estimate),
    ['cost', costInWords(wholeCost(estimate))],
    ['in all', sample && costInWords(sample.inAll)],
    ...(estimate.side?.spared ?? []).map((one): [string, Cell] => ['spared', sparedInWords(one)]),
    ['time', timeInWords(time)],
  ];
  return pairs.filter((pair): pair is [string, Cell] => pair[1] !== undefined);
}

/** What the cost is the sum of, where paid calls are not all of it. */
function besidePairs(estimate: Estimate): [string, Cell][] {
  const { side, cost } = estimate;
  if (!side) return [];
  return [
    ['model calls', asksNothing(estimate) ? `${formatUsd(0)}, none` : costInWords(cost)],
    ...side.costs.map((one): [string, Cell] => [inPlural(one), smallUsd(sumOf([one]))]),
  ];
}

/** A few reads cost too little to be told in digits. */
function smallUsd(amount: Nanodollars): string {
  return amount > 0 && amount < LEAST_TOLD ? `less than ${formatUsd(LEAST_TOLD)}` : formatUsd(amount);
}

/** `39,700 analyses at $0.0002: $7.94`. */
function sparedInWords(one: PricedAmount): string {
  return `${inPlural(one)} at ${formatUsd(one.each)}: ${formatUsd(sumOf([one]))}`;
}

function inPlural({ what, amount }: PricedAmount): string {
  return `${formatCount(amount)} ${what}`;
}

function freeInWords({ free, looked, outlook: { items } }: Estimate): string {
  const asOf =
    looked.items > 0 && looked.items < items ? ` (as of ${formatCount(looked.items)} looked at)` : '';
  if (free === null) return 'nobody has looked';
  return free === 0 ? `none${asOf}` : `${formatCount(free)}, for free${asOf}`;
}

/** `$41.04, with 95 % confidence $12.30 to $60.20`. */
function costInWords({ expected, low, high }: CostInterval): string {
  if (low === high) return formatUsd(expected);
  return `${formatUsd(expected)}, with 95 % confidence ${formatUsd(low)} to ${formatUsd(high)}`;
}

function timeInWords(time: RunTime): string {
  if (time.slowest === null) return 'no rate limits it';
  return `${inWords(time)}, as the rate of ${time.slowest} allows`;
}

function inWords({ ms }: RunTime): string {
  if (ms === null) return 'no limit';
  return ms === 0 ? 'no wait' : formatDuration(ms);
}

function unitTable({ units }: Estimate): string[] {
  if (units.length < 2) return [];
  const dearest = units.toSorted((a, b) => b.cost.expected - a.cost.expected || b.items - a.items);
  const rows = dearest
    .slice(0, UNITS_SHOWN)
    .map(({ unit, items, free, cost }) => [unit, items, free, formatUsd(cost.expected)]);
  const others = units.length - rows.length;
  return [
    '',
    indent(formatTable(['unit', 'items', 'answered', 'cost'], rows)),
    ...(others > 0 ? [indent(`and ${formatCount(others)} more; --json has all`)] : []),
  ];
}

function guess(): string {
  return (
    `Reckoned with prices of ${PRICES_AS_OF} and answers of usual length, which is little more than a guess where ` +
    "tokens are billed; 'backfill estimate' with --sample 100 buys some to know."
  );
}
