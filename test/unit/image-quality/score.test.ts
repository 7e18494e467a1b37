import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FoundBird } from '../../../src/domain/image-quality/birds.ts';
import { type CriterionName, WEIGHTS } from '../../../src/domain/image-quality/criteria.ts';
import { categoryOf, type SeenImage, scoreImage } from '../../../src/domain/image-quality/quality.ts';
import { roundHalfUp } from '../../../src/domain/image-quality/rounding.ts';

/** In the middle, so that it touches no edge. */
function bird(width: number, height: number, more: Partial<FoundBird> = {}): FoundBird {
  return { box: { left: (1 - width) / 2, top: (1 - height) / 2, width, height }, confidence: 95, ...more };
}

const PERFECT: SeenImage = { width: 800, height: 600, luma: 128, birds: [bird(0.5, 0.6)] };

const judge = (changes: Partial<SeenImage>, partial = false) =>
  scoreImage({ ...PERFECT, ...changes }, { partial });

function criterion(name: CriterionName, changes: Partial<SeenImage>) {
  const found = judge(changes).criteria.find((one) => one.name === name);
  if (!found) throw new Error(`${name} is missing`);
  return found;
}

test('an image that is right in everything has 100 points, and the weights add up to 100', () => {
  expect(judge({})).toMatchObject({ score: 100, category: 'high', partial: false, remark: null });
  expect(judge({}).criteria.map(({ name, weight, points }) => [name, weight, points])).toEqual([
    ['bird_size', 25, 100],
    ['positioning', 20, 100],
    ['resolution', 20, 100],
    ['contrast', 15, 100],
    ['primary_subject', 20, 100],
  ]);
  expect(Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0)).toBe(100);
});

describe('bird size', () => {
  test.each([
    [0.001, 0.7],
    [0.03, 20],
    [0.075, 50],
    [0.09, 60],
    [0.1499, 99.9],
    [0.15, 100],
    [0.5, 100],
    [0.8, 100],
    [0.81, 95],
    [0.9, 50],
    [0.98, 10],
    [1, 0],
  ])('a share of %d of the area has %d points', (share, points) => {
    const [width, height] = share > 0.5 ? [1, share] : [0.5, share * 2];
    expect(criterion('bird_size', { birds: [bird(width, height)] }).points).toBe(points);
  });

  test('says how much the bird covers', () => {
    expect(criterion('bird_size', { birds: [bird(0.3, 0.3)] }).reason).toBe(
      'the bird covers 9 % of the image; 15 to 80 % is right',
    );
  });
});

describe('positioning', () => {
  const at = (left: number, top: number, width = 0.4, height = 0.5): FoundBird => ({
    box: { left, top, width, height },
    confidence: 95,
  });

  test.each<[string, FoundBird, number, string]>([
    ['in the middle', at(0.3, 0.2), 100, 'no edge cuts the bird off'],
    ['half a percent from the left edge', at(0.005, 0.2), 100, 'no edge cuts the bird off'],
    ['a quarter of a percent from it', at(0.0025, 0.2), 75, 'touches the left edge'],
    ['at the left edge', at(0, 0.2), 50, 'touches the left edge, so it may be cut off there'],
    ['at the right edge', at(0.6, 0.2), 50, 'touches the right edge'],
    ['at the top edge', at(0.3, 0), 50, 'touches the top edge'],
    ['at the bottom edge', at(0.3, 0.5), 50, 'touches the bottom edge'],
    ['over the left edge', at(-0.1, 0.2), 50, 'touches the left edge'],
    ['in a corner', at(0, 0), 20, 'touches the left edge and top edge'],
    ['from left to right', at(0, 0.2, 1), 20, 'touches the left edge and right edge'],
    ['at three edges', at(0, 0, 1), 0, 'touches the left edge, right edge and top edge'],
    ['at all edges', at(0, 0, 1, 1), 0, 'touches the left edge, right edge, top edge and bottom edge'],
  ])('a bird %s', (_place, found, points, reason) => {
    const judged = criterion('positioning', { birds: [found] });
    expect(judged.points).toBe(points);
    expect(judged.reason).toContain(reason);
  });

  test.each([
    [1, 100],
    [0.61, 100],
    [0.6, 100],
    [0.59, 98.3],
    [0.3, 50],
    [0, 0],
  ])('a bird of which a share of %d is visible has %d points', (visible, points) => {
    expect(criterion('positioning', { birds: [bird(0.5, 0.6, { visible })] }).points).toBe(points);
  });

  test('is the lower of visibility and edges, and names both faults', () => {
    const hidden = { ...at(0, 0.2), visible: 0.15 };
    expect(criterion('positioning', { birds: [hidden] })).toMatchObject({
      points: 25,
      reason:
        '15 % of the bird is visible; over 60 % is right; the bird touches the left edge, so it may be cut off there',
    });
    expect(criterion('positioning', { birds: [{ ...hidden, visible: 0.9 }] }).points).toBe(50);
  });
});

