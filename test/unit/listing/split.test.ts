import { describe, expect, test } from 'vitest';
import { type Analysis, splitVisualFeatures } from '../../../src/domain/listing/split.ts';

const exterior = (analysis: Analysis = {}): Analysis => ({ image_type: 'exterior', ...analysis });
const interior = (...features: string[]): Analysis => ({ image_type: 'interior', features });

describe('the text of the exterior', () => {
  test.each<[string, Analysis]>([
    [
      'ranch style white exterior with vinyl, wood',
      { architecture_style: 'ranch', exterior_color: 'white', materials: ['vinyl', 'wood'] },
    ],
    ['white exterior', { exterior_color: 'White' }],
    ['ranch style exterior with brick', { architecture_style: 'Ranch Style', materials: ['brick'] }],
    ['exterior with brick, wood', { materials: ['brick', 'wood'] }],
    ['mid century modern style exterior', { architecture_style: 'MID_CENTURY  modern_style' }],
    ['exterior with vinyl siding', { materials: 'Vinyl_Siding', exterior_color: ['white'] }],
  ])('%s', (text, analysis) => {
    expect(splitVisualFeatures([exterior(analysis)]).exterior).toBe(text);
  });

  test('is absent where nothing was said, whatever other features were seen', () => {
    const nothing = {
      architecture_style: 'Unknown',
      exterior_color: null,
      materials: ['none', '', 3, null],
      features: ['white picket'],
    };
    expect(splitVisualFeatures([exterior(nothing)]).exterior).toBeNull();
  });

  test('is what most photos say; in a tie what the first says', () => {
    const said = (color: string) => exterior({ exterior_color: color, materials: [color, 'wood', 'wood'] });
    expect(splitVisualFeatures(['gray', 'white', 'white'].map(said)).exterior).toBe(
      'white exterior with wood, white, gray',
    );
    expect(splitVisualFeatures(['gray', 'white', 'white', 'gray'].map(said)).exterior).toBe(
      'gray exterior with wood, gray, white',
    );
  });

  test('says nothing of what was seen inside: white cabinets make no white exterior', () => {
    const kitchen = { ...interior('white cabinets'), exterior_color: 'white', materials: ['granite'] };
    const split = splitVisualFeatures([kitchen, { exterior_color: 'white', architecture_style: 'ranch' }]);
    expect(split).toMatchObject({ exterior: null, interior: 'white cabinets' });
  });

  test('names three materials at most, and tells how many it left out', () => {
    const analyses = [exterior({ materials: ['brick', 'wood', 'stone', 'vinyl', 'stucco'] })];
    const { exterior: text, counts } = splitVisualFeatures(analyses);
    expect(text).toBe('exterior with brick, wood, stone');
    expect(counts.cut).toEqual({ materials: 2, interior: 0, amenities: 0 });
    expect(splitVisualFeatures(analyses, { caps: { materials: 0 } })).toMatchObject({
      exterior: null,
      counts: { cut: { materials: 5 } },
    });
  });
});

describe('the text of the interior', () => {
  test('names features as often seen first, once per photo, in one spelling', () => {
    const split = splitVisualFeatures([
      { ...interior('Hardwood_Floors', 'hardwood floors'), visual_features: ['hardwood  floors'] },
      { ...interior('granite countertops'), visual_features: 'Natural Light' },
      interior('natural light', 'granite countertops'),
    ]);
    expect(split.interior).toBe('granite countertops, natural light, hardwood floors');
  });

  test('names ten features at most, and tells how many it left out', () => {
    const features = Array.from({ length: 13 }, (_, n) => `feature ${n}`);
    const split = splitVisualFeatures([interior(...features)]);
    expect(split.interior).toBe(features.slice(0, 10).join(', '));
    expect(split.counts.cut.interior).toBe(3);
    expect(splitVisualFeatures([interior(...features)], { caps: { interior: 2 } }).interior).toBe(
      'feature 0, feature 1',
    );
  });
});

