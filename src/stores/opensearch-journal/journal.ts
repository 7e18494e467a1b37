import type { Journal } from '../journal.ts';

/** Runs over an index fix what they are about when they start: a search would no longer find what they have written. */
export interface OpenSearchJournal extends Journal {
  /** Keeps the run's list of items, in this order; once. Returns how many there are. */
  keepList(runId: string, items: AsyncIterable<string> | Iterable<string>): Promise<number>;
  /** Items of the list from one to another, both included, after a third; `limit` at most, in order. */
  listed(runId: string, range: ListRange): Promise<string[]>;
}

export interface ListRange {
  first?: string | undefined;
  last?: string | undefined;
  after?: string | null | undefined;
  limit: number;
}
