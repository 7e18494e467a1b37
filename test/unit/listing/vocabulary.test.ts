import { describe, expect, test } from 'vitest';
import { AMENITIES } from '../../../src/domain/listing/split.ts';
import { amenityFinder } from '../../../src/domain/listing/vocabulary.ts';

const find = amenityFinder(AMENITIES);

describe('an amenity', () => {
  test.each([
    ['covered front porch', ['front porch']],
    ['porch', ['porch']],
    ['two-car garage', ['two car garage']],
    ['screened-in porch with ceiling fan', ['screened porch']],
    ['wood burning stove', ['fireplace']],
    ['pool table', ['pool table']],
    ['pool and hot tub', ['swimming pool', 'hot tub']],
    ['hot tub beside the pool', ['hot tub', 'swimming pool']],
    ['garden tub', ['soaking tub']],
    ['washer/dryer', ['laundry room']],
  ])('in "%s": %j', (feature, amenities) => {
    expect(find(feature)).toEqual(amenities);
  });

  test.each([
    'carpool lane',
    'porches2',
    'whirlpools',
    'white cabinets',
    'green house',
    'granite countertops',
    '—',
  ])('is not found in "%s"', (feature) => expect(find(feature)).toEqual([]));

  test('of more words takes its words first, wherever it stands; what is left may hold others', () => {
    const vocabulary = { 'a b': [], 'b c d': [], 'd e': [], e: [], a: [] };
    expect(amenityFinder(vocabulary)('a b c d e')).toEqual(['a', 'b c d', 'e']);
  });

  test('of as many words is found by its characters, then by its place in the file', () => {
    expect(amenityFinder({ 'a bb': [], 'bb ccc': [] })('a bb ccc')).toEqual(['bb ccc']);
    expect(amenityFinder({ 'b c': [], 'a b': [] })('a b c')).toEqual(['b c']);
    expect(amenityFinder({ first: ['x'], second: ['x'] })('x')).toEqual(['first']);
  });

  test('is not made of words on both sides of another', () => {
    expect(amenityFinder({ 'front porch': [], 'stone tiled': [] })('front stone tiled porch')).toEqual([
      'stone tiled',
    ]);
  });

  test('said twice in a feature is found at both places', () => {
    expect(amenityFinder({ 'a b a': [] })('a b a b a, a b a')).toEqual(['a b a', 'a b a']);
  });

  test('of the built-in vocabulary is one phrase for one thing, in normal spelling', () => {
    const phrases = Object.entries(AMENITIES).flat(2);
    expect(new Set(phrases).size).toBe(phrases.length);
    for (const phrase of phrases) expect(phrase).toMatch(/^[a-z0-9]+([ -][a-z0-9]+)*$/);
    for (const [canonical, aliases] of Object.entries(AMENITIES)) {
      for (const phrase of [canonical, ...aliases]) expect(find(phrase)).toEqual([canonical]);
    }
  });
});