describe('the text of the amenities', () => {
  test('gathers them from photos of every type, and no other field repeats them', () => {
    const split = splitVisualFeatures([
      exterior({ features: ['front porch', 'attached garage'] }),
      { ...interior('gas fireplace', 'white cabinets'), visual_features: ['Front_Porch'] },
      { image_type: 'aerial', features: ['in-ground pool', 'blue sky'] },
    ]);
    expect(split).toMatchObject({
      exterior: null,
      interior: 'white cabinets',
      amenities: 'front porch, attached garage, fireplace, swimming pool',
    });
  });

  test('names all of them, unless a cap is given', () => {
    const many = [
      'deck',
      'patio',
      'sauna',
      'barn',
      'attic',
      'lawn',
      'pond',
      'loft',
      'elevator',
      'gazebo',
      'dock',
    ];
    expect(splitVisualFeatures([interior(...many)])).toMatchObject({
      amenities: many.join(', ').replace('dock', 'boat dock'),
      counts: { cut: { amenities: 0 } },
    });
    expect(splitVisualFeatures([interior(...many)], { caps: { amenities: 2 } })).toMatchObject({
      amenities: 'deck, patio',
      counts: { cut: { amenities: 9 } },
    });
  });

  test('follows a vocabulary of the user', () => {
    const split = splitVisualFeatures([interior('ski lockers', 'deck')], {
      amenities: { Ski_Locker: ['Ski Lockers'] },
    });
    expect(split).toMatchObject({ interior: 'deck', amenities: 'ski locker' });
  });
});

describe('a vote', () => {
  const analyses = [
    { ...exterior({ exterior_color: 'gray', features: ['barn'] }), confidence: 'low' },
    { ...exterior({ exterior_color: 'gray', features: ['deck'] }), confidence: 'LOW' },
    { ...exterior({ exterior_color: 'white', features: ['patio'] }), confidence: 'high' },
    { ...exterior({ features: ['sauna'] }), confidence: 'sure' },
    { ...exterior({ features: ['attic'] }), confidence: null },
  ];

  test('counts the same for every photo', () => {
    expect(splitVisualFeatures(analyses)).toMatchObject({
      exterior: 'gray exterior',
      amenities: 'barn, deck, patio, sauna, attic',
    });
  });

  test('counts by confidence where that is asked for: 3, 2 or 1, and 2 where nobody knows', () => {
    expect(splitVisualFeatures(analyses, { weighConfidence: true })).toMatchObject({
      exterior: 'white exterior',
      amenities: 'patio, sauna, attic, barn, deck',
    });
  });
});

describe('what is in no field', () => {
  test('is counted once: features of exterior and unknown photos that no interior photo has', () => {
    const { counts } = splitVisualFeatures([
      exterior({ features: ['tall windows', 'front porch', 'gabled roof'] }),
      { image_type: null, features: ['gabled roof', 'bright'] },
      { image_type: 'other', visual_features: 'other' },
      interior('tall windows', 'stone walls'),
    ]);
    expect(counts).toMatchObject({ unplaced: 2, unknownPhotos: 2 });
  });

  test('is not counted where only a cap kept it out of the interior', () => {
    const analyses = [interior('tall windows', 'stone walls'), exterior({ features: ['stone walls'] })];
    expect(splitVisualFeatures(analyses, { caps: { interior: 1 } }).counts).toMatchObject({
      unplaced: 0,
      cut: { interior: 1 },
    });
  });

  test('no photos, and photos of which nothing can be read, give no text', () => {
    const none = { exterior: null, interior: null, amenities: null };
    expect(splitVisualFeatures([])).toMatchObject(none);
    const odd = { image_type: 7, features: { 0: 'deck' }, materials: true, confidence: [] };
    expect(splitVisualFeatures([odd, {}])).toMatchObject({ ...none, counts: { unknownPhotos: 2 } });
  });
});
