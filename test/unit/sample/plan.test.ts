import { describe, expect, test } from 'vitest';
import { expectedImages } from '../../../src/stack/sample/expected.ts';
import { numberOf } from '../../../src/stack/sample/identity.ts';
import { type PlannedImage, planSample } from '../../../src/stack/sample/plan.ts';

const FULL = { images: 2934, vehicles: 124 };

describe('The plan of a sample', () => {
  test('has the known proportions: 2,934 images, 1,967 never analysed, 767 partly, 200 fully', () => {
    const owned = planSample(FULL).images.filter(({ vehicleId }) => vehicleId !== null);
    const count = (analysis: PlannedImage['analysis']) =>
      owned.filter((image) => image.analysis === analysis).length;
    expect([owned.length, count('never'), count('partly'), count('fully')]).toEqual([2934, 1967, 767, 200]);
  });

  test('gives each vehicle 1 to 200 images, some vehicles the one and some the other', () => {
    const sizes = new Map<string, number>();
    for (const { vehicleId } of planSample(FULL).images) {
      if (vehicleId) sizes.set(vehicleId, (sizes.get(vehicleId) ?? 0) + 1);
    }
    expect(sizes.size).toBe(124);
    expect(Math.min(...sizes.values())).toBe(1);
    expect(Math.max(...sizes.values())).toBe(200);
  });

  test.each([
    [1, 1],
    [10, 3],
    [240, 12],
    [400, 2],
    [2934, 124],
  ])('has a row, a file and a number for each of %i images of %i vehicles', (images, vehicles) => {
    const plan = planSample({ images, vehicles });
    expect(plan.images.filter(({ vehicleId }) => vehicleId).length).toBe(images);
    expect(new Set(plan.images.map(({ id }) => id)).size).toBe(plan.images.length);
    expect(new Set(plan.images.map(({ key }) => key)).size).toBe(plan.images.length);
    for (const { id, number } of plan.images) expect(numberOf(id)).toBe(number);
  });

  test('says of every row what must become of it', () => {
    const expected = expectedImages({ images: 240, vehicles: 12 });
    const failing = [...expected.values()].filter(({ failure }) => failure !== null);
    expect(new Set(failing.map(({ failure }) => failure))).toEqual(
      new Set(['image-undecodable', 'image-not-found', 'image-too-large', 'row-invalid']),
    );
    for (const image of failing) expect(image).toMatchObject({ analysis: 'never', copyOf: null });
    const copies = [...expected.values()].filter(({ copyOf }) => copyOf !== null);
    expect(copies.length).toBeGreaterThan(0);
    for (const copy of copies) {
      expect(expected.get(copy.copyOf ?? '')).toMatchObject({
        number: copy.number,
        vehicleId: copy.vehicleId,
        failure: null,
      });
    }
  });

  test('refuses a size that no vehicles can have', () => {
    expect(() => planSample({ images: 3, vehicles: 4 })).toThrow(RangeError);
    expect(() => planSample({ images: 201, vehicles: 1 })).toThrow(RangeError);
  });
});