test.each([
  [400, 300, 100],
  [399, 300, 99.8],
  [300, 200, 50],
  [120, 100, 10],
  [1, 1, 0],
  [8000, 6000, 100],
])('an image of %i × %i pixels has %d points for resolution', (width, height, points) => {
  expect(criterion('resolution', { width, height }).points).toBe(points);
});

test.each([
  [0, 0],
  [10, 25],
  [39, 97.5],
  [40, 100],
  [128, 100],
  [220, 100],
  [237.5, 50],
  [248, 20],
  [255, 0],
])('a mean brightness of %d has %d points for contrast', (luma, points) => {
  expect(criterion('contrast', { luma }).points).toBe(points);
});

describe('primary subject', () => {
  test.each<[string, FoundBird[], number, string]>([
    ['one clear bird', [bird(0.5, 0.6)], 100, 'one clear bird'],
    ['a confidence of 70', [bird(0.5, 0.6, { confidence: 70 })], 100, 'one clear bird'],
    ['a confidence of 35', [bird(0.5, 0.6, { confidence: 35 })], 50, 'not sure of the bird (confidence 35;'],
    ['a confidence of 0', [bird(0.5, 0.6, { confidence: 0 })], 0, 'not sure'],
    ['two of one size', [bird(0.4, 0.4), bird(0.4, 0.4)], 50, 'it has 50 % of the area of all 2 birds'],
    ['three of one size', Array(3).fill(bird(0.4, 0.4)), 33.3, '33.3 % of the area of all 3 birds'],
    ['one of four times the other', [bird(0.3, 0.3), bird(0.6, 0.6)], 80, '80 %'],
    [
      'an unclear one beside it, counted by half',
      [bird(0.5, 0.4), bird(0.5, 0.4, { confidence: 35 })],
      66.7,
      '66.7 %',
    ],
    ['a bird without a place', [{ box: null, confidence: 90 }], 50, 'does not say where it is'],
    ['an unclear bird without a place', [{ box: null, confidence: 35 }], 25, 'does not say where it is'],
    ['no bird', [], 0, 'no bird was found'],
  ])('%s', (_name, birds, points, reason) => {
    const judged = criterion('primary_subject', { birds });
    expect(judged.points).toBe(points);
    expect(judged.reason).toContain(reason);
  });
});

describe('which bird is judged', () => {
  const small = bird(0.2, 0.2);
  const large = bird(0.5, 0.5);
  const unclear = bird(0.9, 0.9, { confidence: 69 });

  test('the largest clear one', () => {
    expect(judge({ birds: [small, unclear, large] }).bird).toEqual(large);
  });

  test('the largest, where none is clear', () => {
    expect(judge({ birds: [{ ...large, confidence: 60 }, unclear] }).bird).toEqual(unclear);
  });

  test('one with a place, where another has none', () => {
    const birds = [{ box: null, confidence: 99 }, large];
    expect(judge({ birds })).toMatchObject({ score: 100, bird: large });
  });
});

test('an image without a bird scores for resolution and contrast only', () => {
  expect(judge({ birds: [] })).toMatchObject({ score: 35, category: 'low', partial: false, remark: null });
  expect(judge({ birds: [{ ...bird(0, 0.5) }] }).score).toBe(45);
});

describe('where no detector has looked', () => {
  test('there is no score, but the criteria that need no bird are told', () => {
    const quality = judge({ birds: null, width: 300, height: 200 });
    expect(quality).toMatchObject({ score: null, category: null, partial: false, bird: null });
    expect(quality.remark).toBe('not scored: no detector has looked for birds');
    expect(quality.criteria.map(({ points }) => points)).toEqual([null, null, 50, 100, null]);
  });

  test('a partial score weighs these among themselves, and says so', () => {
    // (20 × 50 + 15 × 100) / 35 = 71.4
    const quality = judge({ birds: null, width: 300, height: 200 }, true);
    expect(quality).toMatchObject({ score: 71, category: 'medium', partial: true });
    expect(quality.remark).toBe(
      'of resolution and contrast only, 35 % of the weights: no detector has looked for birds',
    );
  });

  test('asking for partial scores changes nothing where a detector has looked', () => {
    expect(judge({ birds: [] }, true)).toEqual(judge({ birds: [] }));
  });
});

