import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Run } from '../../src/domain/run.ts';
import { type Listings, type ListingWorld, openListingWorld } from '../support/listing-world.ts';
import { openSimulator } from '../support/vehicle-simulator.ts';

const GOLDEN = path.join(import.meta.dirname, '../golden/sample-texts.txt');
const FIELDS = ['exterior_visual_features', 'interior_visual_features', 'amenities_visual_features'];

let world: ListingWorld;
let before: Listings;
let run: Run;

describe('a run over the 1,588 listings of the sample', () => {
  beforeAll(async () => {
    world = await openListingWorld();
    before = await world.dump();
    await openSimulator().reset();
    await world.hire();
    run = await world.run();
  }, 120_000);
  afterAll(() => world.close());

  test('ends with every listing counted: written, or skipped for want of images or of analyses', () => {
    expect(run.counts).toMatchObject({ total: 1_588, failed: 0, conflicts: 0, unknown: 0 });
    expect(run.counts.written).toBeGreaterThan(0.9 * 1_588);
    expect(run.counts.written + run.counts.skipped).toBe(1_588);
    expect(run.classes).toEqual({ no_images: 2, no_cached_analyses: 48 });
  });

  test('calls no model, and spends nothing', async () => {
    expect(run.spent).toBe(0);
    expect(await openSimulator().calls()).toEqual([]);
  });

  test('writes each text as an independent program makes it of the same analyses', async () => {
    const golden = new Map(
      (await readFile(GOLDEN, 'utf8'))
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t') as [string, string]),
    );
    const after = await world.dump();
    const texts = new Map(
      [...after].map(([zpid, document]) => {
        const own = FIELDS.map((field) => document[field] ?? '');
        return [zpid, own.some(Boolean) ? hash('sha256', own.join('\n'), 'hex') : '-'];
      }),
    );
    // What an earlier hand has written stays where nothing better is known.
    expect(new Map([...texts].sort())).toEqual(new Map([...golden].sort()));
    const whole = [...after.values()].filter((document) => FIELDS.every((field) => document[field]));
    expect(whole.length).toBeGreaterThan(0.9 * 1_588);
  });

  test('touches nothing else of a document, and leaves no empty text', async () => {
    for (const [zpid, document] of await world.dump()) {
      expect(others(document), zpid).toEqual(others(before.get(zpid)));
      for (const field of FIELDS) expect(document[field], zpid).not.toBe('');
    }
  });

  test('is nothing to do again; rolled back, every document is what it was', async () => {
    await expect(world.run({ selection: { only: 'missing' } })).resolves.toMatchObject({
      counts: { total: 52, skipped: 52 },
      classes: { no_images: 2, no_cached_analyses: 48, unchanged: 2 },
    });
    await world.rollBack(run);
    expect(await world.dump()).toEqual(before);
  });
});

function others(document: Record<string, unknown> | undefined) {
  return Object.fromEntries(Object.entries(document ?? {}).filter(([field]) => !FIELDS.includes(field)));
}
