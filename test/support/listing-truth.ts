import type { Json, JsonObject } from '../../src/domain/json.ts';
import { readAnalysis } from '../../src/domain/listing/read-analysis.ts';
import { splitVisualFeatures } from '../../src/domain/listing/split.ts';
import { generateListings } from '../../src/stack/listings/generate.ts';
import { planListings, type SampleSize } from '../../src/stack/listings/plan.ts';
import type { Listings } from './listing-world.ts';

export const FIELDS = [
  'exterior_visual_features',
  'interior_visual_features',
  'amenities_visual_features',
] as const;

/** What is known of a sample without any server: so what a run has to leave. */
export interface ListingTruth {
  /** Addresses of photos whose analysis is in the cache and can be read. */
  analysed: string[];
  /** Listings without a field so far, each of whose photos is analysed. */
  plain: ReadonlySet<string>;
  /** The document as an undisturbed run leaves it, by the photos that it has. */
  after(document: JsonObject): JsonObject;
}

export function listingTruth(size: SampleSize): ListingTruth {
  const sample = [...generateListings(planListings(size))];
  const held = new Map(
    sample.flatMap(({ cached }) => cached.map((one) => [one.image_url, readAnalysis(one.analysis)])),
  );
  return {
    analysed: [...held].filter(([, analysis]) => analysis !== null).map(([url]) => url),
    plain: new Set(
      sample.filter(({ cover, oddity }) => cover === 'full' && oddity === null).map(({ zpid }) => zpid),
    ),

    after(document) {
      const analyses = photosOf(document).flatMap((url) => held.get(url) ?? []);
      if (analyses.length === 0) return document;
      const { exterior, interior, amenities } = splitVisualFeatures(analyses);
      const [of, ofInside, ofMore] = FIELDS;
      const texts = { [of]: exterior, [ofInside]: interior, [ofMore]: amenities };
      const all = Object.entries({ ...document, ...texts });
      return Object.fromEntries(all.filter(([field, value]) => value !== null || !(field in texts)));
    },
  };
}

/** Of all listings; and how many of them are written. */
export function listingsAfter(
  before: Listings,
  truth: ListingTruth,
): { documents: Listings; written: number } {
  const documents: Listings = new Map([...before].map(([zpid, document]) => [zpid, truth.after(document)]));
  const written = [...before].filter(([zpid, document]) => !sameTexts(document, documents.get(zpid)));
  return { documents, written: written.length };
}

export function sameTexts(one: JsonObject | undefined, other: JsonObject | undefined): boolean {
  return FIELDS.every((field) => one?.[field] === other?.[field]);
}

function photosOf({ image_vectors }: JsonObject): string[] {
  const entries = [image_vectors].flat() as (Json | undefined)[];
  const urls = entries.map((entry) => (entry as JsonObject | null | undefined)?.image_url);
  return [...new Set(urls)].filter((url): url is string => typeof url === 'string' && url !== '');
}
