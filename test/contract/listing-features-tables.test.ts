import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JudgedQuery, VerifyTable } from '../../src/backfills/define.ts';
import {
  KITCHEN,
  type ListingWorld,
  listing,
  openListingWorld,
  RANCH,
  selection,
} from './listing-features-world.ts';

let world: ListingWorld;
beforeAll(async () => {
  world = await openListingWorld();
  await world.listings(
    listing('1', ['a', 'b'], { visual_features_text: 'White home, granite.' }),
    listing('2', ['a', 'gone', 'broken']),
    listing('3', ['gone']),
    { zpid: '4', visual_features_text: 'White cabinets.' },
    { _id: 'no-zpid', visual_features_text: 'a document all the same' },
  );
  await world.cached({ a: RANCH, b: KITCHEN, broken: 'no json' });
  await world.open().prepare();
});
afterAll(() => world.close());

const rowsOf = (table: VerifyTable | undefined) =>
  Object.fromEntries(table?.rows.map((row) => [row[0], row.slice(1)]) ?? []);

/** As a run does, without a journal. */
async function write(ids: string[]): Promise<void> {
  const { source, process } = world.open();
  for (const item of await source.readByIds('r', ids)) {
    const processed = await process(item, () => Promise.reject());
    if (processed.kind === 'skip' || processed.changes[0]?.kind !== 'fields') continue;
    const doc = Object.fromEntries(
      Object.entries(processed.changes[0].fields).filter(([, text]) => text !== null),
    );
    await world.client.update({ index: world.index, id: item.id, body: { doc } });
  }
}

describe('before a run', () => {
  test('verify says that there is nothing to verify', async () => {
    await expect(world.open().verify()).rejects.toThrow(/has not run/);
  });

  test('coverage tells how much of the photos the cache knows', async () => {
    const [listings, photos, left] = (await world.open().coverage?.('all')) ?? [];
    expect(listings?.title).toContain('4 of 4 listings');
    expect(rowsOf(listings)).toEqual({
      full: [1, 25],
      partial: [1, 25],
      none: [1, 25],
      'no images': [1, 25],
    });
    expect(rowsOf(photos)).toEqual({ readable: [3, 50], unreadable: [1, 16.7], missing: [2, 33.3] });
    expect(rowsOf(left)['features of exterior and unknown photos']).toEqual([2]);
    const sampled = await world.open().coverage?.(2);
    expect(sampled?.[0]?.title).toContain('2 of 4 listings');
  });

  test('a preview shows the texts beside what the listings hold, and writes nothing', async () => {
    const before = await world.sourceOf('1');
    const tables = (await world.open().preview?.(['1', '3', '4', 'x'])) ?? [];
    expect(tables.map(({ title }) => title)).toEqual([
      'Listing 1: 2 photos, 2 with an analysis; 0 beyond the caps, 1 without a place',
      'Listing 3: skipped (no_cached_analyses): 1 photo, 0 with an analysis',
      'Listing 4: skipped, as it has no images (no_images)',
      `Not in ${world.index}`,
    ]);
    expect(rowsOf(tables[0])).toEqual({
      exterior_visual_features: [null, 'ranch style white exterior with vinyl'],
      interior_visual_features: [null, 'white cabinets'],
      amenities_visual_features: [null, 'front porch, fireplace'],
      visual_features_text: ['White home, granite.', 'stays as it is'],
    });
    expect(await world.sourceOf('1')).toEqual(before);
  });

  test('the costs beside paid calls are told, and what they spare', async () => {
    const backfill = world.open();
    const survey = await backfill.source.survey('r', selection());
    expect(await backfill.sideCosts?.(survey)).toEqual({
      costs: [
        { what: 'cache reads', amount: 6, each: 250 },
        { what: 'index updates', amount: 4, each: 100_000 },
      ],
      spared: [{ what: 'image analyses', amount: 6, each: 200_000 }],
    });
  });
});

describe('after a run', () => {
  beforeAll(() => write(['1', '2', '3', '4']));

  test('verify counts the fields, and holds them against what the cache says now', async () => {
    const [fields, spots] = await world.open().verify({ seed: 1 });
    expect(fields).toMatchObject({ passed: false });
    expect(rowsOf(fields)['all three']).toEqual([1, 25]);
    expect(rowsOf(fields).amenities_visual_features).toEqual([2, 50]);
    expect(spots).toMatchObject({ passed: true });
    expect(rowsOf(spots)).toEqual({ '1': [2, 'equal'] });
  });

  test('verify finds a listing whose texts are not those of its photos', async () => {
    const doc = { amenities_visual_features: 'pool' };
    await world.client.update({ index: world.index, id: '1', body: { doc } });
    const [, spots] = await world.open().verify();
    expect(spots).toMatchObject({ passed: false });
    expect(rowsOf(spots)).toEqual({ '1': [2, 'not equal: amenities_visual_features'] });
  });

  test('verify judges searches: strictly better on average, and none much worse', async () => {
    const white: JudgedQuery = { query: 'white', field: 'exterior_visual_features', relevant: ['1'] };
    const worse: JudgedQuery = { query: 'cabinets', field: 'exterior_visual_features', relevant: ['4'] };
    const judge = async (...queries: JudgedQuery[]) => (await world.open().verify({ queries })).at(-1);
    expect(await judge({ ...white, relevant: ['1', '2'], query: 'ranch' })).toMatchObject({ passed: true });
    expect(await judge(white)).toMatchObject({
      passed: false,
      rows: [
        ['white', white.field, 0.1, 0.1],
        ['mean of 1', '', 0.1, 0.1],
      ],
    });
    expect((await judge(worse))?.rows[0]).toEqual(['cabinets', worse.field, 0.1, 0]);
    await expect(judge(white, { ...white, field: 'exterior' })).rejects.toThrow(/no such field/);
  });

  test('an export has the field of every document, also of those without an id', async () => {
    const all = await Array.fromAsync(world.open().exportField?.('visual_features_text') ?? []);
    expect(all).toEqual([
      { id: '1', value: 'White home, granite.' },
      { id: '2', value: null },
      { id: '3', value: null },
      { id: '4', value: 'White cabinets.' },
      { id: 'no-zpid', value: 'a document all the same' },
    ]);
    await expect(Array.fromAsync(world.open().exportField?.('sqft') ?? [])).rejects.toThrow(/no field sqft/);
  });
});
