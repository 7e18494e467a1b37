import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Backfill } from '../../src/backfills/define.ts';
import type { Scope } from '../../src/domain/page.ts';
import { type ListingWorld, listing, openListingWorld, selection } from './listing-features-world.ts';

let world: ListingWorld;
beforeEach(async () => {
  world = await openListingWorld();
});
afterEach(() => world.close());

const TEN = Array.from({ length: 10 }, (_, n) => listing(`10${n}`, [`https://x/${n}.jpg`]));
const ids = (items: readonly { id: string }[]) => items.map(({ id }) => id);

async function begin(backfill: Backfill, runId: string, limit?: number): Promise<void> {
  await world.journal.migrate();
  await world.journal.openRun({ runId, backfill: 'listing-features' });
  const { selection: fixed } = await backfill.source.survey(runId, selection(), limit);
  await backfill.source.fix?.({ runId, selection: fixed, limit });
}

const scope = (firstUnit: string, lastUnit: string): Scope => ({
  ...{ id: 'pack-000000', firstUnit, lastUnit, units: 10, items: 10 },
});

describe('the selection', () => {
  test('is counted by which of the three fields a listing lacks', async () => {
    await world.open().prepare();
    const two = { exterior_visual_features: 'a', interior_visual_features: 'b' };
    await world.listings(
      listing('1', []),
      listing('2', [], two),
      listing('3', [], { ...two, amenities_visual_features: 'c' }),
      { _id: 'nobody', price: 1 },
    );
    const { source } = world.open();
    const counted = async (only: 'missing' | 'incomplete' | 'all' | 'failed') => {
      const { items, units, skipped } = await source.survey('r', selection({ only }));
      return [items, units, skipped];
    };
    expect(await counted('missing')).toEqual([2, 2, { 'no-id': 1 }]);
    expect(await counted('incomplete')).toEqual([1, 1, {}]);
    expect(await counted('all')).toEqual([3, 3, { 'no-id': 1 }]);
    expect((await counted('failed'))[0]).toBe(0);
  });

  test('is counted in an index that knows nothing of the fields yet', async () => {
    await world.listings(...TEN);
    const { source } = world.open();
    expect(await source.survey('r', selection())).toMatchObject({ items: 10, units: 10, skipped: {} });
    expect(await source.survey('r', selection(), 4)).toMatchObject({
      items: 4,
      selection: { until: { unit: '103', id: '103' } },
    });
    expect(await source.survey('r', selection(), undefined, ['105', 'x'])).toMatchObject({ items: 1 });
    expect(await source.survey('r', selection({ unit: '107' }))).toMatchObject({ items: 1 });
  });

  test('of a limit is kept to by sample, units and list', async () => {
    await world.listings(...TEN);
    const { source } = world.open();
    const { selection: four } = await source.survey('r', selection(), 4);
    const sampled = await source.sample({ runId: 'r', selection: four, size: 10, seed: 1 });
    expect(ids(sampled).sort()).toEqual(['100', '101', '102', '103']);
    const units = await source.units('r', four, '101', 10);
    expect(units).toEqual([
      { unit: '102', items: 1 },
      { unit: '103', items: 1 },
    ]);
    await world.journal.migrate();
    await source.fix?.({ runId: 'r', selection: four, limit: 4 });
    expect(await world.journal.listed('r', { limit: 10 })).toEqual(['100', '101', '102', '103']);
  });

  test('of two listings with the same zpid is refused', async () => {
    await world.listings({ _id: 'a', zpid: '7' }, { _id: 'b', zpid: '7' });
    await expect(world.open().source.survey('r', selection())).rejects.toThrow(/same zpid, 7/);
    await expect(world.open().source.fix?.({ runId: 'r', selection: selection() })).rejects.toThrow(
      /zpid, 7/,
    );
  });

  test('in an order is refused', async () => {
    const ordered = selection({ order: { items: 'price' } });
    await expect(world.open().source.survey('r', ordered)).rejects.toThrow(/order/);
  });
});

describe('a run', () => {
  test('goes on through its list, though what is written leaves the selection', async () => {
    await world.listings(...TEN);
    const backfill = world.open();
    await backfill.prepare();
    await begin(backfill, 'r');
    await world.listings(...TEN.slice(0, 7).map((one) => ({ ...one, exterior_visual_features: 'x' })));
    await world.listings(listing('1000', ['https://x/new.jpg']));
    const units = await backfill.source.units('r', selection(), '102', 100);
    expect(units.map(({ unit }) => unit)).toEqual(['103', '104', '105', '106', '107', '108', '109']);
    expect(await backfill.source.units('r', selection(), '109', 100)).toEqual([]);
    const page = { runId: 'r', selection: selection(), scope: scope('102', '106'), limit: 3 };
    const first = await backfill.source.read({ ...page, after: null });
    expect(ids(first)).toEqual(['102', '103', '104']);
    const second = await backfill.source.read({ ...page, after: { unit: '104', id: '104' } });
    expect(ids(second)).toEqual(['105', '106']);
  });

  test('fills a page over listings that are gone', async () => {
    await world.listings(...TEN);
    const backfill = world.open();
    await begin(backfill, 'r');
    await world.client.deleteByQuery({
      index: world.index,
      body: { query: { ids: { values: ['100', '101', '103'] } } },
    });
    const page = { runId: 'r', selection: selection(), scope: scope('100', '109'), after: null, limit: 4 };
    expect(ids(await backfill.source.read(page))).toEqual(['102', '104', '105', '106']);
    expect(ids(await backfill.source.readByIds('r', ['103', '109', '102']))).toEqual(['109', '102']);
  });

  test('reads a document as it is at this moment, before a search would find it', async () => {
    await world.client.indices.putSettings({ index: world.index, body: { refresh_interval: '-1' } });
    await world.client.index({ index: world.index, id: '5', body: listing('5', ['https://x/5.jpg']) });
    const [item] = await world.open().source.readByIds('r', ['5']);
    expect(item?.row).toMatchObject({ urls: ['https://x/5.jpg'] });
  });
});

describe('a sample', () => {
  test('is the same for the same seed, and another for another', async () => {
    await world.listings(...TEN);
    const { source } = world.open();
    const sampled = async (seed: number) =>
      ids(await source.sample({ runId: 'r', selection: selection(), size: 3, seed }));
    expect(await sampled(5)).toEqual(await sampled(5));
    const several = await Promise.all([1, 2, 3, 4, 5, 6].map(sampled));
    expect(new Set(several.map(String)).size).toBeGreaterThan(2);
    const own = { runId: 'r', selection: selection(), size: 9, seed: 1, ids: ['104', '108', 'gone'] };
    expect(ids(await source.sample(own)).sort()).toEqual(['104', '108']);
  });
});
