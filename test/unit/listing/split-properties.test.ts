import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Analysis, splitVisualFeatures } from '../../../src/domain/listing/split.ts';
import { amenityFinder } from '../../../src/domain/listing/vocabulary.ts';

const AMENITIES = {
  'front porch': ['porch in front'],
  porch: ['porches'],
  deck: [],
  'pool table': [],
  pool: ['pools', 'swimming pool'],
};

const word = fc.constantFrom(
  'front',
  'porch',
  'in',
  'deck',
  'pool',
  'table',
  'swimming',
  'stone',
  'walls',
  'tile',
);
const feature = fc.oneof(
  fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' ')),
  fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join('_').toUpperCase()),
  fc.constantFrom('unknown', 'None', '', ' '),
);
const odd = fc.constantFrom<unknown[]>(null, undefined, 7, true, {});
const list = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(fc.oneof({ weight: 9, arbitrary: feature }, { arbitrary: odd, weight: 1 }), {
      maxLength: 6,
    }),
  },
  { weight: 1, arbitrary: fc.oneof(feature, odd) },
);
const analysis: fc.Arbitrary<Analysis> = fc.record(
  {
    image_type: fc.constantFrom('exterior', 'interior', 'Exterior', 'INTERIOR', 'aerial', null),
    features: list,
    visual_features: list,
    architecture_style: fc.oneof(fc.constantFrom('ranch', 'Ranch style', 'colonial'), odd),
    exterior_color: fc.oneof(fc.constantFrom('white', 'GRAY', 'unknown'), odd),
    materials: list,
    confidence: fc.oneof(fc.constantFrom('high', 'medium', 'low', 'High'), odd),
  },
  { requiredKeys: [] },
);
const listing = fc.array(analysis, { maxLength: 12 });
const options = fc.record({
  weighConfidence: fc.boolean(),
  caps: fc.record({
    materials: fc.nat({ max: 5 }),
    interior: fc.nat({ max: 12 }),
    amenities: fc.option(fc.nat({ max: 4 })),
  }),
  amenities: fc.constant(AMENITIES),
});
const UNCAPPED = { materials: 1e6, interior: 1e6, amenities: null };

const named = (text: string | null) => text?.split(', ') ?? [];
const materialsOf = (text: string | null) => named(text?.split(' with ')[1] ?? null);

