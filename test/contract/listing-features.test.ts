import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Backfill, Item } from '../../src/backfills/define.ts';
import type { Change } from '../../src/domain/change.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { ItemResult, Receipt } from '../../src/domain/page.ts';
import {
  createIndex,
  KITCHEN,
  type ListingWorld,
  listing,
  openListingWorld,
  RANCH,
  selection,
} from './listing-features-world.ts';

let world: ListingWorld;
beforeEach(async () => {
  world = await openListingWorld();
});
afterEach(() => world.close());

const THREE = {
  exterior_visual_features: 'ranch style white exterior with vinyl',
  interior_visual_features: 'white cabinets',
  amenities_visual_features: 'front porch, fireplace',
};

/** Reads, works and writes these listings in one page of a run, as the engine does. */
async function run(backfill: Backfill, runId: string, ids: string[], meanwhile = async () => {}) {
  await backfill.prepare();
  await world.journal.migrate();
  await world.journal.openRun({ runId, backfill: 'listing-features' });
  const items = await backfill.source.readByIds(runId, ids);
  return commit(runId, await Promise.all(items.map((item) => work(backfill, item))), meanwhile);
}

async function work(backfill: Backfill, item: Item): Promise<{ result: ItemResult; changes: Change[] }> {
  const processed = await backfill.process(item, () => Promise.reject(new Error('nothing is to be bought')));
  const result = { item: item.id, unit: item.unit, tries: 1 };
  return processed.kind === 'write'
    ? { result: { ...result, status: 'written' }, changes: processed.changes }
    : { result: { ...result, status: 'skipped', class: processed.class }, changes: [] };
}

async function commit(
  runId: string,
  worked: { result: ItemResult; changes: Change[] }[],
  meanwhile: () => Promise<void>,
): Promise<Receipt> {
  const claim = { runId, scope: 's', page: 's/0', fence: 1 };
  await world.journal.claim(claim);
  await meanwhile();
  return world.journal.commit(claim, {
    results: worked.map(({ result }) => result),
    changes: new Map(worked.map(({ result, changes }) => [result.item, changes])),
    ...{ position: null, done: true, read: worked.length, missing: 0, hold: 'h' },
  });
}

async function rollBack(runId: string): Promise<void> {
  await world.journal.closeRun(runId);
  const rollbackId = `${runId}-back`;
  await world.journal.openRun({ runId: rollbackId, backfill: 'listing-features', rollbackOf: runId });
  const entries = await world.journal.toRestore(runId, rollbackId, null, 100);
  const restores = entries.map((seq) => ({
    result: { item: seq, unit: 'journal', tries: 1, status: 'written' as const },
    changes: [{ kind: 'restore' as const, seq }],
  }));
  await commit(rollbackId, restores, async () => {});
}

