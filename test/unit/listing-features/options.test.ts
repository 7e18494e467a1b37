import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { options, splitOptions } from '../../../src/backfills/listing-features/options.ts';
import { splitVisualFeatures } from '../../../src/domain/listing/split.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'amenities-'));
const file = (name: string, content: string) => {
  writeFileSync(path.join(folder, name), content);
  return path.join(folder, name);
};
const messageOf = (given: object) => options.safeParse(given).error?.issues[0]?.message;

describe('options', () => {
  test('are those of the seed unless given', () => {
    expect(options.parse({})).toEqual({
      index: 'listings-v2',
      cacheTable: 'hearth-vision-cache',
      idField: 'zpid',
      weighConfidence: false,
      maxMaterials: 3,
      maxInterior: 10,
    });
  });

  test('that were parsed once are the same parsed again', () => {
    const amenities = file('more.json', '{"ski locker": ["ski room"]}');
    const once = options.parse({ amenities, maxAmenities: 4, weighConfidence: true });
    expect(once.amenities).toEqual({ 'ski locker': ['ski room'] });
    expect(options.parse(once)).toEqual(once);
    expect(options.parse(JSON.parse(JSON.stringify(once)))).toEqual(once);
  });

  test('add amenities to the built-in ones, and aliases to those that are known', () => {
    const given = options.parse({ amenities: { 'ski locker': ['ski room'], fireplace: ['ethanol burner'] } });
    const features = ['Ski room', 'ethanol_burner', 'fireplaces', 'front porch'];
    const { amenities } = splitVisualFeatures([{ features }], splitOptions(given));
    expect(amenities).toBe('ski locker, fireplace, front porch');
  });

  test('say what was expected of an amenities file', () => {
    expect(messageOf({ amenities: path.join(folder, 'nowhere.json') })).toMatch(
      /a file that can be read .*ENOENT/,
    );
    expect(messageOf({ amenities: file('broken.json', '{') })).toMatch(/a file of JSON/);
    expect(messageOf({ amenities: file('list.json', '["pool"]') })).toMatch(/JSON like \{"ski locker"/);
    expect(messageOf({ amenities: file('text.json', '{"pool": "spa"}') })).toMatch(
      /other phrases .* in a list/,
    );
    expect(messageOf({ amenities: file('big.json', ' '.repeat(50_001)) })).toMatch(/50 kB at most/);
  });

  test('take one index, and whole numbers', () => {
    expect(messageOf({ index: 'listings-*' })).toBe('expected the name of one index');
    expect(messageOf({ maxInterior: 2.5 })).toBe('expected a whole number (0 or more)');
  });
});
