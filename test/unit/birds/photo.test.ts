import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { ItemFailure } from '../../../src/domain/failure.ts';
import { FIRST_BIRD_PHOTO, SHARES } from '../../../src/stack/birds/kind.ts';
import { birdStorageOf, drawBirdPhoto } from '../../../src/stack/birds/photo.ts';
import { planBirds } from '../../../src/stack/birds/plan.ts';
import { BIRD_PLANTS } from '../../../src/stack/birds/planted.ts';
import { type BirdTruth, birdTruthOf } from '../../../src/stack/birds/truth.ts';
import { readStrip } from '../../../src/stack/sample/strip.ts';
import { createVision } from '../../../src/vision/create.ts';

const TRUTHS = Array.from({ length: 300 }, (_, index) => birdTruthOf(FIRST_BIRD_PHOTO + index + 1));
const KINDS = Object.keys(SHARES);

describe('A bird photo', () => {
  test('shows the bird in the very place that its box says', async () => {
    const cardinals = whole('Cardinal').slice(0, 8);
    expect(cardinals.length).toBe(8);
    for (const { number, birds } of cardinals) {
      const [box, red] = [birds[0]!.box, await redArea(await drawBirdPhoto(number))];
      expect(red.left, `${number}`).toBeGreaterThan(box.left - EDGE);
      expect(red.top, `${number}`).toBeGreaterThan(box.top - EDGE);
      expect(red.left + red.width, `${number}`).toBeLessThan(box.left + box.width + EDGE);
      expect(red.top + red.height, `${number}`).toBeLessThan(box.top + box.height + EDGE);
      // Beak and legs are not red.
      expect(red.width, `${number}`).toBeGreaterThan(box.width * 0.85);
      expect(red.height, `${number}`).toBeGreaterThan(box.height * 0.8);
    }
  });

  test.each(KINDS)(
    'that is %s has the size and the light of its truth, and says its number',
    async (kind) => {
      for (const { number, light, width, height } of TRUTHS.filter((truth) => truth.kind === kind).slice(
        0,
        4,
      )) {
        const photo = await drawBirdPhoto(number);
        const { autoOrient } = await sharp(photo).metadata();
        expect(autoOrient).toMatchObject({ width, height });
        expect(lightOf(await brightness(photo)), `${number}`).toBe(light);
        expect(await outcome(photo), `${number}`).toBe(number);
      }
    },
  );

  test.each([
    { orientation: 3 },
    { orientation: 6 },
    { orientation: 8, gps: true },
    { encoding: 'png', extension: 'png' },
    { encoding: 'webp', extension: 'webp' },
  ] as const)('says its number when it is stored as %o', async (unlike) => {
    const { number } = TRUTHS.find(({ kind }) => kind === 'few-pixels')!;
    const usual = { encoding: 'jpeg', orientation: 1, gps: false, extension: 'jpg' } as const;
    const photo = await drawBirdPhoto(number, { ...birdStorageOf(number), ...usual, ...unlike });
    expect(await outcome(photo)).toBe(number);
  });

  test('is the same file each time it is drawn, and like no other', async () => {
    const numbers = TRUTHS.slice(0, 12).map(({ number }) => number);
    const draw = () =>
      Promise.all(numbers.map(async (number) => (await drawBirdPhoto(number)).toString('base64')));
    const photos = await draw();
    expect(await draw()).toEqual(photos);
    expect(new Set(photos).size).toBe(photos.length);
  });

  test('is now and then turned, and now and then no JPEG', () => {
    const stored = TRUTHS.map(({ number }) => birdStorageOf(number));
    expect(stored.filter(({ orientation }) => orientation !== 1).length).toBeGreaterThan(10);
    expect(new Set(stored.map(({ encoding }) => encoding))).toEqual(new Set(['jpeg', 'png', 'webp']));
  });
});

describe('The plan of a bird sample', () => {
  test.each([1, 10, 30, 1_234])('has an id, a file and a number for each of %i photos', (images) => {
    const plan = planBirds(images);
    for (const of of ['id', 'key', 'number'] as const)
      expect(new Set(plan.map((photo) => photo[of])).size).toBe(images);
    const planted = plan.flatMap(({ plant }) => plant ?? []);
    expect(planted).toEqual(BIRD_PLANTS.slice(0, images / 10));
  });

  test.each(BIRD_PLANTS.filter(({ make }) => make))(
    'has a photo that ends as it is said to: $name',
    async (plant) => {
      const bytes = await plant.make?.(FIRST_BIRD_PHOTO + 1);
      expect(await outcome(bytes ?? Buffer.alloc(0))).toBe(plant.failure);
    },
  );
});

/** Two pixels of the narrowest picture: edges are smooth, and JPEG smears them. */
const EDGE = 2 / 480;

function whole(species: string): BirdTruth[] {
  return TRUTHS.filter(
    ({ kind, birds, species: { name } }) => kind === 'good' && name === species && birds[0]?.visible === 1,
  );
}

/** Where the picture is red, in fractions of it. */
async function redArea(photo: Buffer) {
  const { data, info } = await sharp(photo)
    .autoOrient()
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const reds = Array.from({ length: info.width * info.height }, (_, index) => index).filter((index) => {
    const [red = 0, green = 0, blue = 0] = data.subarray(index * 3, index * 3 + 3);
    return red > 130 && green < 70 && blue < 80;
  });
  const bounds = (values: number[], side: number) => {
    const [low, high] = values.reduce(
      ([min, max], value) => [Math.min(min, value), Math.max(max, value)],
      [side, 0],
    );
    return { start: low / side, length: (high + 1 - low) / side };
  };
  const across = bounds(
    reds.map((index) => index % info.width),
    info.width,
  );
  const down = bounds(
    reds.map((index) => Math.floor(index / info.width)),
    info.height,
  );
  return { left: across.start, top: down.start, width: across.length, height: down.length };
}

/** 0 to 255. */
async function brightness(photo: Buffer): Promise<number> {
  const { channels } = await sharp(await sharp(photo).greyscale().toBuffer()).stats();
  return channels[0]?.mean ?? 0;
}

function lightOf(mean: number): BirdTruth['light'] {
  if (mean < 40) return 'dark';
  return mean > 220 ? 'bright' : 'usual';
}

/** The failure class, or the number in what a provider would be sent. */
async function outcome(photo: Buffer): Promise<string | number | null> {
  const dir = await mkdtemp(join(tmpdir(), 'birds-'));
  const path = join(dir, 'photo.jpg');
  await writeFile(path, photo);
  try {
    const image = await createVision({ images: { allowPrivate: pathToFileURL(`${tmpdir()}/`).href } }).load(
      pathToFileURL(path).href,
    );
    return await readStrip((await image.prepared()).jpeg);
  } catch (error) {
    if (error instanceof ItemFailure) return error.code;
    throw error;
  } finally {
    await rm(dir, { recursive: true });
  }
}
