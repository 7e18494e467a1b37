import type { CostInterval } from '../domain/estimate.ts';
import { formatUsd, toUsd } from '../domain/money.ts';
import type { RunTime } from '../domain/run-time.ts';
import type { Estimate, EstimateOptions } from '../estimate.ts';
import { PRICES_AS_OF } from '../vision/prices.ts';
import { formatDuration } from './duration.ts';
import { type Cell, formatCount, formatPairs, formatTable, indent, wrap } from './table.ts';

/** For those who wait for an answer: what can be looked at in a few seconds. */
export const QUICK_LOOK = { look: 500, withinMs: 10_000 } as const satisfies EstimateOptions;

const UNITS_SHOWN = 15;

/** The estimate for a person. */
export function estimateTable(estimate: Estimate): string {
  const { accounts, sample, looked } = estimate;
  const rows = accounts.map(({ account, calls, cost, time }) => [
    account,
    calls,
    formatUsd(cost.expected),
    inWords(time),
  ]);
  return [
    `Estimate for ${estimate.backfill}`,
    indent(formatPairs(estimatePairs(estimate))),
    '',
    indent(formatTable(['asked of', 'calls', 'cost', 'time at its rate'], rows)),
    ...unitTable(estimate),
    '',
    wrap(sample ? 'Reckoned from what the items of the sample cost.' : guess()),
    ...(looked.example === null
      ? []
      : [wrap(`${looked.unreadable} of ${looked.items} cannot be read: ${looked.example}`)]),
  ].join('\n');
}

function estimatePairs({ outlook, free, looked, cost, time, sample }: Estimate): [string, Cell][] {
  const { items, units } = outlook;
  const asOf =
    looked.items > 0 && looked.items < items ? ` (as of ${formatCount(looked.items)} looked at)` : '';
  const pairs: [string, Cell | undefined][] = [
    ['items', `${formatCount(items)} in ${formatCount(units)} ${units === 1 ? 'unit' : 'units'}`],
    ['answered already', freeInWords(free, asOf)],
    [
      'sample',
      sample && `${formatCount(sample.items)} items for ${formatUsd(sample.spent)}, which the run has then`,
    ],
    ['cost', costInWords(cost)],
    ['in all', sample && costInWords(sample.inAll)],
    ['time', timeInWords(time)],
  ];
  return pairs.filter((pair): pair is [string, Cell] => pair[1] !== undefined);
}

function freeInWords(free: number | null, asOf: string): string {
  if (free === null) return 'nobody has looked';
  return free === 0 ? `none${asOf}` : `${formatCount(free)}, for free${asOf}`;
}

/** `$41.04, with 95 % confidence $12.30 to $60.20`. */
function costInWords({ expected, low, high }: CostInterval): string {
  if (low === high) return formatUsd(expected);
  return `${formatUsd(expected)}, with 95 % confidence ${formatUsd(low)} to ${formatUsd(high)}`;
}

/** The same for programs. Money is US dollars. */
export function estimateJson(estimate: Estimate) {
  const { backfill, outlook, free, looked, cost, units, accounts, time, sample } = estimate;
  return {
    backfill,
    items: outlook.items,
    skipped: outlook.skipped,
    free,
    looked,
    cost: usd(cost),
    timeSeconds: seconds(time),
    slowest: time.slowest,
    accounts: accounts.map(({ account, calls, tokens, ...one }) => ({
      account,
      calls,
      tokens,
      cost: usd(one.cost),
      timeSeconds: seconds(one.time),
    })),
    units: units.map((unit) => ({ ...unit, cost: usd(unit.cost) })),
    sample: sample
      ? {
          runId: sample.runId,
          items: sample.items,
          seed: sample.seed,
          spentUsd: toUsd(sample.spent),
          inAll: usd(sample.inAll),
        }
      : null,
    pricesAsOf: PRICES_AS_OF,
  };
}

function usd({ expected, low, high }: CostInterval) {
  return {
    expectedUsd: toUsd(expected),
    interval: { lowUsd: toUsd(low), highUsd: toUsd(high), confidence: 0.95 },
  };
}

function seconds({ ms }: RunTime): number | null {
  return ms === null ? null : Math.round(ms / 1000);
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