describe('whatever models say about whichever photos', () => {
  test('a field has a text with nothing twice, or none at all', () => {
    fc.assert(
      fc.property(listing, options, (analyses, given) => {
        const { exterior, interior, amenities } = splitVisualFeatures(analyses, given);
        for (const text of [exterior, interior, amenities]) expect(text).not.toBe('');
        for (const names of [materialsOf(exterior), named(interior), named(amenities)]) {
          expect(new Set(names).size).toBe(names.length);
          for (const name of names) expect(name).toMatch(/^[a-z]+( [a-z]+)*$/);
        }
      }),
    );
  });

  test('each feature is in exactly one place: interior, amenities or unplaced', () => {
    fc.assert(
      fc.property(listing, (analyses) => {
        const split = splitVisualFeatures(analyses, { amenities: AMENITIES, caps: UNCAPPED });
        const find = amenityFinder(AMENITIES);
        const features = new Set(analyses.flatMap((one) => namedBy(one.features, one.visual_features)));
        const plain = [...features].filter((one) => find(one).length === 0);
        const interior = named(split.interior);
        expect(interior.filter((one) => find(one).length > 0)).toEqual([]);
        expect(interior.length + split.counts.unplaced).toBe(plain.length);
        expect(new Set(named(split.amenities))).toEqual(new Set([...features].flatMap(find)));
      }),
    );
  });

  test('a cap takes from the end, and what it cuts is counted', () => {
    fc.assert(
      fc.property(listing, options, (analyses, given) => {
        const whole = splitVisualFeatures(analyses, { ...given, caps: UNCAPPED });
        const { exterior, interior, amenities, counts } = splitVisualFeatures(analyses, given);
        const { caps } = given;
        expect(named(interior)).toEqual(named(whole.interior).slice(0, caps.interior));
        expect(named(amenities)).toEqual(named(whole.amenities).slice(0, caps.amenities ?? undefined));
        expect(materialsOf(exterior)).toEqual(materialsOf(whole.exterior).slice(0, caps.materials));
        expect(counts.cut).toEqual({
          materials: materialsOf(whole.exterior).length - materialsOf(exterior).length,
          interior: named(whole.interior).length - named(interior).length,
          amenities: named(whole.amenities).length - named(amenities).length,
        });
        expect(whole.counts).toEqual({ ...counts, cut: { materials: 0, interior: 0, amenities: 0 } });
      }),
    );
  });

  test('the order of photos decides nothing but ties', () => {
    const shuffled = listing.chain((analyses) =>
      fc.tuple(fc.constant(analyses), fc.shuffledSubarray(analyses, { minLength: analyses.length })),
    );
    fc.assert(
      fc.property(shuffled, fc.boolean(), ([analyses, others], weighConfidence) => {
        const given = { amenities: AMENITIES, caps: UNCAPPED, weighConfidence };
        const [one, other] = [splitVisualFeatures(analyses, given), splitVisualFeatures(others, given)];
        expect(other.counts).toEqual(one.counts);
        expect(new Set(named(other.interior))).toEqual(new Set(named(one.interior)));
        expect(new Set(named(other.amenities))).toEqual(new Set(named(one.amenities)));
      }),
    );
    // Each feature in a number of photos of its own: nothing is tied.
    const untied = fc.uniqueArray(word, { minLength: 2, maxLength: 6 }).chain((words) =>
      fc.tuple(
        fc.constant(words),
        fc.shuffledSubarray(
          words.flatMap((_, n) => [words.slice(0, n + 1)]),
          { minLength: words.length },
        ),
      ),
    );
    fc.assert(
      fc.property(untied, ([words, photos]) => {
        const analyses = photos.map((features) => ({ image_type: 'interior', features }));
        expect(splitVisualFeatures(analyses, { amenities: {} }).interior).toBe(words.join(', '));
      }),
    );
  });

  test('the longest phrase wins over those that share words with it', () => {
    const phrases = fc.uniqueArray(
      fc
        .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 })
        .map((words) => words.join(' ')),
      { minLength: 1, maxLength: 6 },
    );
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 8 });
    fc.assert(
      fc.property(phrases, text, (names, words) => {
        const found = amenityFinder(Object.fromEntries(names.map((name) => [name, []])))(words.join(' '));
        expect(found).toEqual(oneByOne(names, words));
      }),
    );
  });
});

/** The words of the rule, literally: the longest of all is taken out; then the next longest among what is left. */
function oneByOne(names: readonly string[], words: readonly string[]): string[] {
  const sizeOf = (name: string) => name.split(' ').length;
  const longest = names.toSorted((a, b) => sizeOf(b) - sizeOf(a) || b.length - a.length);
  const left = words.map((word): string | null => word);
  const hits = new Map<number, string>();
  for (const name of longest) {
    const size = sizeOf(name);
    for (let start = 0; start + size <= left.length; start += 1) {
      if (left.slice(start, start + size).join(' ') !== name) continue;
      if (left.slice(start, start + size).includes(null)) continue;
      left.fill(null, start, start + size);
      hits.set(start, name);
    }
  }
  return [...hits].sort(([a], [b]) => a - b).map(([, name]) => name);
}

function namedBy(...values: unknown[]): string[] {
  return values
    .flat()
    .filter((value) => typeof value === 'string')
    .map((value) => value.toLowerCase().replaceAll('_', ' ').trim())
    .filter((value) => !['', 'unknown', 'none'].includes(value));
}
