import { describe, expect, test } from 'vitest';
import { readAnalysis } from '../../../src/domain/listing/read-analysis.ts';
import { splitVisualFeatures } from '../../../src/domain/listing/split.ts';
import { generateListings, type SampleListing } from '../../../src/stack/listings/generate.ts';
import { ODDITIES } from '../../../src/stack/listings/oddities.ts';
import { planListings } from '../../../src/stack/listings/plan.ts';

const SAMPLE = [...generateListings(planListings())];

/** What is to be seen in the listing that the oddity is planted in. */
const SHOWS: Record<string, (listing: SampleListing) => boolean> = {
  'null-fields': (listing) => read(listing).some(({ features }) => features === null),
  'mixed-case-and-underscores': (listing) =>
    /[a-z]_[a-z]/.test(said(listing)) && /[A-Z]{3} {2}[A-Z]/.test(said(listing)),
  'duplicate-features': (listing) => read(listing).some(({ materials }) => repeats(materials)),
  'duplicate-image-urls': (listing) =>
    repeats(urls(listing)) && listing.cached.length === new Set(urls(listing)).size,
  'unknown-image-types': (listing) => read(listing).some(({ image_type }) => image_type === 'drone'),
  'no-images': ({ document, cached }) => document.image_vectors?.length === 0 && cached.length === 0,
  'analysis-not-json': (listing) => unreadable(listing).some((text) => /^Here is/.test(String(text))),
  'analysis-cut-off': (listing) =>
    unreadable(listing).some((text) => String(text).startsWith('{"features":')),
  'analysis-is-a-list': (listing) => unreadable(listing).some((one) => Array.isArray(one)),
  'analysis-is-a-list-in-json': (listing) =>
    unreadable(listing).some((text) => String(text).startsWith('["')),
  'nothing-cached': ({ cached, document }) =>
    cached.length === 0 && (document.image_vectors?.length ?? 0) >= 10,
  'no-image-vectors': ({ document, cached }) => !('image_vectors' in document) && cached.length === 0,
  'only-interior': (listing) => split(listing).exterior === null && split(listing).interior !== null,
  'only-exterior': (listing) => split(listing).exterior !== null && split(listing).interior === null,
  'many-images': (listing) => urls(listing).length === 400 && listing.cached.length === 400,
  'not-ascii': (listing) => said(listing).includes('日本庭園'),
  'very-long-feature': (listing) => Buffer.byteLength(split(listing).interior ?? '') > 32_766,
  'earlier-field': ({ document }) => document.interior_visual_features === 'cozy den, written by hand',
  'shared-image-url': (listing) =>
    borrowers().some((other) => urls(listing).includes(other.borrowed[0] ?? '')),
  'unknown-keys': (listing) =>
    'hoa' in listing.document && read(listing).every((one) => 'roof_age_years' in one),
  'text-for-list': (listing) => read(listing).some(({ materials }) => materials === 'brick'),
  'wrong-types': (listing) => read(listing).some(({ exterior_color }) => exterior_color === 7),
  'words-for-nothing': (listing) => read(listing).some(({ exterior_color }) => exterior_color === 'N/A'),
};

describe('The oddities of the sample', () => {
  test.each(ODDITIES.map(({ kind, times = 1 }) => ({ kind, times })))(
    'have $kind, and say where',
    ({ kind, times }) => {
      const listings = SAMPLE.filter(({ oddity }) => oddity === kind);
      expect(listings).toHaveLength(times);
      for (const listing of listings) expect(SHOWS[kind]?.(listing)).toBe(true);
    },
  );

  test('lend an image to one usual listing, with one analysis for both', () => {
    const [borrower, ...others] = borrowers();
    expect(others).toEqual([]);
    const lender = SAMPLE.find(({ oddity }) => oddity === 'shared-image-url');
    const [url] = borrower?.borrowed ?? [];
    const held = [lender, borrower].map((one) => one?.cached.find(({ image_url }) => image_url === url));
    expect(held[0]).toBeDefined();
    expect(held[1]).toEqual(held[0]);
  });
});

function borrowers(): SampleListing[] {
  return SAMPLE.filter(({ borrowed }) => borrowed.length > 0);
}

function urls({ document }: SampleListing): string[] {
  return document.image_vectors?.map(({ image_url }) => image_url) ?? [];
}

function read({ cached }: SampleListing) {
  return cached.map(({ analysis }) => readAnalysis(analysis) ?? {});
}

function unreadable({ cached }: SampleListing): unknown[] {
  return cached.map(({ analysis }) => analysis).filter((analysis) => readAnalysis(analysis) === null);
}

function said(listing: SampleListing): string {
  return read(listing)
    .flatMap(({ features }) => features)
    .join('; ');
}

function split(listing: SampleListing) {
  return splitVisualFeatures(read(listing));
}

function repeats(list: unknown): boolean {
  return Array.isArray(list) && new Set(list).size < list.length;
}
