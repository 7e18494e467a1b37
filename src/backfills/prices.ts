import type { PriceList } from '../domain/prices.ts';
import type { RunSettings } from '../domain/settings.ts';
import type { BackfillDefinition } from './define.ts';

/** What a run pays over the built-in prices: what its options ask for, and over that what its user has given. */
export function pricesOf(
  definition: BackfillDefinition,
  { options, prices }: Pick<RunSettings, 'options' | 'prices'>,
): PriceList {
  return { ...definition.prices?.(definition.options.parse(options)), ...prices };
}
