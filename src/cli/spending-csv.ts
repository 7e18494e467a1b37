import { toUsd } from '../domain/money.ts';
import type { Run } from '../domain/run.ts';
import { spendingByDay } from '../report.ts';

/** What was spent, a line per day, run and model, oldest first. As RFC 4180 has it, with plain line feeds. */
export function spendingCsv(runs: readonly Pick<Run, 'runId' | 'backfill' | 'spentOn'>[]): string {
  const lines = runs.flatMap(({ runId, backfill, spentOn }) =>
    spendingByDay({ spentOn }).map(({ day, model, spent }) => [day, runId, backfill, model, usd(spent)]),
  );
  lines.sort((a, b) => a.join(' ').localeCompare(b.join(' ')));
  return [['day', 'run', 'backfill', 'model', 'spent_usd'], ...lines]
    .map((line) => line.map(quoted).join(','))
    .join('\n');
}

/** To the nanodollar, without an exponent. */
function usd(spent: number): string {
  return toUsd(spent)
    .toFixed(9)
    .replace(/\.?0+$/, '');
}

function quoted(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
