/** What became of a run's items. `total` is what was planned; what no other counter holds is pending. */
export interface Counts {
  total: number;
  /** Written, with at least one answer bought for this item in this run (or with no paid call needed). */
  written: number;
  /** Written from answers that were already paid for: by an earlier run, or for another copy of the same bytes. */
  cached: number;
  skipped: number;
  failed: number;
  /** Held for a person: the outcome of one of the item's calls is unknown and `--on-unknown hold` was given. */
  unknown: number;
  /** Not written because somebody else changed the row between our read and our write. */
  conflicts: number;
}

export const NO_COUNTS: Counts = {
  total: 0,
  written: 0,
  cached: 0,
  skipped: 0,
  failed: 0,
  unknown: 0,
  conflicts: 0,
};

export const COUNT_NAMES = Object.keys(NO_COUNTS) as (keyof Counts)[];

export function addCounts(a: Counts, b: Counts): Counts {
  return Object.fromEntries(COUNT_NAMES.map((name) => [name, a[name] + b[name]])) as unknown as Counts;
}

/** Items with a final result. */
export function settled(counts: Counts): number {
  return counts.written + counts.cached + counts.skipped + counts.failed + counts.unknown + counts.conflicts;
}

export function pending(counts: Counts): number {
  return counts.total - settled(counts);
}
