import { FAILURE_CLASSES } from '../domain/failure.ts';
import { formatUsd, nanodollars } from '../domain/money.ts';
import type { Report } from '../report.ts';
import { canaryTable } from './canary-table.ts';
import { formatDuration } from './duration.ts';
import { paintData } from './output.ts';
import { formatTime, stateInWords } from './pause-reason.ts';
import { doneSoFar, paceOf, pairsOfPace } from './progress-summary.ts';
import { type Cell, formatCount, formatPairs, formatTable, indent, wrap } from './table.ts';
import { verifyTables } from './verify-tables.ts';

/** The report for a person. */
export function reportTable(report: Report): string {
  const pairs = report.rollbackOf ? restoredPairs(report) : writtenPairs(report);
  return [
    headline(report),
    indent(formatPairs(pairs)),
    ...history(report),
    ...spendingByDay(report),
    ...unknownCalls(report),
    ...(report.tables.length > 0 ? ['', verifyTables(report.tables, paintData)] : []),
    ...(report.canary ? ['', canaryTable(report.canary)] : []),
  ].join('\n');
}

type Pair = [string, Cell];

function writtenPairs(report: Report): Pair[] {
  const { counts, cost, units, unknownCalls: unknown } = report;
  return [
    ['items', `${formatCount(counts.total)} in ${formatCount(units)} ${units === 1 ? 'unit' : 'units'}`],
    ...doneSoFar(report),
    ['  written', counts.written],
    [`  from ${report.cachedFrom}`, counts.cached],
    ['skipped', withClasses(report, counts.skipped, false)],
    ['failed', withClasses(report, counts.failed, true)],
    ...present('outcome unknown', counts.unknown),
    ...present('conflicts', counts.conflicts),
    ...present('pending', counts.pending),
    ...pace(report),
    ['spent', usd(cost.spentUsd)],
    ...Object.entries(report.spentBy).map(([account, amount]): Pair => [`  ${account}`, usd(amount)]),
    ...wasted(report),
    ...estimate(report),
    ...(cost.budgetUsd === null ? [] : [['budget', usd(cost.budgetUsd)] as Pair]),
    ...(unknown.length > 0
      ? [['possibly paid twice', `${usd(cost.possiblyPaidTwiceUsd)} at most`] as Pair]
      : []),
    ...verdict(report),
    ...report.slow.map((reason): Pair => ['slow', reason]),
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

/** What is left to do takes as long, item by item, as what is done. */
function pace({ counts, status, startedAt, finishedAt }: Report): Pair[] {
  const found = paceOf({ counts, state: status, createdAt: startedAt, finishedAt }, null);
  const goesOn = found.left !== null && counts.pending > 0;
  return [...pairsOfPace(found), ...(goesOn ? [['ETA', formatDuration(found.left ?? 0)] as Pair] : [])];
}

function headline(report: Report): string {
  const { runId, backfill, rollbackOf, sample, status, reason, startedAt, finishedAt } = report;
  const run = sample ? `Sample ${runId} for an estimate of ${backfill}` : `Run ${runId} of ${backfill}`;
  const what = rollbackOf ? `Rollback ${runId} of run ${rollbackOf}` : run;
  const took = finishedAt ? ` after ${formatDuration(Date.parse(finishedAt) - Date.parse(startedAt))}` : '';
  return wrap(`${what}: ${stateInWords({ state: status, reason })}${took}`);
}

function estimate({ cost: { estimatedUsd, estimatedBetweenUsd } }: Report): Pair[] {
  if (!estimatedBetweenUsd) return [];
  const [low, high] = estimatedBetweenUsd;
  const interval = low === high ? '' : `, with 95 % confidence ${usd(low)} to ${usd(high)}`;
  return [['estimated', `${usd(estimatedUsd)}${interval}`]];
}

function verdict({ verified }: Report): Pair[] {
  return verified ? [['verified', `${verified.passed ? 'passed' : 'NOT PASSED'}: ${verified.message}`]] : [];
}

/** Of what was spent. */
function wasted({ unusableAnswers: { calls, costUsd } }: Report): Pair[] {
  return calls > 0 ? [['  for unusable answers', `${usd(costUsd)} (${formatCount(calls)})`]] : [];
}

/** Who did what to it. */
function history({ approval, tunings, settlements }: Report): string[] {
  const events = [
    ...(approval ? [{ ...approval, what: 'approved' }] : []),
    ...tunings.map(({ at, by, changes }) => ({ at, by, what: `tuned: ${changes.join('; ')}` })),
    ...settlements.map(({ at, by, call, costUsd }) => ({
      at,
      by,
      what: `settled ${call}: ${costUsd === 0 ? 'not billed' : `billed ${usd(costUsd)}`}`,
    })),
  ].sort((a, b) => a.at.localeCompare(b.at));
  if (events.length === 0) return [];
  const rows = events.map(({ at, by, what }) => [formatTime(at), by, what]);
  return ['', 'What people did', indent(formatTable(['at', 'by', 'what'], rows))];
}

/** Where it tells more than the sums. */
function spendingByDay({ spentByDay }: Report): string[] {
  if (new Set(spentByDay.map(({ day }) => day)).size < 2) return [];
  const rows = spentByDay.map(({ day, model, spentUsd }) => [day, model, usd(spentUsd)]);
  return ['', 'Spent by day (UTC)', indent(formatTable(['day', 'asked of', 'spent'], rows))];
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
  const [first] = calls;
  if (!first) return [];
  const rows = calls.map(({ call, item, account, worstCaseUsd, repaid }) => [
    call,
    item,
    account,
    usd(worstCaseUsd),
    repaid ? 'yes' : 'no',
  ]);
  const columns = ['call', 'item', 'asked of', 'cost at most', 'asked again'];
  return [
    '',
    'Calls of which nobody knows whether they were billed',
    indent(formatTable(columns, rows)),
    wrap(`When the provider's bill tells: backfill settle '${first.call}' --paid, or --unpaid`),
  ];
}

function usd(amount: number): string {
  return formatUsd(nanodollars(amount));
}
