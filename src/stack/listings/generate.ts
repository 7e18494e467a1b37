import { type Dice, dice } from '../sample/random.ts';
import { type CacheItem, cacheItem } from './cache-item.ts';
import { documentOf, imageUrl, type ListingDocument, zpidOf } from './document.ts';
import { type Home, homeOf } from './home.ts';
import { analysesOf, type PlannedPhoto } from './photos.ts';
import type { Cover, ListingPlan } from './plan.ts';

export interface SampleListing {
  zpid: string;
  /** The document of OpenSearch, whose `_id` is the zpid. */
  document: ListingDocument;
  /** What is in the cache of its images, in the order of `image_vectors`, each URL once. */
  cached: CacheItem[];
  /** URLs of images that another listing brings into the cache. */
  borrowed: string[];
  cover: Cover | 'no images';
  /** What is true of the home, whatever its photos say. */
  home: Home;
  /** Null for usual listings. */
  oddity: string | null;
}

/** One after the other; the same plan always gives the same listings. */
export function* generateListings(plan: ListingPlan): Generator<SampleListing> {
  for (let number = 0; number < plan.listings; number++) yield sampleListing(plan, number);
}

function sampleListing(plan: ListingPlan, number: number): SampleListing {
  const choose = dice('listing', plan.seed, number);
  const zpid = zpidOf(plan, number);
  const home = homeOf(number, plan.seed);
  const oddity = plan.oddityOf(number)?.oddity;
  const photos = photosOf(plan, number);
  const document = documentOf({ zpid, home, photos, choose, vectorSize: plan.vectorSize });
  const held = new Map(inCache(photos, plan.coverOf(number), choose).map((photo) => [photo.url, photo]));
  return {
    zpid,
    document: oddity?.document?.(document) ?? document,
    cached: [...held.values()].map((photo) => cacheItem(photo)),
    borrowed: photos.map(({ url }) => url).filter((url) => !url.includes(`/${zpid}-`)),
    cover: coverOf(photos, held.size),
    home,
    oddity: oddity?.kind ?? null,
  };
}

/** Pure, so that a listing can show an image of another one without waiting for it. */
function photosOf(plan: ListingPlan, number: number): PlannedPhoto[] {
  const choose = dice('photos', plan.seed, number);
  const zpid = zpidOf(plan, number);
  const analyses = analysesOf(homeOf(number, plan.seed), plan.imagesOf(number), choose);
  const usual = analyses.map((analysis, at) => ({ url: imageUrl(zpid, at), analysis }));
  const photos = plan.oddityOf(number)?.oddity.photos?.(usual) ?? usual;
  const lender = plan.lenderOf(number);
  const [lent] = lender === null ? [] : photosOf(plan, lender);
  return lent ? photos.with(-1, lent) : photos;
}

function inCache(photos: readonly PlannedPhoto[], cover: Cover, choose: Dice): PlannedPhoto[] {
  if (cover === 'none') return [];
  if (cover === 'full') return [...photos];
  const [missing, found] = choose.some([...photos.keys()], 2);
  return photos.filter((_, at) => at !== missing && (at === found || choose.chance(0.6)));
}

/** As it came out: a single image is there or not. */
function coverOf(photos: readonly PlannedPhoto[], held: number): SampleListing['cover'] {
  if (photos.length === 0) return 'no images';
  if (held === 0) return 'none';
  return held < new Set(photos.map(({ url }) => url)).size ? 'partial' : 'full';
}
