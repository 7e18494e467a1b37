import type { PricedAmount } from '../backfills/define.ts';
import type { CostInterval } from '../domain/estimate.ts';
import { toUsd } from '../domain/money.ts';
import type { RunTime } from '../domain/run-time.ts';
import type { Estimate } from '../estimate.ts';
import { wholeCost } from '../reckon.ts';
import { PRICES_AS_OF } from '../vision/prices.ts';

/** The estimate for programs. Money is US dollars. */
export function estimateJson(estimate: Estimate) {
  const { backfill, outlook, free, looked, side, units, accounts, time, sample } = estimate;
  return {
    backfill,
    items: outlook.items,
    skipped: outlook.skipped,
    free,
    looked,
    cost: usd(wholeCost(estimate)),
    sideCosts: (side?.costs ?? []).map(priced),
    spared: (side?.spared ?? []).map(priced),
    timeSeconds: seconds(time),
    slowest: time.slowest,
    accounts: accounts.map(({ account, calls, tokens, ...one }) => ({
      account,
      calls,
      tokens,
      cost: usd(one.cost),
      timeSeconds: seconds(one.time),
    })),
    units: units.map((unit) => ({ ...unit, cost: usd(unit.cost) })),
    sample: sample
      ? {
          runId: sample.runId,
          items: sample.items,
          seed: sample.seed,
          spentUsd: toUsd(sample.spent),
          inAll: usd(sample.inAll),
        }
      : null,
    assuming: estimate.assuming ?? null,
    pricesAsOf: PRICES_AS_OF,
  };
}

function priced({ what, amount, each }: PricedAmount) {
  return { what, amount, eachUsd: toUsd(each), usd: toUsd(amount * each) };
}

function usd({ expected, low, high }: CostInterval) {
  return {
    expectedUsd: toUsd(expected),
    interval: { lowUsd: toUsd(low), highUsd: toUsd(high), confidence: 0.95 },
  };
}

function seconds({ ms }: RunTime): number | null {
  return ms === null ? null : Math.round(ms / 1000);
}
