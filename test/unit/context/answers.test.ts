import { describe, expect, test } from 'vitest';
import { gapSchema, tier1Schema, tier2Schema } from '../../../src/backfills/context-tiers/answers.ts';
import { gapsOf } from '../../../src/stack/context/gaps.ts';
import { tier1Of } from '../../../src/stack/context/tier-1.ts';
import { tier2Of } from '../../../src/stack/context/tier-2.ts';
import { type Shot, shotOf } from '../../../src/stack/sample/shot.ts';

const SHOTS = Array.from({ length: 40 }, (_, vehicle) =>
  Array.from({ length: 20 }, (_, photo) => shotOf((vehicle + 1) * 1000 + photo + 1)),
).flat();
const CARS = SHOTS.filter(({ scene }) => scene !== 'document');
const TIER_2 = ['confirm_parts', 'guided_parts', 'infer_parts'] as const;

describe('What the model answers about 800 sample photos', () => {
  test('fits the schemas of the questions', () => {
    for (const shot of SHOTS) {
      tier1Schema.parse(tier1Of(shot));
      gapSchema.parse(gapsOf(shot, 8));
      for (const operation of TIER_2) tier2Schema.parse(tier2Of(shot, operation));
    }
  });

  test('is enough for single parts on 7 in 10 photos of a vehicle, and never on a document', () => {
    const sufficient = (shot: Shot) => tier1Of(shot).image_quality.sufficient_for_detail;
    expect(CARS.filter(sufficient).length / CARS.length).toBeCloseTo(0.7, 1);
    const documents = SHOTS.filter(({ scene }) => scene === 'document');
    expect(documents.length).toBeGreaterThan(80);
    for (const shot of documents) {
      expect(tier1Of(shot)).toMatchObject({
        category: 'document',
        components_visible: [],
        image_quality: { sufficient_for_detail: false, suitable_for_expert: false },
      });
    }
  });

  test('calls a photo good enough for an expert only where it is sharp and good enough for detail', () => {
    const qualities = CARS.map((shot) => tier1Of(shot).image_quality);
    const expert = qualities.filter(({ suitable_for_expert }) => suitable_for_expert);
    expect(expert.length).toBeGreaterThan(0);
    for (const quality of expert)
      expect(quality).toMatchObject({ focus: 'sharp', sufficient_for_detail: true });
  });

  test('is in the words that a product shows: angles, categories, parts, a glance at the condition', () => {
    const answers = SHOTS.map(tier1Of);
    const words = new Set(
      answers.flatMap(({ angle, category, components_visible, condition_glance }) => [
        angle,
        category,
        condition_glance,
        ...components_visible,
      ]),
    );
    for (const word of words) expect(word).toMatch(/^[a-z0-9]+(_[a-z0-9]+)*$/);
    for (const word of ['front_3quarter', 'exterior_body', 'average_wear', 'hood', 'door_driver'])
      expect(words).toContain(word);
  });

  test('names the parts that the first tier saw, the same ones whichever way it is asked', () => {
    for (const shot of CARS) {
      const [confirmed, guided, inferred] = TIER_2.map((operation) => tier2Of(shot, operation));
      expect(confirmed!.specific_parts.map(({ name }) => name)).toEqual(tier1Of(shot).components_visible);
      expect(sureless(guided)).toEqual(sureless(confirmed));
      expect(sureless(inferred)).toEqual(sureless(confirmed));
      const surest = (answer = confirmed!) =>
        Math.max(...answer.specific_parts.map(({ confidence }) => confidence));
      const least = (answer = confirmed!) =>
        Math.min(...answer.specific_parts.map(({ confidence }) => confidence));
      expect(least(confirmed)).toBeGreaterThan(surest(guided));
      expect(least(guided)).toBeGreaterThan(surest(inferred));
    }
  });

  test('finds on the parts the damage that was drawn', () => {
    for (const shot of CARS) {
      const { specific_parts, damage_assessment } = tier2Of(shot, 'infer_parts');
      expect(damage_assessment.items.map(({ type }) => type)).toEqual(shot.damage.map(({ kind }) => kind));
      const rusty = damage_assessment.items.filter(({ type }) => type === 'rust').map((one) => one.location);
      for (const { name, rust } of specific_parts)
        expect([name, rust !== 'none']).toEqual([name, rusty.includes(name)]);
    }
  });

  test('differs from photo to photo, so that an answer in the wrong row is noticed', () => {
    const parts = CARS.filter(({ angle }) => angle !== 'badge').map((shot) =>
      JSON.stringify(tier2Of(shot, 'infer_parts')),
    );
    expect(new Set(parts).size).toBe(parts.length);
  });

  test('asks for receipts of modifications only where something was modified', () => {
    const asks = (shot: Shot) => gapsOf(shot, 0).missing_items.some(({ item }) => /modification/.test(item));
    expect(SHOTS.filter(asks).length).toBeGreaterThan(0);
    for (const { look } of SHOTS.filter(asks)) expect(look.build).not.toBe('factory');
  });
});

describe("The seed's examples", () => {
  test('tier 1 fits its schema', () => {
    const answer = {
      angle: 'front_3quarter',
      category: 'exterior_body',
      components_visible: ['hood', 'door_driver', 'fender_front', 'wheel'],
      condition_glance: 'average_wear',
      image_quality: {
        lighting: 'good',
        focus: 'sharp',
        sufficient_for_detail: true,
        suitable_for_expert: false,
        overall_score: 9,
      },
    };
    expect(tier1Schema.parse(answer)).toEqual(answer);
    const shot = SHOTS.find((one) => tier1Of(one).angle === 'front_3quarter')!;
    expect(shapeOf(tier1Of(shot))).toEqual(shapeOf(answer));
  });

  test('tier 2 fits its schema, once each part says all that is asked of it', () => {
    const said = [
      { name: 'hood', condition: 'good', original: true },
      { name: 'door_driver', condition: 'average', original: true },
      { name: 'fender_front', condition: 'damaged', rust: 'minor' },
    ];
    const answer = {
      specific_parts: said.map((part) => ({ original: null, rust: 'none', confidence: 80, ...part })),
      damage_assessment: {
        items: [{ type: 'rust', location: 'fender_front', severity: 'minor', confidence: 80 }],
      },
      modifications: [],
    };
    expect(tier2Schema.parse(answer)).toEqual(answer);
    const shot = CARS.find((one) => one.damage.length > 0 && one.look.build === 'factory')!;
    expect(shapeOf(tier2Of(shot, 'infer_parts'))).toEqual(shapeOf(answer));
  });

  test('the gap finder fits its schema', () => {
    const answer = {
      current_context_score: 8,
      missing_items: [
        {
          item: 'Paint code',
          value: 'Would enable paint matching and authenticity check',
          how_to_get: 'Photograph door jamb sticker or SPID sheet',
        },
        {
          item: 'Receipts for visible modifications',
          value: 'Would confirm part numbers and installation quality',
          how_to_get: 'Upload any receipts for aftermarket parts',
        },
      ],
      estimated_improvement: {
        current_completeness: '35%',
        with_additions: '85%',
        cost_reduction: 'Can switch to $0.0001 model after',
      },
    };
    expect(gapSchema.parse(answer)).toEqual(answer);
    expect(shapeOf(gapsOf(SHOTS[0]!, 8))).toEqual(shapeOf(answer));
  });
});

/** An answer without its confidences. */
function sureless(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer, (key, value) => (key === 'confidence' ? undefined : value)));
}

/** The names of all fields, at every depth; of a list, those of its first element. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (value === null || typeof value !== 'object') return null;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, shapeOf(child)]));
}