describe('what is written', () => {
  test('is three texts, and nothing else of the document is touched', async () => {
    const text = { visual_features_text: 'as it was', hoa: { fee: 120 } };
    await world.listings(listing('1', ['a', 'b', 'c'], text));
    await world.cached({ a: RANCH, b: JSON.stringify(KITCHEN) });
    const receipt = await run(world.open(), 'r1', ['1']);
    expect(receipt.counts.written).toBe(1);
    expect(await world.sourceOf('1')).toEqual({ ...listing('1', ['a', 'b', 'c'], text), ...THREE });
  });

  test('is taken back field by field, for every shape that a document can have', async () => {
    const odd = { price: 3, visual_features_text: 'x' };
    const documents: JsonObject[] = [
      listing('1', ['a', 'a', 'b'], odd),
      listing('2', ['a', null, '', 7, ['b']], { ...odd, exterior_visual_features: 'from before' }),
      { zpid: '3', image_vectors: { image_url: 'a' }, interior_visual_features: null },
      {
        zpid: '4',
        image_vectors: [null, { vector: [1] }, { image_url: 'a' }],
        amenities_visual_features: '',
      },
      { zpid: '5', image_vectors: [{ image_url: 'b' }], exterior_visual_features: 'of no photo' },
    ];
    await world.listings(...documents);
    await world.cached({ a: RANCH, b: KITCHEN });
    const receipt = await run(world.open(), 'r2', ['1', '2', '3', '4', '5']);
    expect(receipt.counts).toMatchObject({ written: 5, conflicts: 0 });
    expect(receipt.waiting.items).toBe(0);
    expect(await world.sourceOf('2')).toMatchObject(THREE);
    expect(await world.sourceOf('5')).not.toHaveProperty('exterior_visual_features');
    await rollBack('r2');
    for (const document of documents) expect(await world.sourceOf(String(document.zpid))).toEqual(document);
  });

  test('leaves alone what has nothing to say, by class', async () => {
    await world.listings(
      { zpid: '1', image_vectors: [] },
      { zpid: '2' },
      { zpid: '3', image_vectors: null },
      listing('4', ['nobody', '', 'x'.repeat(3_000)], { interior_visual_features: 'kept' }),
      listing('5', ['no json', 'list']),
      listing('6', ['blank']),
      listing('7', [''], {}),
    );
    await world.cached({
      'no json': 'Here is the analysis: {}',
      list: [RANCH],
      blank: { features: ['other'] },
    });
    const { classes } = await run(world.open(), 'r3', ['1', '2', '3', '4', '5', '6', '7']);
    expect(classes).toEqual({ no_images: 4, no_cached_analyses: 2, no_features: 1 });
    expect(await world.sourceOf('4')).toMatchObject({ interior_visual_features: 'kept' });
  });

  test("is another hand's where that came first; a listing with new photos is read anew", async () => {
    await world.listings(listing('1', ['a']), listing('2', ['a']), listing('3', ['a']));
    await world.cached({ a: RANCH });
    const receipt = await run(world.open(), 'r4', ['1', '2', '3'], async () => {
      const change = (id: string, doc: JsonObject) =>
        world.client.update({ index: world.index, id, body: { doc } });
      await change('1', { exterior_visual_features: 'by hand' });
      await change('2', { image_vectors: [{ image_url: 'a' }, { image_url: 'b' }] });
      await change('3', { image_vectors: [{ image_url: 'a', vector: [9, 9, 9] }], price: 5 });
    });
    expect(receipt.counts).toMatchObject({ written: 1, conflicts: 1 });
    expect(receipt.waiting.items).toBe(1);
    expect(await world.sourceOf('1')).toMatchObject({ exterior_visual_features: 'by hand' });
    expect(await world.sourceOf('3')).toMatchObject({ price: 5, amenities_visual_features: 'front porch' });
  });

  test('follows the options', async () => {
    await world.listings(listing('1', ['a', 'b']));
    await world.cached({ a: RANCH, b: KITCHEN });
    const options = { maxMaterials: 0, maxAmenities: 1, amenities: { 'gable roof': ['white cabinets'] } };
    await run(world.open(options), 'r5', ['1']);
    expect(await world.sourceOf('1')).toMatchObject({
      exterior_visual_features: 'ranch style white exterior',
      amenities_visual_features: 'gable roof',
    });
    expect(await world.sourceOf('1')).not.toHaveProperty('interior_visual_features');
  });
});

describe('the index', () => {
  test('gets the fields that it lacks, as text that is a keyword too, and keeps those that it has', async () => {
    const backfill = world.open();
    const own = { properties: { interior_visual_features: { type: 'text', analyzer: 'english' } } } as const;
    await world.client.indices.putMapping({ index: world.index, body: own });
    expect(await backfill.check()).toEqual([
      `fields exterior_visual_features, amenities_visual_features of index ${world.index}`,
    ]);
    await backfill.prepare();
    await backfill.prepare();
    expect(await backfill.check()).toEqual([]);
    const { body } = await world.client.indices.getMapping({ index: world.index });
    expect(body[world.index]?.mappings.properties).toMatchObject({
      ...own.properties,
      exterior_visual_features: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } },
    });
  });

  test.for<[JsonObject, JsonObject, RegExp]>([
    [{ index: 'nowhere' }, {}, /no index nowhere/],
    [{ idField: 'mls' }, {}, /has no field mls/],
    [{ idField: 'visual_features_text' }, {}, /told apart by visual_features_text: it is text/],
    [{ cacheTable: 'no-such-table' }, {}, /no DynamoDB table no-such-table/],
    [{}, { amenities_visual_features: { type: 'keyword' } }, /amenities_visual_features .* is keyword/],
  ])('that does not fit is refused before a run: %j %j', async ([options, properties, message]) => {
    await world.client.indices.putMapping({ index: world.index, body: { properties } as never });
    await expect(world.open(options).check()).rejects.toThrow(message);
  });

  test('that keeps a part of its source is refused: each update would lose the rest', async () => {
    const index = `${world.index}-part`;
    const mappings = { _source: { excludes: ['vector'] }, properties: { zpid: { type: 'keyword' } } };
    await world.client.indices.create({ index, body: { mappings } as never });
    await expect(world.open({ index }).check()).rejects.toThrow(/would lose/);
    await world.client.indices.delete({ index });
  });

  test('may have the id as a text with a keyword, and be called by an alias', async () => {
    const index = `${world.index}-text`;
    const zpid = { type: 'text', fields: { keyword: { type: 'keyword' } } };
    await createIndex(world.client, index, { zpid });
    await world.client.indices.putAlias({ index, name: `${index}-alias` });
    await world.client.index({ index, id: '1', body: { zpid: 'one home' }, refresh: true });
    const { source } = world.open({ index: `${index}-alias` });
    expect(await source.survey('r', selection())).toMatchObject({ items: 1 });
    await world.client.indices.delete({ index });
  });
});
