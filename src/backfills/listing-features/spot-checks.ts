import type { VerifyTable } from '../define.ts';
import { FIELDS, fieldsOf, type Listing, SOURCE, toListing } from './listing.ts';
import type { ListingIndex } from './listing-index.ts';
import type { SplitOne } from './process.ts';
import { draw } from './sample.ts';
import { exists } from './selection.ts';

const CHECKED = 10;

/** Splits some listings anew from what the cache holds now, and compares. */
export async function spotChecks(
  index: ListingIndex,
  splitOne: SplitOne,
  seed: number,
): Promise<VerifyTable> {
  const written = { bool: { should: FIELDS.map(exists), minimum_should_match: 1 } };
  const query = { bool: { filter: [exists(await index.by()), written] } };
  const ids = await draw(index, { query, size: CHECKED, seed });
  const listings = (await index.get(ids, SOURCE)).map(toListing);
  const differing = await Promise.all(
    listings.map(async (listing) => ({ listing, fields: await differingFields(listing, splitOne) })),
  );
  return {
    title: `Spot checks of ${listings.length} listings, split anew (seed ${seed})`,
    columns: ['listing', 'photos', 'fields'],
    rows: differing.map(({ listing, fields }) => [
      listing.id,
      listing.urls.length,
      fields.length === 0 ? 'equal' : `not equal: ${fields.join(', ')}`,
    ]),
    passed: differing.every(({ fields }) => fields.length === 0),
  };
}

async function differingFields(listing: Listing, splitOne: SplitOne): Promise<string[]> {
  const { split } = await splitOne(listing);
  const fields = split && fieldsOf(split);
  return FIELDS.filter((field) => (fields?.[field] ?? null) !== (listing.now[field] ?? null));
}
