import type { ExpectedCall } from '../domain/call.ts';
import type { CostInterval } from '../domain/estimate.ts';
import { nanodollars } from '../domain/money.ts';
import type { PriceList } from '../domain/prices.ts';

/** What so many items will cost by the calls that they are expected to make. Being built. */
export function expectedCost(
  _calls: readonly ExpectedCall[],
  items: number,
  _prices: PriceList,
): CostInterval {
  const expected = items * nanodollars(0.021);
  return { expected, low: expected, high: expected };
}
