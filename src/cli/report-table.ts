import { FAILURE_CLASSES } from '../domain/failure.ts';
import { formatUsd, nanodollars } from '../domain/money.ts';
import type { Report } from '../report.ts';
import { formatDuration } from './duration.ts';
import { type Cell, formatCount, formatPairs, formatTable, indent, wrap } from './table.ts';

/** The report for a person. */
export function reportTable(report: Report): string {
  const pairs = report.rollbackOf ? restoredPairs(report) : writtenPairs(report);
  return [headline(report), indent(formatPairs(pairs)), ...unknownCalls(report)].join('\n');
}

type Pair = [string, Cell];

function writtenPairs(report: Report): Pair[] {
  const { counts, cost, units, unknownCalls: unknown } = report;
  return [
    ['items', `${formatCount(counts.total)} in ${formatCount(units)} ${units === 1 ? 'unit' : 'units'}`],
    ['written', counts.written],
    ['from the ledger', counts.cached],
    ['skipped', withClasses(report, counts.skipped, false)],
    ['failed', withClasses(report, counts.failed, true)],
    ...present('outcome unknown', counts.unknown),
    ...present('conflicts', counts.conflicts),
    ...present('pending', counts.pending),
    ['spent', `${usd(cost.spentUsd)} (estimated ${usd(cost.estimatedUsd)})`],
    ...Object.entries(report.spentBy).map(([account, amount]): Pair => [`  ${account}`, usd(amount)]),
    ...(unknown.length > 0
      ? [['possibly paid twice', `${usd(cost.possiblyPaidTwiceUsd)} at most`] as Pair]
      : []),
  ];
}

/** The items of a rollback are the fields and rows that its run wrote. */
function restoredPairs(report: Report): Pair[] {
  const { counts } = report;
  return [
    ['fields and rows', counts.total],
    ['put back', counts.written + counts.cached],
    ['kept, changed since', counts.conflicts],
    ...present('skipped', counts.skipped),
    ...present('failed', counts.failed),
    ...present('pending', counts.pending),
  ];
}

function headline({ runId, backfill, rollbackOf, status, reason, startedAt, finishedAt }: Report): string {
  const what = rollbackOf ? `Rollback ${runId} of run ${rollbackOf}` : `Run ${runId} of ${backfill}`;
  const took = finishedAt ? ` after ${formatDuration(Date.parse(finishedAt) - Date.parse(startedAt))}` : '';
  const why = status === 'paused' && reason ? ` (${reason.message})` : '';
  return wrap(`${what}: ${status}${took}${why}`);
}

/** `3 (image-not-found 2, call-rejected 1)`. Classes that are no failures are reasons to skip. */
function withClasses({ byClass }: Report, amount: number, failures: boolean): Cell {
  const classes = Object.entries(byClass).filter(([name]) => name in FAILURE_CLASSES === failures);
  if (amount === 0 || classes.length === 0) return amount;
  return `${formatCount(amount)} (${classes.map(([name, items]) => `${name} ${items}`).join(', ')})`;
}

function present(name: string, amount: number): Pair[] {
  return amount > 0 ? [[name, amount]] : [];
}

function unknownCalls({ unknownCalls: calls }: Report): string[] {
  if (calls.length === 0) return [];
  const rows = calls.map(({ item, account, worstCaseUsd, repaid }) => [
    item,
    account,
    usd(worstCaseUsd),
    repaid ? 'yes' : 'no',
  ]);
  const columns = ['item', 'asked of', 'cost at most', 'asked again'];
  return ['', 'Calls of which nobody knows whether they were billed', indent(formatTable(columns, rows))];
}

function usd(amount: number): string {
  return formatUsd(nanodollars(amount));
}
