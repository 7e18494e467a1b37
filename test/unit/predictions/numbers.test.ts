import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeModels } from '../../../src/stack/predictions/models.ts';
import { type LocalModels, openModels } from '../../../src/vision/local/models.ts';
import { prepareImage } from '../../../src/vision/local/prepare-image.ts';

interface Reference {
  width: number;
  height: number;
  /** 512 float32, little endian, as base64. */
  embedding: string;
  score: number;
  box: [number, number, number, number];
}

const GOLDEN = path.join(import.meta.dirname, '../../golden/predictions');
const references: Record<string, Reference> = JSON.parse(
  await readFile(path.join(GOLDEN, 'reference.json'), 'utf8'),
);
const names = Object.keys(references);

let folder: string;
let models: LocalModels;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'models-'));
  await makeModels(folder, { seed: 21, size: 'small' });
  models = await openModels(folder);
});
afterAll(async () => {
  await models.close();
  await rm(folder, { recursive: true });
});

test.each(names)('embedding, score and box are those of Python: %s', async (name) => {
  const image = await prepareImage(await fixture(name));
  const reference = references[name] as Reference;
  expect([image.width, image.height]).toEqual([reference.width, reference.height]);

  const embedding = await models.embed(image);
  expect(distance(embedding, numbers(reference.embedding))).toBeLessThan(1e-3);
  expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);

  const [score = Number.NaN] = await models.score([embedding]);
  expect(Math.abs(score - reference.score)).toBeLessThan(1e-3);

  const [box = []] = await models.crop([{ embedding, width: image.width, height: image.height }]);
  box.forEach((side, at) => {
    expect(Math.abs(side - (reference.box[at] as number))).toBeLessThan(1e-3);
  });
});

test('with these weights, no two images could be taken for each other', () => {
  for (const [at, one] of names.entries()) {
    for (const other of names.slice(at + 1)) {
      const [a, b] = [references[one] as Reference, references[other] as Reference];
      const told = `${one} and ${other}`;
      expect(distance(numbers(a.embedding), numbers(b.embedding)), told).toBeGreaterThan(0.1);
      expect(Math.abs(a.score - b.score), told).toBeGreaterThan(0.1);
      const apart = Math.max(...a.box.map((side, corner) => Math.abs(side - (b.box[corner] as number))));
      expect(apart, told).toBeGreaterThan(0.1);
    }
  }
});

test('an image has the same numbers, to the bit, whatever is asked beside it', async () => {
  const alone: Float32Array[] = [];
  for (const name of names) alone.push(await models.embed(await prepareImage(await fixture(name))));
  const scored = await Promise.all(alone.map(async (embedding) => (await models.score([embedding]))[0]));

  const images = await Promise.all(names.map(async (name) => prepareImage(await fixture(name))));
  const together = await Promise.all(images.map((image) => models.embed(image)));
  expect(together).toEqual(alone);
  expect(await models.score(together)).toEqual(scored);
});

function fixture(name: string): Promise<Buffer> {
  return readFile(path.join(GOLDEN, 'images', name));
}

function numbers(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64');
  return Float32Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
}

/** Cosine distance. */
function distance(one: Float32Array, other: Float32Array): number {
  return 1 - one.reduce((sum, value, at) => sum + value * (other[at] as number), 0);
}
