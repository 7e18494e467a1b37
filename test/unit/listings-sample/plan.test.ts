import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generateListings } from '../../../src/stack/listings/generate.ts';
import { planListings } from '../../../src/stack/listings/plan.ts';
import { judgedQueries } from '../../../src/stack/listings/queries.ts';

describe('The plan of a sample of listings', () => {
  test('gives each size its images, none too many for a usual listing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 0, max: 99 }), (listings, seed) => {
        const plan = planListings({ listings, seed });
        const numbers = Array.from({ length: listings }, (_, number) => number);
        const total = numbers.reduce((sum, number) => sum + plan.imagesOf(number), 0);
        // Below, the listing of 400 images leaves the others no room.
        if (listings >= 100) expect(total).toBe(listings * 25);
        const usual = numbers.filter((number) => plan.oddityOf(number) === null);
        expect(usual.every((number) => plan.imagesOf(number) >= 10 && plan.imagesOf(number) <= 40)).toBe(
          true,
        );
        expect(plan.planted.length).toBeLessThanOrEqual(listings / 4);
        expect(new Set(plan.planted.map(({ number }) => number)).size).toBe(plan.planted.length);
      }),
      { numRuns: 100 },
    );
  });

  test('holds a few bytes for each of 200,000 listings, which come one after the other', () => {
    const plan = planListings({ listings: 200_000 });
    let images = 0;
    for (let number = 0; number < plan.listings; number++) images += plan.imagesOf(number);
    expect(images).toBe(5_000_000);
    const ids = new Set<string>();
    for (const { zpid } of generateListings(plan)) {
      if (ids.add(zpid).size === 500) break;
    }
    expect(ids.size).toBe(500);
  });

  test('refuses a size that is none', () => {
    expect(() => planListings({ listings: 0 })).toThrow('1 to 10,000,000 listings, not 0');
    expect(() => planListings({ images: [4, 3] })).toThrow('1 image or more, not 4 to 3');
  });
});

describe('The judged queries', () => {
  const queries = judgedQueries(planListings());

  test('are at least 24, five for each field, "white exterior" among them', () => {
    expect(new Set(queries.map(({ query }) => query)).size).toBe(queries.length);
    expect(queries.length).toBeGreaterThanOrEqual(24);
    const fields = Object.groupBy(queries, ({ field }) => field);
    expect(Object.keys(fields)).toHaveLength(3);
    for (const asked of Object.values(fields)) expect(asked?.length).toBeGreaterThanOrEqual(5);
    expect(fields.exterior_visual_features?.map(({ query }) => query)).toContain('white exterior');
  });

  test('have ten relevant listings each, and far from all', () => {
    for (const { relevant } of queries) {
      expect(new Set(relevant).size).toBe(relevant.length);
      expect(relevant.length).toBeGreaterThanOrEqual(10);
      expect(relevant.length).toBeLessThan(1_588 * 0.55);
    }
  });

  test('are judged by what is true of the homes', () => {
    const white = new Set(queries.find(({ query }) => query === 'white exterior')?.relevant);
    const homes = [...generateListings(planListings())];
    expect(homes.filter(({ home }) => home.color === 'white').map(({ zpid }) => zpid)).toEqual([...white]);
    expect(homes.some(({ zpid, home }) => !white.has(zpid) && home.interior.includes('white cabinets'))).toBe(
      true,
    );
  });
});
