import type { JsonObject } from '../../domain/json.ts';
import type { VerifyTable } from '../define.ts';
import { FIELDS, fieldsOf, type Listing, SOURCE, toListing } from './listing.ts';
import type { ListingIndex } from './listing-index.ts';
import type { SplitOne } from './process.ts';
import { draw } from './sample.ts';
import { exists } from './selection.ts';

const CHECKED = 10;

/**
 * Splits some listings anew from what the cache holds now, and compares. Where there are listings with all three fields,
 * only these: one field alone may be older than any run.
 */
export async function spotChecks(
  index: ListingIndex,
  splitOne: SplitOne,
  seed: number,
): Promise<VerifyTable> {
  const present = FIELDS.map(exists);
  const complete = await drawn(index, { bool: { filter: present } }, seed);
  const listings =
    complete.length > 0
      ? complete
      : await drawn(index, { bool: { should: present, minimum_should_match: 1 } }, seed);
  const checked = await Promise.all(
    listings.map(async (listing) => ({ listing, verdict: await verdictOn(listing, splitOne) })),
  );
  return {
    title: `Spot checks of ${listings.length} listings, split anew (seed ${seed})`,
    columns: ['listing', 'photos', 'fields'],
    rows: checked.map(({ listing, verdict }) => [listing.id, listing.urls.length, verdict]),
    passed: checked.every(({ verdict }) => !verdict.startsWith(NOT_EQUAL)),
  };
}

const NOT_EQUAL = 'not equal';

async function drawn(index: ListingIndex, written: JsonObject, seed: number): Promise<Listing[]> {
  const query = { bool: { filter: [exists(await index.by()), written] } };
  const ids = await draw(index, { query, size: CHECKED, seed });
  return (await index.get(ids, SOURCE)).map(toListing);
}

async function verdictOn(listing: Listing, splitOne: SplitOne): Promise<string> {
  const { split } = await splitOne(listing);
  // A run would leave the fields as they are.
  if (!split) return 'no analysis to compare with';
  const fields = fieldsOf(split);
  const differing = FIELDS.filter((field) => fields[field] !== (listing.now[field] ?? null));
  return differing.length === 0 ? 'equal' : `${NOT_EQUAL}: ${differing.join(', ')}`;
}
