import type { VerifyTable } from '../define.ts';
import type { Listing } from './listing.ts';
import { SOURCE, toListing } from './listing.ts';
import type { ListingIndex } from './listing-index.ts';
import { formatCount, percent } from './numbers.ts';
import type { SplitOne } from './process.ts';
import { draw } from './sample.ts';
import { exists } from './selection.ts';

/** Listings asked for at a time. */
const AT_ONCE = 500;

interface Tally {
  listings: Record<'full' | 'partial' | 'none' | 'no images', number>;
  images: { all: number; cached: number; unreadable: number };
  cut: { materials: number; interior: number; amenities: number };
  unplaced: number;
  unknownPhotos: number;
}

/** How much of the photos' analyses the cache has, by listing, and what of them finds no place in the fields. */
export async function coverage(
  index: ListingIndex,
  splitOne: SplitOne,
  size: number | 'all',
): Promise<VerifyTable[]> {
  await index.refresh();
  const query = exists(await index.by());
  const all = await index.count(query);
  const ids = await draw(index, { query, size: size === 'all' ? all : Math.min(size, all), seed: 0 });
  const tally: Tally = {
    listings: { full: 0, partial: 0, none: 0, 'no images': 0 },
    images: { all: 0, cached: 0, unreadable: 0 },
    cut: { materials: 0, interior: 0, amenities: 0 },
    unplaced: 0,
    unknownPhotos: 0,
  };
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const found = await index.get(ids.slice(at, at + AT_ONCE), SOURCE);
    await Promise.all(found.map(async (one) => add(tally, toListing(one), splitOne)));
  }
  return tables(tally, all);
}

async function add(tally: Tally, listing: Listing, splitOne: SplitOne): Promise<void> {
  const { urls } = listing;
  const { cached, unreadable, split } = await splitOne(listing);
  tally.listings[coverOf(urls.length, cached)] += 1;
  tally.images.all += urls.length;
  tally.images.cached += cached;
  tally.images.unreadable += unreadable;
  if (!split) return;
  const { cut, unplaced, unknownPhotos } = split.counts;
  tally.cut.materials += cut.materials;
  tally.cut.interior += cut.interior;
  tally.cut.amenities += cut.amenities;
  tally.unplaced += unplaced;
  tally.unknownPhotos += unknownPhotos;
}

function coverOf(images: number, cached: number): keyof Tally['listings'] {
  if (images === 0) return 'no images';
  if (cached === 0) return 'none';
  return cached === images ? 'full' : 'partial';
}

function tables({ listings, images, cut, unplaced, unknownPhotos }: Tally, all: number): VerifyTable[] {
  const looked = Object.values(listings).reduce((sum, one) => sum + one, 0);
  const missing = images.all - images.cached - images.unreadable;
  return [
    {
      title: `Analyses in the cache, by listing (${formatCount(looked)} of ${formatCount(all)} listings)`,
      columns: ['coverage', 'listings', '%'],
      rows: Object.entries(listings).map(([cover, count]) => [cover, count, percent(count, looked)]),
    },
    {
      title: 'Photos of these listings',
      columns: ['analysis', 'photos', '%'],
      rows: [
        ['readable', images.cached, percent(images.cached, images.all)],
        ['unreadable', images.unreadable, percent(images.unreadable, images.all)],
        ['missing', missing, percent(missing, images.all)],
      ],
    },
    {
      title: 'What finds no place in the fields',
      columns: ['what', 'number'],
      rows: [
        ['materials beyond the cap', cut.materials],
        ['interior features beyond the cap', cut.interior],
        ['amenities beyond the cap', cut.amenities],
        ['features of exterior and unknown photos', unplaced],
        ['photos of unknown type', unknownPhotos],
      ],
    },
  ];
}
