import { describe, expect, test } from 'vitest';
import { toListing } from '../../../src/backfills/listing-features/listing.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import { fingerprint, valueAt } from '../../../src/stores/opensearch/fingerprint.ts';

const read = (source: JsonObject) => toListing({ id: '1', index: 'i', seqNo: 7, primaryTerm: 1, source });
const listing = (image_vectors: Json) => read({ image_vectors });
const urls = (image_vectors: Json) => listing(image_vectors).urls;

describe("a listing's photos", () => {
  test('are named once each, in the order of the document', () => {
    expect(urls([{ image_url: 'b' }, { image_url: 'a' }, { image_url: 'b', image_type: 'x' }])).toEqual([
      'b',
      'a',
    ]);
  });

  test('are found in whatever shape an uploader left them', () => {
    expect(urls({ image_url: 'a' })).toEqual(['a']);
    expect(urls({ image_url: ['a', 'b'] })).toEqual(['a', 'b']);
    expect(
      urls([null, {}, { image_url: null }, { image_url: 3 }, { image_url: '' }, 'x', { image_url: 'a' }]),
    ).toEqual(['a']);
    for (const none of [null, [], {}, 'a', 7]) expect(urls(none)).toEqual([]);
    expect(read({}).urls).toEqual([]);
  });
});

describe('what was seen of a listing', () => {
  test('does not change with what else its document holds, or with what is filtered out of it', () => {
    const one = listing([{ image_url: 'a', vector: [1] }, { vector: [2] }, null]).seen;
    expect(listing([{ image_url: 'a' }]).seen).toEqual(one);
    expect(listing([]).seen).toEqual(read({}).seen);
  });

  test('changes with its photos, and with their order', () => {
    const seen = [['a'], ['a', 'b'], ['b', 'a'], []].map((all) =>
      JSON.stringify(listing(all.map((image_url) => ({ image_url }))).seen),
    );
    expect(new Set(seen).size).toBe(4);
  });

  test('is null for a field that is absent or null', () => {
    const { seen, now } = read({
      interior_visual_features: null,
      amenities_visual_features: '',
    });
    expect(seen.interior_visual_features).toBeNull();
    expect(seen.exterior_visual_features).toBeNull();
    expect(seen.amenities_visual_features).not.toBeNull();
    expect(now).toEqual({ amenities_visual_features: '' });
  });
});

describe('a fingerprint', () => {
  test('is one for the same value, however its keys are ordered', () => {
    expect(fingerprint({ a: [1, { c: 1, b: 2 }], b: null })).toBe(
      fingerprint({ b: null, a: [1, { b: 2, c: 1 }] }),
    );
    expect(fingerprint([1, 2])).not.toBe(fingerprint([2, 1]));
    expect(fingerprint('')).not.toBeNull();
    expect([fingerprint(null), fingerprint(undefined)]).toEqual([null, null]);
  });

  test('is of what stands at a path, through lists and past what is no object', () => {
    const source = { a: [{ b: { c: 1 } }, { b: [{ c: 2 }, { d: 3 }] }, null, 4], e: { f: [] } };
    expect(valueAt(source, 'a.b.c')).toEqual([1, [2]]);
    expect(valueAt(source, 'e.f')).toEqual([]);
    expect(valueAt(source, 'e.f.g')).toBeUndefined();
    expect(valueAt(source, 'constructor')).toBeUndefined();
  });
});
