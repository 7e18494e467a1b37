import { expect, test } from 'vitest';
import { averageConfidence } from '../../../src/backfills/vehicle-images/tags.ts';

const mean = (...confidences: number[]) =>
  averageConfidence(
    confidences.map((confidence) => ({ tag_name: 'Car', tag_type: 'label', confidence, box: null })),
  );

test('the mean confidence is rounded as on paper, also where binary fractions fall short of a half', () => {
  expect(mean(80, 85.01, 85, 85.01)).toBe(83.76);
  expect(mean(70.1, 70.11)).toBe(70.11);
  expect(mean(99.99, 99.98)).toBe(99.99);
  expect(mean()).toBeNull();
});
