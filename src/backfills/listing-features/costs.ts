import type { Nanodollars } from '../../domain/money.ts';
import type { SideCosts, Survey } from '../define.ts';
import { SOURCE, toListing } from './listing.ts';
import { draw } from './sample.ts';
import { queryOf, type Selecting } from './selection.ts';

/** Of the seed document, 2025-10, in nanodollars. DynamoDB on demand, us-east-1: $0.25 per million reads. */
const CACHE_READ: Nanodollars = 250;
/** One update of a document in OpenSearch: $0.0001. */
const INDEX_UPDATE: Nanodollars = 100_000;
/** What one analysis by a vision model cost: $7.94 for 39,700 images. */
const ANALYSIS: Nanodollars = 200_000;

/** Above, the images of some are counted for all. */
const COUNTED_ALL = 5_000;
const COUNTED = 1_000;

/** Reads of the cache and updates of the index, and the analyses that need not be bought again. */
export async function sideCosts(
  selecting: Selecting,
  { items, selection }: Survey,
  ids?: readonly string[],
): Promise<SideCosts> {
  const size = items <= COUNTED_ALL ? items : COUNTED;
  const query = await queryOf(selecting, { selection, ids });
  const drawn = size > 0 ? await draw(selecting.index, { query, size, seed: 0 }) : [];
  const listings = (await selecting.index.get(drawn, SOURCE)).map(toListing);
  const counted = listings.reduce((sum, { urls }) => sum + urls.length, 0);
  const images = listings.length > 0 ? Math.round((counted * items) / listings.length) : 0;
  return {
    costs: [
      { what: 'cache reads', amount: images, each: CACHE_READ },
      { what: 'index updates', amount: items, each: INDEX_UPDATE },
    ],
    spared: [{ what: 'image analyses', amount: images, each: ANALYSIS }],
  };
}
