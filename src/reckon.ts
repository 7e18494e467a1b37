import type { PricedAmount, SideCosts, UnitSize } from './backfills/define.ts';
import type { Outlook } from './client.ts';
import { accountOf } from './domain/account.ts';
import type { ExpectedCall } from './domain/call.ts';
import { type CostInterval, estimateTotal, scaled } from './domain/estimate.ts';
import { expectedRest } from './domain/expected-rest.ts';
import type { Nanodollars } from './domain/money.ts';
import { type RunTime, runTime } from './domain/run-time.ts';
import type { RunSettings } from './domain/settings.ts';
import type { LookedItem } from './look.ts';
import { expectedCost, expectedTokens } from './vision/expected-cost.ts';

/** What a run would cost and how long it would take, before anything is started. */
export interface Estimate {
  backfill: string;
  outlook: Outlook;
  /** How many items the ledger answers already; expected from those looked at. Null: nobody has looked. */
  free: number | null;
  looked: { items: number; unreadable: number; example: string | null };
  /** How much of what all items cost is still to be bought, 0 to 1. */
  toBuy: { share: number; low: number; high: number };
  /** Of the paid calls of the run that would begin now: what its budget is about. */
  cost: CostInterval;
  /** What it costs beside them, and what it spares; null where that is nothing. */
  side: SideCosts | null;
  /** Empty where each unit is one item, or nothing is asked. */
  units: UnitEstimate[];
  accounts: AccountEstimate[];
  /** At the given rates and hours. */
  time: RunTime;
  /** What of it nobody knows, in a sentence. */
  assuming?: string | undefined;
  /** Present when items were bought to know. */
  sample?: Sampled;
}

export interface UnitEstimate extends UnitSize {
  /** As of all items where not every one was looked at. */
  free: number | null;
  cost: CostInterval;
}

export interface AccountEstimate {
  /** `provider/model`. */
  account: string;
  calls: number;
  tokens: number;
  cost: CostInterval;
  time: RunTime;
}

export interface Sampled {
  runId: string;
  items: number;
  seed: number;
  spent: Nanodollars;
  /** Sample and run together. */
  inAll: CostInterval;
}

/** What an estimate is made of. */
export interface Reckoning {
  backfill: string;
  outlook: Outlook;
  calls: ExpectedCall[];
  assuming?: string;
  settings: Pick<RunSettings, 'prices' | 'rates' | 'hours'>;
  side: SideCosts | null;
  units: UnitSize[];
  looked: LookedItem[];
  /** Something is known about what the ledger answers. */
  known: boolean;
}

export function reckon(reckoning: Reckoning): Estimate {
  const { backfill, outlook, calls, settings, side, looked, known } = reckoning;
  const { items } = outlook;
  const rests = looked.map(({ unit, progress }) => {
    const rest = expectedRest(calls, progress);
    return { unit, rest, cost: expectedCost(rest, 1, settings.prices).expected };
  });
  const all = expectedCost(calls, items, settings.prices);
  const toBuy = shareToBuy(rests, items, all.expected, known);
  const free = rests.filter(({ rest }) => rest.length === 0).length / Math.max(1, looked.length);
  const accounts = accountsOf(averageOf(calls, rests), items, settings);
  const cannot = looked.filter(({ unreadable }) => unreadable !== null);
  const cost = {
    expected: Math.round(all.expected * toBuy.share),
    low: Math.floor(all.low * toBuy.low),
    high: Math.ceil(all.high * toBuy.high),
  };
  return {
    backfill,
    outlook,
    free: known ? Math.round(free * items) : null,
    looked: {
      items: looked.length,
      unreadable: cannot.length,
      example: cannot[0]?.unreadable ?? null,
    },
    toBuy,
    cost,
    side,
    units: unitsEstimated(reckoning, rests, cost, known ? free : null),
    accounts,
    time: runTime(accounts, settings.rates, settings.hours, Date.now()),
    assuming: reckoning.assuming,
  };
}

/** Paid calls and all else. */
export function wholeCost({
  cost: { expected, low, high },
  side,
}: Pick<Estimate, 'cost' | 'side'>): CostInterval {
  const beside = sumOf(side?.costs ?? []);
  return { expected: expected + beside, low: low + beside, high: high + beside };
}

export function sumOf(amounts: readonly PricedAmount[]): Nanodollars {
  return amounts.reduce((sum, { amount, each }) => sum + amount * each, 0);
}

interface Rest {
  unit: string;
  rest: ExpectedCall[];
  cost: Nanodollars;
}

function shareToBuy(rests: Rest[], items: number, all: Nanodollars, known: boolean): Estimate['toBuy'] {
  if (rests.length === 0 || all === 0) return { share: 1, low: known ? 1 : 0, high: 1 };
  const costs = rests.map(({ cost }) => cost);
  const { expected, low, high } = estimateTotal(costs, items, all / items);
  const [share, least, most] = [expected, low, high].map((one) => Math.min(1, one / all)) as [
    number,
    number,
    number,
  ];
  return { share, low: least, high: most };
}

/** Unit by unit where every item was looked at; otherwise each has its part of what is known of all. */
function unitsEstimated(
  { units, outlook: { items } }: Reckoning,
  rests: Rest[],
  cost: CostInterval,
  free: number | null,
): UnitEstimate[] {
  const own = rests.length === items ? Map.groupBy(rests, ({ unit }) => unit) : undefined;
  const costOf = (some: readonly Rest[]) => some.reduce((sum, one) => sum + one.cost, 0);
  const whole = Math.max(1, costOf(rests));
  return units.map((unit) => {
    const seen = own?.get(unit.unit);
    if (!seen)
      return {
        ...unit,
        free: free === null ? null : Math.round(free * unit.items),
        cost: scaled(cost, unit.items / items),
      };
    return {
      ...unit,
      free: seen.filter(({ rest }) => rest.length === 0).length,
      cost: scaled(cost, costOf(seen) / whole),
    };
  });
}

function averageOf(calls: ExpectedCall[], rests: Rest[]): ExpectedCall[] {
  if (rests.length === 0) return calls;
  const shares = new Map<string, number>();
  for (const { operation, share } of rests.flatMap(({ rest }) => rest))
    shares.set(operation, (shares.get(operation) ?? 0) + share);
  return calls.map((call) => ({ ...call, share: (shares.get(call.operation) ?? 0) / rests.length }));
}

function accountsOf(
  average: ExpectedCall[],
  items: number,
  { prices, rates, hours }: Reckoning['settings'],
): AccountEstimate[] {
  return [...Map.groupBy(average, accountOf)].map(([account, calls]) => {
    const sum = (of: (call: ExpectedCall) => number) =>
      Math.round(items * calls.reduce((all, call) => all + call.share * of(call), 0));
    const load = { account, calls: sum(() => 1), tokens: sum((call) => expectedTokens(call, prices)) };
    return {
      ...load,
      cost: expectedCost(calls, items, prices),
      time: runTime([load], rates, hours, Date.now()),
    };
  });
}
