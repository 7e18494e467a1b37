import type { Nanodollars } from './money.ts';

/** What something will probably cost: with 95 % confidence between `low` and `high`. */
export interface CostInterval {
  expected: Nanodollars;
  low: Nanodollars;
  high: Nanodollars;
}

/**
 * What all items cost, by what some of them cost that were chosen by chance (simply, or spread over strata: then the
 * interval is rather too wide). A correction for skewness moves the interval to where rare dear items would be.
 * Two made-up costs widen it, though they do not move the expectation: one of nothing, and one dearer than all that
 * were seen. So also where all of the sample cost the same the interval allows for others; dear items that are rarer
 * than one in fifty can hide from a sample of a hundred all the same. `usual`: what an item is thought to cost beforehand.
 */
export function estimateTotal(costs: readonly Nanodollars[], items: number, usual = 0): CostInterval {
  const known = sum(costs);
  if (costs.length >= items) return { expected: known, low: known, high: known };
  const n = Math.max(1, costs.length);
  const mean = costs.length > 0 ? known / n : usual;
  const { variance, skew } = spread([...costs, 0, Math.max(usual, ...costs) + 2 * mean]);
  const unseen = 1 - costs.length / items;
  const t = studentT(n + 1);
  const half = t * Math.sqrt((variance / n) * unseen);
  const shift = (skew / n) * Math.sqrt(variance) * (1 / 6 + t ** 2 / 3) * unseen;
  return {
    expected: Math.round(items * mean),
    low: Math.floor(Math.max(known, items * (mean - half + shift))),
    high: Math.ceil(items * (mean + half + shift)),
  };
}

export function scaled(cost: CostInterval, by: number): CostInterval {
  const { expected, low, high } = cost;
  return { expected: Math.round(expected * by), low: Math.floor(low * by), high: Math.ceil(high * by) };
}

/** What is left of an expected total when some of it is paid. */
export function less(cost: CostInterval, paid: Nanodollars): CostInterval {
  const left = (amount: Nanodollars) => Math.max(0, amount - paid);
  return { expected: left(cost.expected), low: left(cost.low), high: left(cost.high) };
}

function spread(values: readonly number[]): { variance: number; skew: number } {
  const mean = sum(values) / values.length;
  const variance = sum(values.map((value) => (value - mean) ** 2)) / (values.length - 1);
  const third = sum(values.map((value) => (value - mean) ** 3)) / values.length;
  return { variance, skew: variance > 0 ? third / variance ** 1.5 : 0 };
}

/** The 97.5 % quantile of Student's t, by its expansion around the normal one; good from three degrees of freedom on. */
function studentT(degrees: number): number {
  const z = 1.959964;
  const v = Math.max(3, degrees);
  return z + (z ** 3 + z) / (4 * v) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * v * v);
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}
