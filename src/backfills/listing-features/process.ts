import { type Split, type SplitOptions, splitVisualFeatures } from '../../domain/listing/split.ts';
import type { Processed } from '../define.ts';
import type { AnalysisCache } from './cache.ts';
import { FIELDS, fieldsOf, type Listing } from './listing.ts';

/** What the cache knows about a listing's photos, and what follows from it. */
export interface SplitListing {
  /** Photos whose analysis is there and can be read. */
  cached: number;
  /** Photos with something in the cache that is no analysis. */
  unreadable: number;
  /** Null: nothing is known about the photos. */
  split: Split | null;
}

export type SplitOne = (listing: Listing) => Promise<SplitListing>;

export function splitFrom(cache: AnalysisCache, options: SplitOptions): SplitOne {
  return async ({ urls }) => {
    const found = await cache.look(urls);
    // In the order of the photos, which decides ties.
    const analyses = urls.flatMap((url) => found.get(url) ?? []);
    return {
      cached: analyses.length,
      unreadable: found.size - analyses.length,
      split: analyses.length > 0 ? splitVisualFeatures(analyses, options) : null,
    };
  };
}

/** A skipped listing keeps the fields that it has: there is nothing better to put in their place. */
export async function processListing(
  listing: Listing,
  index: string,
  splitOne: SplitOne,
): Promise<Processed> {
  const { id, urls, seen, now, read } = listing;
  if (urls.length === 0) return { kind: 'skip', class: 'no_images' };
  const { split } = await splitOne(listing);
  if (!split) return { kind: 'skip', class: 'no_cached_analyses' };
  const fields = fieldsOf(split);
  const nothing = FIELDS.every((field) => fields[field] === null && now[field] === undefined);
  if (nothing) return { kind: 'skip', class: 'no_features' };
  return {
    kind: 'write',
    changes: [{ kind: 'fields', table: index, id, fields, seen, by: {}, read }],
  };
}
