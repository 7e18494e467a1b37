import { FAILURE_CLASSES } from '../domain/failure.ts';
import type { Run } from '../domain/run.ts';
import type { Journal, RecordedItem } from '../stores/journal.ts';

/** The failed items of a run, as they come. */
export interface FailedItems {
  /** Those that were not there at the last look. */
  read(run: Run): Promise<RecordedItem[]>;
}

/** `atMost`: in all, the first that were found. Only classes that have grown since are read. */
export function createFailedItems(journal: Journal, atMost: number): FailedItems {
  const known = new Set<string>();
  const sizes = new Map<string, number>();
  return {
    async read({ runId, classes }) {
      if (known.size >= atMost) return [];
      const grown = Object.entries(classes).filter(
        ([name, size]) => name in FAILURE_CLASSES && sizes.get(name) !== size,
      );
      const recorded = await Promise.all(
        grown.map(([name]) => journal.failures(runId, { class: name, limit: atMost })),
      );
      const fresh = recorded
        .flat()
        .filter(({ item, status }) => status === 'failed' && !known.has(item))
        .slice(0, atMost - known.size);
      for (const [name, size] of grown) sizes.set(name, size);
      for (const { item } of fresh) known.add(item);
      return fresh;
    },
  };
}
