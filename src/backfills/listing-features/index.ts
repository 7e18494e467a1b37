import { RunPaused, UsageError } from '../../domain/failure.ts';
import type { Backfill, BackfillDefinition, Surroundings } from '../define.ts';
import { type AnalysisCache, createAnalysisCache } from './cache.ts';
import { compare } from './compare.ts';
import { sideCosts } from './costs.ts';
import { coverage } from './coverage.ts';
import { exportField } from './export.ts';
import type { Listing } from './listing.ts';
import { listingIndex } from './listing-index.ts';
import { check, migrate } from './migrate.ts';
import { type Options, options, splitOptions } from './options.ts';
import { preview } from './preview.ts';
import { processListing, splitFrom } from './process.ts';
import { listingSource } from './source.ts';
import { verify } from './verify.ts';

const NAME = 'listing-features';

/** Splits what was said about a listing's photos into three fields, from analyses that were paid for before. */
export const listingFeatures: BackfillDefinition<typeof options> = {
  name: NAME,
  summary: 'Split cached analyses of listing photos into exterior, interior and amenities; no model call',
  options,
  version: '1',
  keeps: 'opensearch',
  only: ['incomplete'],
  pages: { page: 1_000, pack: 1_000 },
  tells: ['coverage', 'compare', 'export', 'search'],
  expects: () => [],
  open,
};

function open({ opensearch, dynamodb }: Surroundings, given: Options): Backfill {
  const { client, journal } = opensearch;
  const index = listingIndex(client, given.index, given.idField);
  const cache = createAnalysisCache(dynamodb, given.cacheTable);
  const splitOne = splitFrom(cache, splitOptions(given));
  const selecting = { index, journal, backfill: NAME };

  return {
    async check() {
      const additions = await check(index);
      await requireCache(cache);
      return additions;
    },
    prepare: () => migrate(client, index),
    source: listingSource(selecting, journal),
    process: (item) => processListing(item.row as Listing, given.index, splitOne),
    verify: (request) => verify(index, splitOne, request),
    sideCosts: (survey, ids) => sideCosts(selecting, survey, ids),
    preview: (ids) => preview(index, splitOne, ids),
    compare: (ids, size) => compare(selecting, ids, size),
    coverage: (size) => coverage(index, splitOne, size),
    exportField: (field) => exportField(client, index, field),
  };
}

/** Asks for a photo that nobody has: a table that is missing, or closed to us, is told before a run starts. */
async function requireCache(cache: AnalysisCache): Promise<void> {
  try {
    await cache.load(['temporal-backfill:is-the-cache-there']);
  } catch (error) {
    if (!(error instanceof RunPaused)) throw error;
    throw new UsageError(error.message, undefined, { cause: error });
  }
}
