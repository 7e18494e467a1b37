import type { Nanodollars } from './money.ts';

/** What something will probably cost: with 95 % confidence between `low` and `high`. */
export interface CostInterval {
  expected: Nanodollars;
  low: Nanodollars;
  high: Nanodollars;
}
