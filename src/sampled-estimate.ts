import type { BackfillClient } from './client.ts';
import { type CostInterval, estimateTotal, less, scaled } from './domain/estimate.ts';
import type { Nanodollars } from './domain/money.ts';
import type { Run } from './domain/run.ts';
import { runTime } from './domain/run-time.ts';
import { DEFAULT_SETTINGS } from './domain/settings.ts';
import type { Estimate } from './estimate.ts';
import { lookAt } from './look.ts';
import type { StartRequest } from './start-request.ts';

/**
 * The same estimate when the answers of a sample were bought (`run`, by {@link BackfillClient.startSample}): what all
 * items cost follows from what those cost. Buys and writes nothing.
 */
export async function sampledEstimate(
  client: Pick<BackfillClient, 'surroundings'>,
  request: StartRequest,
  before: Estimate,
  { run, seed }: { run: Run; seed: number },
): Promise<Estimate> {
  const { items } = before.outlook;
  const spent = run.spent;
  const worth = await worthOfSample(client, request, { run, seed });
  const inAll = partOf(estimateTotal(worth, items), before.toBuy, spent);
  const cost = less(inAll, spent);
  const left = (items - worth.length) / Math.max(1, items);
  const free = before.free === null ? null : Math.round(worth.length + before.free * left);
  const { rates, hours } = { ...DEFAULT_SETTINGS, ...request.settings };
  const accounts = before.accounts.map((one) => {
    const load = { calls: Math.round(one.calls * left), tokens: Math.round(one.tokens * left) };
    // A sample that was bought before tells nothing of accounts: then it is as expected.
    const usual = one.cost.expected / Math.max(1, before.cost.expected);
    const share = spent > 0 ? (run.spentBy[one.account] ?? 0) / spent : usual;
    const time = runTime([{ ...one, ...load }], rates, hours, Date.now());
    return { ...one, ...load, cost: scaled(cost, share), time };
  });
  return {
    ...before,
    free,
    cost,
    units: before.units.map((unit) => ({
      ...unit,
      free: free === null ? null : Math.round((unit.items * free) / Math.max(1, items)),
      cost: scaled(cost, unit.items / Math.max(1, items)),
    })),
    accounts,
    time: runTime(accounts, rates, hours, Date.now()),
    assuming: undefined,
    sample: { runId: run.runId, items: worth.length, seed, spent, inAll },
  };
}

/**
 * What each item of the sample costs, whoever paid: an answer that an earlier run bought tells as much as one that
 * this one did. Items of the same bytes share what they cost.
 */
async function worthOfSample(
  { surroundings }: Pick<BackfillClient, 'surroundings'>,
  { ids }: StartRequest,
  { run, seed }: { run: Run; seed: number },
): Promise<Nanodollars[]> {
  const { ledger } = surroundings;
  const backfill = surroundings.backfillOf(run);
  const { runId, selection } = run;
  const size = run.canaryItems ?? run.counts.total;
  const items = await backfill.source.sample({ runId, selection, ids, size, seed });
  const [costs, looked] = await Promise.all([ledger.costs(runId), lookAt(backfill, ledger, items)]);
  return looked.map(({ item, paid: { [runId]: _own, ...byOthers } }) => {
    const earlier = Object.values(byOthers).reduce((sum, cost) => sum + cost, 0);
    return (costs.get(item) ?? 0) + earlier;
  });
}

/** Of what all items cost, what was still to be bought before the sample; never less than the sample cost. */
function partOf(
  whole: CostInterval,
  { share, low, high }: Estimate['toBuy'],
  spent: Nanodollars,
): CostInterval {
  const part = (amount: number) => Math.max(spent, Math.round(amount));
  return {
    expected: part(whole.expected * share),
    low: part(whole.low * low),
    high: part(whole.high * high),
  };
}
