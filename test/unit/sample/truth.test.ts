import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { appraisalSchema, documentSchema } from '../../../src/backfills/vehicle-images/answers.ts';
import { photoAngle } from '../../../src/domain/photo-angle.ts';
import { documentNomination } from '../../../src/domain/photo-document.ts';
import { photoKind } from '../../../src/domain/photo-kind.ts';
import { checkVin } from '../../../src/domain/vin.ts';
import { type Shot, shotOf } from '../../../src/stack/sample/shot.ts';
import { truthOf } from '../../../src/stack/sample/truth.ts';
import { lookOf } from '../../../src/stack/sample/vehicle.ts';

const NUMBERS = Array.from({ length: 130 }, (_, vehicle) =>
  Array.from({ length: 24 }, (_, photo) => (vehicle + 1) * 1000 + photo + 1),
).flat();

describe('The truth about a sample photo', () => {
  test('is the same on every machine and in every version', () => {
    const hash = (number: number) =>
      createHash('sha256')
        .update(JSON.stringify(truthOf(number)))
        .digest('hex')
        .slice(0, 16);
    expect([1001, 2002, 7003, 42_017, 10_001_005].map(hash)).toMatchInlineSnapshot(`
      [
        "20b621820418ed36",
        "24b24e7ee155424f",
        "296b30093c88418c",
        "cb7d061dd765785d",
        "f69cece3100666b2",
      ]
    `);
  });

  test('fits the schemas of the answers', () => {
    for (const { appraisal, document } of NUMBERS.map(truthOf)) {
      if (appraisal) appraisalSchema.parse(appraisal);
      if (document) documentSchema.parse(document);
    }
  });

  test('differs from photo to photo, so that an answer in the wrong row is noticed', () => {
    const labels = NUMBERS.map((number) => JSON.stringify(truthOf(number).labels));
    expect(new Set(labels).size).toBe(NUMBERS.length);
    const appraisals = NUMBERS.flatMap((number) => truthOf(number).appraisal ?? []).map((one) =>
      JSON.stringify(one),
    );
    expect(new Set(appraisals).size).toBe(appraisals.length);
  });

  test('has an appraisal for everything but documents', () => {
    for (const { scene, appraisal, document } of NUMBERS.map(truthOf)) {
      expect(appraisal === null).toBe(scene === 'document');
      if (scene === 'document') expect(document?.category).not.toBe('not_a_document');
    }
  });

  test('has labels that lead back to the scene, the angle and the documents', () => {
    for (const number of NUMBERS) {
      const { labels, document, scene } = truthOf(number);
      expect([number, documentNomination(labels) !== null]).toEqual([number, document !== null]);
      if (scene === 'document') continue;
      expect([number, photoKind(labels)]).toEqual([number, scene]);
      if (scene === 'exterior')
        expect([number, photoAngle(scene, labels)]).toEqual([number, angleOf(shotOf(number))]);
    }
  });

  test('gives SPID sheets the VIN of the vehicle, but for a few that fail their check and a few without one', () => {
    const counts = { own: 0, failing: 0, none: 0 };
    for (const number of NUMBERS) {
      const vin = truthOf(number).document?.spid?.vin;
      if (vin === undefined) continue;
      const own = lookOf(Math.floor(number / 1000)).vin;
      expect([own, checkVin(own).valid]).toEqual([own, true]);
      if (vin !== null && vin !== own) expect([vin, checkVin(vin).valid]).toEqual([vin, false]);
      counts[vin === null ? 'none' : vin === own ? 'own' : 'failing']++;
    }
    expect(counts.own).toBeGreaterThan(counts.failing + counts.none);
    expect(Math.min(counts.failing, counts.none)).toBeGreaterThan(0);
  });
});

function angleOf({ angle, mirrored }: Shot): string {
  if (angle === 'badge') return 'unknown';
  return angle === 'side' ? (mirrored ? 'side-right' : 'side-left') : angle;
}
