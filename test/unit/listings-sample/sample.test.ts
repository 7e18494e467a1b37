import { describe, expect, test } from 'vitest';
import { readAnalysis } from '../../../src/domain/listing/read-analysis.ts';
import { splitVisualFeatures } from '../../../src/domain/listing/split.ts';
import { generateListings, type SampleListing } from '../../../src/stack/listings/generate.ts';
import { planListings, type SampleSize } from '../../../src/stack/listings/plan.ts';

const SAMPLE = listingsOf();
const USUAL = SAMPLE.filter(({ oddity }) => oddity === null);

describe('The sample of listings', () => {
  test('has as many listings and images as the known one, 10 to 40 of a usual listing', () => {
    expect(SAMPLE).toHaveLength(1_588);
    const images = SAMPLE.map(({ document }) => document.image_vectors?.length ?? 0);
    expect(sum(images)).toBe(39_700);
    const usual = USUAL.map(({ document }) => document.image_vectors?.length ?? 0);
    expect([Math.min(...usual), Math.max(...usual)]).toEqual([10, 40]);
  });

  test('has all of the images of 94 listings of 100 in the cache, and none of 3', () => {
    const count = (cover: string) => SAMPLE.filter((listing) => listing.cover === cover).length;
    expect([count('full'), count('partial'), count('none'), count('no images')]).toEqual([1_490, 48, 48, 2]);
    for (const { cover, cached, document } of SAMPLE) {
      const urls = new Set(document.image_vectors?.map(({ image_url }) => image_url));
      if (cover === 'full') expect(cached).toHaveLength(urls.size);
      if (cover === 'none') expect(cached).toEqual([]);
      if (cover === 'partial') expect(cached.length > 0 && cached.length < urls.size).toBe(true);
      expect(cached.every(({ image_url }) => urls.has(image_url))).toBe(true);
    }
  });

  test('gives all three texts to at least nine listings of ten', () => {
    const complete = SAMPLE.filter((listing) => {
      const { exterior, interior, amenities } = splitOf(listing);
      return exterior && interior && amenities;
    });
    expect(complete.length).toBeGreaterThan(1_588 * 0.95);
  });

  test('has photos that disagree, and a majority that says what is true', () => {
    const whole = USUAL.filter(({ cover }) => cover === 'full');
    for (const listing of whole) {
      const { style, color } = listing.home;
      expect(splitOf(listing).exterior).toMatch(new RegExp(`^${style} style ${color} exterior with `));
    }
    const colors = whole.map(({ cached }) => new Set(cached.map((item) => analysisOf(item).exterior_color)));
    expect(colors.filter((said) => said.difference(new Set([null])).size > 1).length).toBeGreaterThan(500);
  });

  test("has the uploader's text, which speaks of white where only the cabinets are", () => {
    const misleading = USUAL.filter(
      ({ home, document }) =>
        home.color !== 'white' && document.visual_features_text?.includes('white cabinets'),
    );
    expect(misleading.length).toBeGreaterThan(100);
    const [first] = USUAL;
    expect(first?.document.visual_features_text).toMatch(
      /^Exterior: .+ style .+ home with .+\. Interior features: .+\. Property includes: .+\.$/,
    );
    // It was written when all of the photos had just been looked at.
    const forgotten = USUAL.filter(({ cover }) => cover === 'none');
    expect(forgotten.every(({ document }) => document.visual_features_text)).toBe(true);
  });

  test('has ids that are numbers, each once, in no order', () => {
    const ids = SAMPLE.map(({ zpid }) => Number(zpid));
    expect(new Set(ids).size).toBe(1_588);
    expect(SAMPLE.every(({ zpid, document }) => /^\d{7,9}$/.test(zpid) && document.zpid === zpid)).toBe(true);
    const rising = ids.filter((id, at) => id > (ids[at - 1] ?? 0)).length;
    expect(rising).toBeGreaterThan(500);
    expect(rising).toBeLessThan(1_100);
  });

  test('has a third of its analyses as JSON in a text, each image once', () => {
    const items = SAMPLE.flatMap(({ cached, borrowed }) =>
      cached.filter(({ image_url }) => !borrowed.includes(image_url)),
    );
    expect(new Set(items.map(({ image_url }) => image_url)).size).toBe(items.length);
    const texts = items.filter(({ analysis }) => typeof analysis === 'string').length;
    expect(texts / items.length).toBeCloseTo(1 / 3, 1);
  });

  test('is the same each time, and another one with another seed', () => {
    expect(listingsOf({ listings: 200 })).toEqual(listingsOf({ listings: 200 }));
    const ids = new Set(listingsOf({ listings: 200 }).map(({ zpid }) => zpid));
    const others = listingsOf({ listings: 200, seed: 1 });
    expect(others.some(({ zpid }) => ids.has(zpid))).toBe(false);
  });

  test('has vectors and numbers of images as asked for', () => {
    const [{ document } = {}] = listingsOf({ listings: 1, images: [2, 2], vectorSize: 3 });
    expect(document?.image_vectors?.map(({ vector }) => vector.length)).toEqual([3, 3]);
    const single = listingsOf({ listings: 200, images: [1, 1] });
    expect(new Set(single.map(({ cover }) => cover))).toEqual(new Set(['full', 'none', 'no images']));
  });
});

function listingsOf(size?: SampleSize): SampleListing[] {
  return [...generateListings(planListings(size))];
}

function splitOf({ cached }: SampleListing) {
  return splitVisualFeatures(cached.map(analysisOf));
}

function analysisOf({ analysis }: { analysis: unknown }) {
  return readAnalysis(analysis) ?? {};
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
