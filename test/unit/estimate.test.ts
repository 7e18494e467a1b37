import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { estimateTotal, less, scaled } from '../../src/domain/estimate.ts';
import { dice } from '../../src/stack/sample/random.ts';

/** Populations of what items cost, as backfills have them and worse. */
const POPULATIONS: Record<string, (next: () => number) => number> = {
  'a few percent half free': (next) => 80 + 40 * next() - (next() < 0.05 ? 60 : 0),
  'one kind': () => 100,
  'two kinds, eight in a hundred cheap': (next) => (next() < 0.08 ? 30 : 100),
  'spread around a mean': (next) => 40 + 40 * (next() + next() + next()),
  'long tail': (next) => -100 * Math.log(1 - next()),
  'very long tail': (next) =>
    100 * Math.exp(Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())),
  'half free': (next) => (next() < 0.5 ? 0 : 100),
  'nine in ten free': (next) => (next() < 0.9 ? 0 : 100),
  'one in twenty ten times as dear': (next) => (next() < 0.05 ? 1_000 : 100),
  'one in a hundred five times as dear': (next) => (next() < 0.01 ? 500 : 100),
};

describe('the interval of a total, from a sample of a hundred', () => {
  test.each(Object.entries(POPULATIONS))('%s: holds the total in 90 of 100 cases or more', (name, cost) => {
    const { coverage } = simulate(name, cost);
    expect(coverage).toBeGreaterThanOrEqual(0.9);
  });

  test.each([
    ['two kinds, eight in a hundred cheap', 0.07],
    ['spread around a mean', 0.07],
    ['one kind', 0.05],
  ])('%s: is narrow enough to decide by', (name, most) => {
    const { halfWidth } = simulate(name, POPULATIONS[name] as (typeof POPULATIONS)[string]);
    expect(halfWidth).toBeLessThanOrEqual(most);
  });
});

test('the interval holds its expectation and what was paid already, and is exact when everything was sampled', () => {
  const costs = fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(costs, fc.integer({ min: 0, max: 10_000 }), (sampled, others) => {
      const paid = sampled.reduce((all, one) => all + one, 0);
      const { expected, low, high } = estimateTotal(sampled, sampled.length + others);
      expect(low).toBeLessThanOrEqual(expected);
      expect(high).toBeGreaterThanOrEqual(expected);
      expect(low).toBeGreaterThanOrEqual(paid);
      if (others === 0) expect([low, high]).toEqual([paid, paid]);
    }),
  );
});

test('a sample in which everything was free does not promise that the rest is', () => {
  const nothing = Array.from({ length: 100 }, () => 0);
  expect(estimateTotal(nothing, 2_000, 100)).toMatchObject({ expected: 0, low: 0 });
  expect(estimateTotal(nothing, 2_000, 100).high).toBeGreaterThan(2_000);
});

test('what is paid already is taken from both ends, and never makes them negative', () => {
  expect(less({ expected: 10, low: 5, high: 20 }, 8)).toEqual({ expected: 2, low: 0, high: 12 });
  expect(scaled({ expected: 10, low: 5, high: 21 }, 0.5)).toEqual({ expected: 5, low: 2, high: 11 });
});

/** Draws populations of 2,000 and samples of them, the same in every run of the test. */
function simulate(name: string, cost: (next: () => number) => number) {
  const rounds = 400;
  const halfWidths: number[] = [];
  let held = 0;
  for (let round = 0; round < rounds; round++) {
    const { next } = dice(name, round);
    const population = Array.from({ length: 2_000 }, () => Math.round(cost(next) * 1_000));
    const total = population.reduce((all, one) => all + one, 0);
    // Drawn by chance already: its first items are as good as any.
    const { low, high } = estimateTotal(population.slice(0, 100), population.length);
    if (low <= total && total <= high) held++;
    halfWidths.push((high - low) / 2 / total);
  }
  return { coverage: held / rounds, halfWidth: halfWidths.sort((a, b) => a - b)[rounds / 2] ?? 1 };
}
