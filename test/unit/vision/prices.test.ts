import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nanodollars } from '../../../src/domain/money.ts';
import { preparedSize } from '../../../src/vision/prepare.ts';
import { modelPrice, tokenCost } from '../../../src/vision/prices.ts';
import { imageTokenBound, textTokenBound } from '../../../src/vision/token-bounds.ts';

describe('the cost of a reply', () => {
  test('is its tokens by kind, cached ones at their own price', () => {
    expect(tokenCost('gpt-4o', { input: 1000, cachedInput: 0, output: 100 })).toBe(nanodollars(0.0035));
    expect(tokenCost('gpt-4o', { input: 1000, cachedInput: 400, output: 100 })).toBe(nanodollars(0.003));
  });

  test('is the same for a dated snapshot, unless the snapshot has a price of its own', () => {
    const usage = { input: 10, cachedInput: 0, output: 10 };
    expect(tokenCost('gpt-4o-2024-08-06', usage)).toBe(tokenCost('gpt-4o', usage));
    expect(tokenCost('gpt-4o-2024-05-13', usage)).toBeGreaterThan(tokenCost('gpt-4o', usage));
  });

  test('has no bound for an unknown model, which pauses the run and says where prices are', () => {
    expect(() => modelPrice('gpt-9')).toThrowError(
      expect.objectContaining({
        reason: expect.objectContaining({
          kind: 'configuration',
          message: expect.stringContaining('prices.ts'),
        }),
      }),
    );
  });
});

describe('the bound of image tokens', () => {
  test("meets OpenAI's published examples", () => {
    expect(imageTokenBound(modelPrice('gpt-4o').image, 768, 768)).toBe(765);
    expect(imageTokenBound(modelPrice('gpt-4o').image, 768, 1536)).toBe(1105);
    expect(imageTokenBound(modelPrice('gpt-4.1-mini').image, 1024, 768)).toBe(Math.ceil(768 * 1.62));
  });

  test('holds for whatever size comes out of the preparation', () => {
    const side = fc.integer({ min: 1, max: 20_000 });
    fc.assert(
      fc.property(side, side, (width, height) => {
        const size = preparedSize({ width, height });
        expect(Math.max(size.width, size.height)).toBeLessThanOrEqual(2048);
        expect(Math.min(size.width, size.height)).toBeLessThanOrEqual(768);
        expect(Math.min(size.width, size.height)).toBeGreaterThanOrEqual(80);
        expect(imageTokenBound(modelPrice('gpt-4o').image, size.width, size.height)).toBeLessThanOrEqual(
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
