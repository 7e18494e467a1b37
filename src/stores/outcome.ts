import type { ItemResult } from '../domain/page.ts';

/** What became of an item once its changes met the data. */
export type Outcome = Omit<ItemResult, 'status'> & { status: ItemResult['status'] | 'conflict' };

export function isWritten({ status }: Pick<Outcome, 'status'>): boolean {
  return status === 'written' || status === 'cached';
}
