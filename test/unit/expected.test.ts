import { describe, expect, test } from 'vitest';
import { expects } from '../../src/backfills/vehicle-images/expects.ts';
import { options } from '../../src/backfills/vehicle-images/options.ts';
import { expectedRest } from '../../src/domain/expected-rest.ts';
import { toUsd } from '../../src/domain/money.ts';
import { expectedCost } from '../../src/vision/expected-cost.ts';

const calls = expects(options.parse({}));

describe('what vehicle-images expects', () => {
  test('comes to about $41 for 1,967 images at gpt-4o, and its interval says that this is a guess', () => {
    const { expected, low, high } = expectedCost(calls, 1_967);
    expect(toUsd(expected)).toBeGreaterThan(40.5);
    expect(toUsd(expected)).toBeLessThan(41.5);
    expect(low).toBeLessThan(expected / 2);
    expect(high).toBeGreaterThan(expected * 1.3);
  });

  test('is exact where only labels are asked for, which have a price per call', () => {
    const angle = expects(options.parse({ steps: 'angle' }));
    const exact = 1_967 * 1_000_000;
    expect(expectedCost(angle, 1_967)).toEqual({ expected: exact, low: exact, high: exact });
  });

  test('follows the steps, the model and the price list of the run', () => {
    const cost = (flags: object, prices = {}) =>
      expectedCost(expects(options.parse(flags)), 100, prices).expected;
    expect(cost({ steps: 'documents' })).toBeLessThan(cost({ steps: 'appraise' }));
    expect(cost({ model: 'gpt-4.1-nano' })).toBeLessThan(cost({}) / 3);
    expect(cost({ sensitiveLocal: true })).toBeLessThan(cost({}));
    const own = { 'rekognition/DetectLabels': { perCall: 0 }, 'openai/gpt-4o': { perCall: 0.5 } };
    expect(cost({}, own)).toBe(50_000_000_000);
  });

  test('has no cost for a model without a price, and says what to do', () => {
    expect(() => expectedCost(expects(options.parse({ model: 'gpt-9' })), 1)).toThrowError(
      expect.objectContaining({ message: expect.stringMatching(/gpt-9.*'prices' in the config file/) }),
    );
  });
});

describe('what an item has still to buy', () => {
  const shares = (rest: readonly { operation: string; share: number }[]) =>
    Object.fromEntries(rest.map(({ operation, share }) => [operation, Number(share.toFixed(3))]));

  test('is everything when nothing is known, and nothing when all is answered', () => {
    expect(expectedRest(calls, { answered: {}, next: undefined })).toEqual(calls);
    expect(expectedRest(calls, { answered: {}, next: null })).toEqual([]);
  });

  test('is the next call for certain, and none that was answered', () => {
    const labelled = { 'rekognition/DetectLabels': 1 };
    const appraise = { account: 'openai/gpt-4o', operation: 'appraise_engine' };
    expect(shares(expectedRest(calls, { answered: labelled, next: appraise }))).toEqual({
      appraise_engine: 1,
    });
    const read = { account: 'openai/gpt-4o', operation: 'read_document' };
    expect(shares(expectedRest(calls, { answered: labelled, next: read }))).toEqual({ read_document: 1 });
    const both = { ...labelled, 'openai/gpt-4o': 1 };
    expect(shares(expectedRest(calls, { answered: both, next: appraise }))).toEqual({ appraise_engine: 1 });
  });

  test('starts anew for an item that was never asked about', () => {
    const labels = { account: 'rekognition/DetectLabels', operation: 'detect_labels' };
    expect(shares(expectedRest(calls, { answered: {}, next: labels }))).toEqual(shares(calls));
  });
});
