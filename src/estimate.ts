import { hash } from 'node:crypto';
import type { Item, Source, UnitSize } from './backfills/define.ts';
import { pricesOf } from './backfills/prices.ts';
import { BACKFILLS, definitionOf } from './backfills/registry.ts';
import type { BackfillClient } from './client.ts';
import type { ExpectedCall } from './domain/call.ts';
import { RunPaused, UsageError } from './domain/failure.ts';
import type { Selection } from './domain/page.ts';
import type { PriceList } from './domain/prices.ts';
import { newRunId } from './domain/run-id.ts';
import { DEFAULT_SETTINGS } from './domain/settings.ts';
import { type Looking, lookAt } from './look.ts';
import { type Estimate, reckon } from './reckon.ts';
import { asRun, type StartRequest } from './start-request.ts';
import { expectedCost } from './vision/expected-cost.ts';

export type { Estimate } from './reckon.ts';

export interface EstimateOptions extends Looking {
  /** Items whose images are read, to see what the ledger answers. */
  look?: 'all' | number | undefined;
  backfills?: typeof BACKFILLS;
}

/** Enough to know a share of one in two thousand, and read within a minute. */
export const LOOKED_AT = 2_000;

/**
 * Counts, looks at the ledger, and reckons with what items ask as a rule. Buys and writes nothing. Throws UsageError
 * for a model without a price.
 */
export async function estimate(
  client: Pick<BackfillClient, 'survey' | 'surroundings' | 'runs'>,
  request: StartRequest,
  { look = LOOKED_AT, backfills = BACKFILLS, ...looking }: EstimateOptions = {},
): Promise<Estimate> {
  const definition = definitionOf(request.backfill, backfills);
  const usual = definition.expects(definition.options.parse(request.options));
  const given = { ...DEFAULT_SETTINGS, ...request.settings, options: request.options };
  const settings = { ...given, prices: pricesOf(definition, given) };
  priced(usual, settings.prices);
  const outlook = await client.survey(request);
  const { items, selection } = outlook;
  const usually = { backfill: request.backfill, outlook, calls: usual, settings };
  if (items === 0) return reckon({ ...usually, side: null, units: [], looked: [], known: true });
  const backfill = client.surroundings.backfillOf(asRun(request));
  const reckoning = { ...usually, ...(await backfill.expects?.(outlook, request.ids)) };
  const { calls } = reckoning;
  const sampled = (size: number) =>
    backfill.source.sample({ runId: newRunId(), selection, ids: request.ids, size, seed: 0 });
  const side = (await backfill.sideCosts?.(outlook, request.ids)) ?? null;
  // The ledger knows of paid calls alone.
  if (calls.length === 0) return reckon({ ...reckoning, side, units: [], looked: [], known: false });
  const units = async () =>
    request.ids ? countUnits(await sampled(items)) : unitsOf(backfill.source, selection);
  // Where there never was a run, nothing can have been bought.
  const virgin = (await client.runs()).length === 0;
  const size = virgin || look === 0 ? 0 : look === 'all' ? items : Math.min(look, items);
  const toLookAt = size > 0 ? inAnyOrder(await sampled(size)) : [];
  const looked = await lookAt(backfill, client.surroundings.ledger, toLookAt, looking);
  return reckon({
    ...reckoning,
    side,
    // Of one item each they tell nothing that the items do not.
    units: outlook.units === items ? [] : await units(),
    looked,
    known: virgin || looked.length > 0,
  });
}

const UNITS_PER_READ = 5_000;

async function unitsOf(source: Source, selection: Selection): Promise<UnitSize[]> {
  const units: UnitSize[] = [];
  for (;;) {
    const more = await source.units(newRunId(), selection, units.at(-1)?.unit ?? null, UNITS_PER_READ);
    units.push(...more);
    if (more.length < UNITS_PER_READ) return units;
  }
}

function countUnits(items: readonly Item[]): UnitSize[] {
  return [...Map.groupBy(items, ({ unit }) => unit)].map(([unit, own]) => ({ unit, items: own.length }));
}

/** A look that time ends has then seen items by chance, not the first units alone. */
function inAnyOrder(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, place: hash('sha1', item.id, 'hex') }))
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .map(({ item }) => item);
}

function priced(calls: ExpectedCall[], prices: PriceList): void {
  try {
    expectedCost(calls, 1, prices);
  } catch (error) {
    if (!(error instanceof RunPaused)) throw error;
    throw new UsageError(error.message, undefined, { cause: error });
  }
}
