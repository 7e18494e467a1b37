import { pending, settled } from '../domain/counts.ts';
import { formatUsd } from '../domain/money.ts';
import type { Run } from '../domain/run.ts';
import { formatDuration } from './duration.ts';
import { stateInWords } from './pause-reason.ts';
import { timeLeft } from './rate-meter.ts';
import { formatCount } from './table.ts';

export type Shown = Pick<
  Run,
  'backfill' | 'state' | 'reason' | 'counts' | 'spent' | 'rollbackOf' | 'sample'
> & {
  /** Why it is slower than it could be. */
  slowness?: readonly string[];
};

const BAR_WIDTH = 24;

/** One line that fits into `columns`: what does not fit is left out from the end. */
export function progressBar(run: Shown, rate: number | null, columns: number): string {
  const parts = [bar(shareOf(run)), ...facts(run, rate)];
  let line = nameOf(run);
  for (const part of parts) {
    if (line.length + part.length + 2 >= columns) break;
    line += `  ${part}`;
  }
  return line;
}

/** The same for where nothing can be drawn over. */
export function progressLine(run: Shown, rate: number | null): string {
  return `${nameOf(run)}: ${facts(run, rate).join(', ')}`;
}

function facts(run: Shown, rate: number | null): string[] {
  const { counts, state, spent, slowness = [] } = run;
  const left = timeLeft(pending(counts), rate);
  const running = state === 'running';
  return [
    `${formatCount(settled(counts))}/${formatCount(counts.total)}`,
    `${Math.floor(shareOf(run) * 100)}%`,
    ...(running && rate !== null
      ? [`${rate < 9.95 ? rate.toFixed(1) : formatCount(Math.round(rate))}/s`]
      : []),
    ...(running && left !== null ? [`ETA ${formatDuration(left)}`] : []),
    formatUsd(spent),
    `${formatCount(counts.failed)} failed`,
    stateInWords(run),
    ...(running ? slowness : []),
  ];
}

function nameOf({ backfill, rollbackOf, sample }: Shown): string {
  if (rollbackOf) return `rollback of ${rollbackOf}`;
  return sample ? `${backfill}, sample for an estimate` : backfill;
}

function shareOf({ counts }: Shown): number {
  return counts.total === 0 ? 1 : settled(counts) / counts.total;
}

function bar(share: number): string {
  const full = Math.floor(share * BAR_WIDTH);
  return '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
}
