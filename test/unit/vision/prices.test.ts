import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nanodollars } from '../../../src/domain/money.ts';
import { preparedSize } from '../../../src/vision/prepare.ts';
import { callPriceOf, costOf, hasPrice, imageTokensOf, priceOf } from '../../../src/vision/prices.ts';
import { imageTokenBound, textTokenBound } from '../../../src/vision/token-bounds.ts';

describe('the cost of a reply', () => {
  const gpt4o = priceOf('openai/gpt-4o');

  test('is its tokens by kind, cached ones at their own price', () => {
    expect(costOf(gpt4o, { input: 1000, cachedInput: 0, output: 100 })).toBe(nanodollars(0.0035));
    expect(costOf(gpt4o, { input: 1000, cachedInput: 400, output: 100 })).toBe(nanodollars(0.003));
  });

  test('is the same whatever its tokens, where a call has a price', () => {
    expect(costOf({ perCall: 0.02 }, { input: 1000, cachedInput: 0, output: 100 })).toBe(nanodollars(0.02));
  });

  test('is the same for a dated snapshot, unless the snapshot has a price of its own', () => {
    expect(priceOf('openai/gpt-4o-2024-08-06')).toEqual(gpt4o);
    expect(priceOf('openai/gpt-4o-2024-05-13')).not.toEqual(gpt4o);
  });

  test("goes by the user's own list first, also for Rekognition and for models that the table does not have", () => {
    const own = {
      'openai/gpt-4o': { ...gpt4o, output: 99 },
      'openai/gpt-9': { perCall: 0.5 },
      'rekognition/DetectLabels': { perCall: 0.0006 },
    };
    expect(priceOf('openai/gpt-4o-2024-08-06', own)).toMatchObject({ output: 99 });
    expect(priceOf('openai/gpt-9', own)).toEqual({ perCall: 0.5 });
    expect(callPriceOf('rekognition/DetectLabels', own)).toBe(600_000);
    expect(callPriceOf('rekognition/DetectLabels')).toBe(1_000_000);
    expect([hasPrice('openai/gpt-9'), hasPrice('openai/gpt-9', own)]).toEqual([false, true]);
  });

  test('is that of its operation, where this one has a price, also for a dated snapshot', () => {
    const own = { 'openai/gpt-4o/find_gaps': { perCall: 0.02 } };
    expect(priceOf('openai/gpt-4o', own, 'find_gaps')).toEqual({ perCall: 0.02 });
    expect(priceOf('openai/gpt-4o-2024-08-06', own, 'find_gaps')).toEqual({ perCall: 0.02 });
    expect(priceOf('openai/gpt-4o', own, 'appraise')).toEqual(gpt4o);
    expect(priceOf('openai/gpt-9', { 'openai/gpt-9/find_gaps': { perCall: 1 } }, 'find_gaps')).toEqual({
      perCall: 1,
    });
  });

  test('has no bound for an unknown model, which pauses the run and says where prices are', () => {
    expect(() => priceOf('openai/gpt-9')).toThrowError(pausing(/gpt-9.*'prices' in the config file/));
    const byToken = { 'rekognition/DetectLabels': gpt4o };
    expect(() => callPriceOf('rekognition/DetectLabels', byToken)).toThrowError(pausing(/perCall/));
  });

  function pausing(message: RegExp) {
    const reason = { kind: 'configuration', message: expect.stringMatching(message) };
    return expect.objectContaining({ reason: expect.objectContaining(reason) });
  }
});

describe('the bound of image tokens', () => {
  test("meets OpenAI's published examples", () => {
    expect(imageTokenBound(imageTokensOf('openai/gpt-4o'), 768, 768)).toBe(765);
    expect(imageTokenBound(imageTokensOf('openai/gpt-4o'), 768, 1536)).toBe(1105);
    expect(imageTokenBound(imageTokensOf('openai/gpt-4.1-mini'), 1024, 768)).toBe(Math.ceil(768 * 1.62));
  });

  test('holds for whatever size comes out of the preparation', () => {
    const side = fc.integer({ min: 1, max: 20_000 });
    fc.assert(
      fc.property(side, side, (width, height) => {
        const size = preparedSize({ width, height });
        expect(Math.max(size.width, size.height)).toBeLessThanOrEqual(2048);
        expect(Math.min(size.width, size.height)).toBeLessThanOrEqual(768);
        expect(Math.min(size.width, size.height)).toBeGreaterThanOrEqual(80);
        expect(imageTokenBound(imageTokensOf('openai/gpt-4o'), size.width, size.height)).toBeLessThanOrEqual(
          85 + 170 * 8,
        );
        expect(imageTokenBound({ by: 'patches', perPatch: 1 }, size.width, size.height)).toBeLessThanOrEqual(
          1536,
        );
      }),
    );
  });
});

describe('the bound of text tokens', () => {
  // Counted with o200k_base, the encoding of all models in the price table.
  test.each([
    ['Judge the paint, the build quality and the condition of the car in this photo.', 17],
    ['VIN 1G1YY22G965104729, RPO codes Z51 LS7 NPP', 24],
    ['{"type":"object","properties":{"quality_score":{"type":"number","minimum":0,"maximum":100}}}', 20],
    ['Größe, 漢字 und 🚗🚗', 10],
  ])('is not below what %j has', (text, tokens) => {
    expect(textTokenBound(text)).toBeGreaterThanOrEqual(tokens + 100);
  });

  test('stays within three times the tokens of prose', () => {
    const prose =
      'Look at the photo and describe the visible wear of every component that you recognise. '.repeat(20);
    expect(textTokenBound(prose)).toBeLessThan(3 * (prose.length / 4) + 100);
  });
});
