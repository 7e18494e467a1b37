import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatUsd, nanodollars, toUsd } from '../../src/domain/money.ts';

describe('a price in dollars', () => {
  test.each([
    [1, 1_000_000_000],
    [0.001, 1_000_000],
    [0.0000004, 400],
    [41.31, 41_310_000_000],
    [0, 0],
  ])('of %d is %i nanodollars', (usd, nano) => {
    expect(nanodollars(usd)).toBe(nano);
  });

  test('is never guessed too low', () => {
    expect(nanodollars(0.000_000_000_1)).toBe(1);
    expect(nanodollars(1e-9 * 2.5)).toBe(3);
  });

  test('of whole nanodollars comes back as it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000_000_000_000 }), (amount) => {
        expect(Math.abs(nanodollars(toUsd(amount)) - amount)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

test.each([
  [41_310_000_000, '$41.31'],
  [100_000, '$0.0001'],
  [21_000_000, '$0.0210'],
  [0, '$0.00'],
  [100_000_000, '$0.10'],
  [1_234_567_890_000, '$1234.57'],
])('%i nanodollars read as %s', (amount, text) => {
  expect(formatUsd(amount)).toBe(text);
});
