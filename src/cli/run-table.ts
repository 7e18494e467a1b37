import { isFinished } from '../client.ts';
import { settled } from '../domain/counts.ts';
import { formatUsd } from '../domain/money.ts';
import type { Run } from '../domain/run.ts';
import { formatDuration } from './duration.ts';
import { formatTable } from './table.ts';

/** One line per run. */
export function runTable(runs: readonly Run[]): string {
  const rows = runs.map((run) => [
    run.runId,
    whatOf(run),
    stateOf(run),
    run.counts.total,
    settled(run.counts),
    run.counts.failed,
    formatUsd(run.spent),
    run.createdAt.slice(0, 16).replace('T', ' '),
    formatDuration(
      (isFinished(run) ? Date.parse(run.finishedAt ?? run.createdAt) : Date.now()) -
        Date.parse(run.createdAt),
    ),
  ]);
  return formatTable(
    ['run', 'backfill', 'state', 'items', 'settled', 'failed', 'spent', 'started (UTC)', 'took'],
    rows,
  );
}

function whatOf({ backfill, rollbackOf, sample }: Run): string {
  if (rollbackOf) return `${backfill} (rollback of ${rollbackOf})`;
  return sample ? `${backfill} (sample for an estimate)` : backfill;
}

/** `paused (budget)`; a reason in full is for `status`. */
function stateOf({ state, reason }: Run): string {
  const name = state.replace('-', ' ');
  return state === 'paused' && reason && reason.kind !== 'operator' ? `${name} (${reason.kind})` : name;
}
