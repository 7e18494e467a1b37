import { NO_COUNTS } from '../domain/counts.ts';
import type { ItemResult, Receipt } from '../domain/page.ts';

/** Counts what became of a page's items, once they met the data. `missing` as `PageWork` has it. */
export function tally(
  outcomes: readonly { status: ItemResult['status'] | 'conflict'; class?: string }[],
  missing: number,
): Pick<Receipt, 'counts' | 'classes'> {
  const counts = { ...NO_COUNTS };
  const classes: Record<string, number> = {};
  const count = (name: string, by: number) => {
    classes[name] = (classes[name] ?? 0) + by;
  };
  for (const { status, class: name } of outcomes) {
    if (status === 'deferred') continue;
    counts[status === 'conflict' ? 'conflicts' : status] += 1;
    if (status === 'failed' || status === 'skipped') count(name ?? status, 1);
  }
  if (missing > 0) {
    counts.skipped += missing;
    count('gone', missing);
  } else if (missing < 0) counts.total -= missing;
  return { counts, classes };
}
