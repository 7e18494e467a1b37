import { dice } from '../sample/random.ts';
import { ODDITIES, type Oddity } from './oddities.ts';

export interface SampleSize {
  /** Default: the seed's 1,588. */
  listings?: number;
  /** Other seeds are other homes. */
  seed?: number;
  /** Fewest and most images of a usual listing; their middle is the mean. Default: 10 to 40. */
  images?: readonly [fewest: number, most: number];
  /** Numbers in an image's vector. */
  vectorSize?: number;
}

/** How much of a listing's images the cache has. */
export type Cover = 'full' | 'partial' | 'none';

/** What is fixed for all listings together: a few bytes a listing, however many there are. */
export interface ListingPlan {
  listings: number;
  seed: number;
  vectorSize: number;
  imagesOf(number: number): number;
  coverOf(number: number): Cover;
  oddityOf(number: number): PlannedOddity | null;
  /** The listing of which this one shows an image. */
  lenderOf(number: number): number | null;
  planted: readonly PlannedOddity[];
}

export interface PlannedOddity {
  number: number;
  oddity: Oddity;
  /** A listing that shows the first image of this one as well. */
  partner: number | null;
}

export const KNOWN_LISTINGS = 1_588;
/** Shares of listings, as in the seed: some 94 % are left with every image in the cache. */
const NONE = 0.03;
const PARTIAL = 0.03;

/** Pure. All images together are listings × mean, oddities included, where there is room for it. Throws RangeError. */
export function planListings(size: SampleSize = {}): ListingPlan {
  const { listings = KNOWN_LISTINGS, seed = 0, images = [10, 40], vectorSize = 8 } = size;
  if (!Number.isInteger(listings) || listings < 1 || listings > 10_000_000)
    throw new RangeError(`A sample has 1 to 10,000,000 listings, not ${listings}.`);
  if (images[0] < 1 || images[1] < images[0])
    throw new RangeError(`A listing has 1 image or more, not ${images.join(' to ')}.`);
  const order = shuffledNumbers(listings, seed);
  const none = Math.round(listings * NONE);
  const partial = Math.round(listings * PARTIAL);
  const covers = new Map<number, Cover>();
  order.subarray(0, none).forEach((number) => {
    covers.set(number, 'none');
  });
  order.subarray(none, none + partial).forEach((number) => {
    covers.set(number, 'partial');
  });
  const planted = plant(order.subarray(none + partial), order.subarray(0, none));
  const oddities = new Map(planted.map((one) => [one.number, one]));
  const counts = imageCounts({ listings, seed, images, planted });
  return {
    listings,
    seed,
    vectorSize,
    planted,
    imagesOf: (number) => counts[number] ?? 0,
    coverOf: (number) => covers.get(number) ?? 'full',
    oddityOf: (number) => oddities.get(number) ?? null,
    lenderOf: (number) => planted.find(({ partner }) => partner === number)?.number ?? null,
  };
}

/** One for four listings at most; in fully cached ones, so that each shows in the texts. */
function plant(cached: Uint32Array, uncached: Uint32Array): PlannedOddity[] {
  const most = Math.floor((cached.length + uncached.length) / 4);
  const wanted = ODDITIES.flatMap((oddity) => Array.from({ length: oddity.times ?? 1 }, () => oddity));
  let taken = 0;
  return wanted.slice(0, most).flatMap((oddity) => {
    const number = oddity.uncached ? uncached[0] : cached[taken++];
    if (number === undefined) return [];
    // The partner is a usual listing far behind those that are planted in.
    const partner = oddity.sharesImage ? (cached.at(-1) ?? null) : null;
    return [{ number, oddity, partner: partner === number ? null : partner }];
  });
}

interface Counting {
  listings: number;
  seed: number;
  images: readonly [number, number];
  planted: readonly PlannedOddity[];
}

/** Each second listing has as many above the mean as the one before it has below. */
function imageCounts({ listings, seed, images: [fewest, most], planted }: Counting): Uint16Array {
  const choose = dice('images', seed);
  const counts = new Uint16Array(listings);
  for (let at = 0; at < listings; at += 2) {
    counts[at] = choose.int(fewest, most);
    if (at + 1 < listings) counts[at + 1] = fewest + most - (counts[at] ?? 0);
  }
  const odd = new Set<number>();
  for (const { number, oddity, partner } of planted) {
    odd.add(number);
    if (partner !== null) odd.add(partner);
    counts[number] = oddity.images ?? counts[number] ?? 0;
  }
  let surplus = counts.reduce((sum, count) => sum + count, 0) - Math.round((listings * (fewest + most)) / 2);
  for (let round = fewest; round <= most && surplus !== 0; round++) {
    for (let at = 0; at < listings && surplus !== 0; at++) {
      const moved = (counts[at] ?? 0) - Math.sign(surplus);
      if (odd.has(at) || moved < fewest || moved > most) continue;
      counts[at] = moved;
      surplus -= Math.sign(surplus);
    }
  }
  return counts;
}

/** Fisher and Yates. */
function shuffledNumbers(count: number, seed: number): Uint32Array {
  const choose = dice('order', seed, count);
  const order = Uint32Array.from({ length: count }, (_, number) => number);
  for (let at = count - 1; at > 0; at--) {
    const other = choose.int(0, at);
    [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
  }
  return order;
}
