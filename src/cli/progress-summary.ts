import { pending, settled } from '../domain/counts.ts';
import type { Run } from '../domain/run.ts';
import { formatDuration } from './duration.ts';
import { timeLeft } from './rate-meter.ts';
import { type Cell, formatCount, formatPairs, indent } from './table.ts';

/** Times are ISO. */
export type Paced = Pick<Run, 'counts' | 'state' | 'createdAt'> & { finishedAt?: string | null | undefined };

/** In milliseconds. */
export interface Pace {
  /** Since the run was started, pauses included. */
  elapsed: number;
  /** Null before the first item. */
  perItem: number | null;
  /** Null where nothing moves, or nothing tells. */
  left: number | null;
}

/** `rate`: items per second of late; without one, what is left takes as long as what is done. */
export function paceOf(
  { counts, state, createdAt, finishedAt }: Paced,
  rate: number | null,
  now: number = Date.now(),
): Pace {
  const elapsed = Math.max(0, (finishedAt ? Date.parse(finishedAt) : now) - Date.parse(createdAt));
  const done = settled(counts);
  const perItem = done > 0 ? elapsed / done : null;
  const onAverage = perItem === null ? null : perItem * pending(counts);
  const moves = state === 'running' || pending(counts) === 0;
  return { elapsed, perItem, left: moves ? (timeLeft(pending(counts), rate) ?? onAverage) : null };
}

/** How far a run is, for a person, a line for each number. */
export function progressSummary(run: Paced, rate: number | null): string {
  const { counts } = run;
  const pace = paceOf(run, rate);
  return indent(
    formatPairs([
      ['total', `${formatCount(counts.total)} items`],
      ...doneSoFar(run),
      ['failed', counts.failed],
      ...pairsOfPace(pace),
      ['ETA', pace.left === null ? null : formatDuration(pace.left)],
    ]),
  );
}

export function doneSoFar({ counts }: Pick<Run, 'counts'>): [string, Cell][] {
  const done = settled(counts);
  const share = counts.total === 0 ? 1 : done / counts.total;
  return [
    ['processed', `${formatCount(done)} (${(share * 100).toFixed(1)} %)`],
    ['succeeded', counts.written + counts.cached],
  ];
}

export function pairsOfPace({ elapsed, perItem }: Pace): [string, Cell][] {
  return [
    ['elapsed', formatDuration(elapsed)],
    ['avg per item', perItem === null ? null : `${formatCount(Math.round(perItem))} ms`],
  ];
}