test.each([
  [100, 'high'],
  [80, 'high'],
  [79, 'medium'],
  [60, 'medium'],
  [59, 'low'],
  [0, 'low'],
])('a score of %i is %s', (score, category) => {
  expect(categoryOf(score)).toBe(category);
});

test.each([
  [62.5, 0, 63],
  [79.5, 0, 80],
  [0.5, 0, 1],
  [1.005, 2, 1.01],
  [8.345, 2, 8.35],
  [33.35, 1, 33.4],
  [33.349, 1, 33.3],
])('%d is rounded to %i decimals as on paper: %d', (value, decimals, rounded) => {
  expect(roundHalfUp(value, decimals)).toBe(rounded);
});

test('a score half-way is rounded up, and its category goes by what is shown', () => {
  // 25 + 20 × 0.5 + 20 + 15 × 0.3 + 20 = 79.5
  const touching = { box: { left: 0, top: 0.2, width: 0.5, height: 0.6 }, confidence: 95 };
  expect(judge({ luma: 12, birds: [touching] })).toMatchObject({ score: 80, category: 'high' });
});

describe('for all images', () => {
  const fraction = fc.double({ min: 0, max: 1, noNaN: true });
  const anyBird: fc.Arbitrary<FoundBird> = fc.record(
    {
      box: fc.option(fc.record({ left: fraction, top: fraction, width: fraction, height: fraction })),
      confidence: fc.double({ min: 0, max: 100, noNaN: true }),
      visible: fraction,
    },
    { requiredKeys: ['box', 'confidence'] },
  );
  const anyImage: fc.Arbitrary<SeenImage> = fc.record({
    width: fc.integer({ min: 1, max: 20_000 }),
    height: fc.integer({ min: 1, max: 20_000 }),
    luma: fc.double({ min: 0, max: 255, noNaN: true }),
    birds: fc.option(fc.array(anyBird, { maxLength: 5 })),
  });

  test('the score is a whole number from 0 to 100, and points have one decimal', () => {
    fc.assert(
      fc.property(anyImage, (image) => {
        const { score, criteria } = scoreImage(image, { partial: true });
        expect(Number.isInteger(score) && score !== null && score >= 0 && score <= 100).toBe(true);
        for (const { points } of criteria) {
          if (points === null) continue;
          expect(points).toBeGreaterThanOrEqual(0);
          expect(points).toBeLessThanOrEqual(100);
          expect(points).toBe(roundHalfUp(points, 1));
        }
      }),
    );
  });

  test('the order in which birds were found changes nothing', () => {
    fc.assert(
      fc.property(anyImage, (image) => {
        const reversed = { ...image, birds: image.birds?.toReversed() ?? null };
        expect(scoreImage(reversed, { partial: true }).score).toBe(
          scoreImage(image, { partial: true }).score,
        );
      }),
    );
  });

  test('another bird never makes the primary subject clearer, and more pixels never lower the score', () => {
    const judged = bird(0.9, 0.9);
    fc.assert(
      fc.property(fc.array(anyBird, { maxLength: 4 }), anyBird, (some, another) => {
        const points = (birds: FoundBird[]) => criterion('primary_subject', { birds }).points ?? 0;
        expect(points([judged, ...some, another])).toBeLessThanOrEqual(points([judged, ...some]));
      }),
    );
    fc.assert(
      fc.property(anyImage, fc.nat({ max: 1000 }), (image, more) => {
        const larger = { ...image, width: image.width + more };
        const score = (one: SeenImage) => scoreImage(one, { partial: true }).score ?? 0;
        expect(score(larger)).toBeGreaterThanOrEqual(score(image));
      }),
    );
  });

  test('a small change of the picture is a small change of the score', () => {
    const nearly = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: 1, max: 254, noNaN: true }), nearly, fraction, (luma, step, share) => {
        const score = (by: number) =>
          judge({ luma: luma + by, birds: [bird(0.98, 0.005 + share * 0.98 + by * 0.001)] }).score ?? 0;
        // One level of brightness has 2.9 points at most, a thousandth of the area 0.7: below 1 with their weights.
        expect(Math.abs(score(step) - score(0))).toBeLessThanOrEqual(2);
      }),
    );
  });
});
