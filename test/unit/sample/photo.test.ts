import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { ItemFailure } from '../../../src/domain/failure.ts';
import { drawPhoto, storageOf } from '../../../src/stack/sample/photo.ts';
import { PLANTS } from '../../../src/stack/sample/planted.ts';
import { readStrip } from '../../../src/stack/sample/strip.ts';
import { createVision } from '../../../src/vision/create.ts';

const NUMBERS = Array.from({ length: 30 }, (_, index) => (index + 1) * 1000 + index + 1);

describe('A sample photo', () => {
  test('is at least 640×480, averages 60 kB and differs from all others', async () => {
    const photos = await Promise.all(NUMBERS.map((number) => drawPhoto(number)));
    const average = photos.reduce((sum, { length }) => sum + length, 0) / photos.length;
    expect(average).toBeGreaterThan(60_000);
    expect(new Set(photos.map((photo) => photo.toString('base64'))).size).toBe(photos.length);
    for (const photo of photos) {
      const { autoOrient } = await sharp(photo).metadata();
      expect(autoOrient.width).toBeGreaterThanOrEqual(640);
      expect(autoOrient.height).toBeGreaterThanOrEqual(480);
    }
  });

  test('is the same file each time it is drawn', async () => {
    expect((await drawPhoto(7003)).equals(await drawPhoto(7003))).toBe(true);
  });

  test.each([1, 3, 6, 8] as const)(
    'says its number when it is stored with orientation %i and a place',
    async (orientation) => {
      for (const width of [800, 3000]) {
        const storage = {
          ...storageOf(7003),
          width,
          height: (width * 3) / 4,
          orientation,
          encoding: 'jpeg',
          gps: true,
        } as const;
        const photo = await drawPhoto(7003, storage);
        const { exif, autoOrient } = await sharp(photo).metadata();
        expect(exif?.length).toBeGreaterThan(100);
        expect(autoOrient).toMatchObject({ width, height: storage.height });
        expect(await numberSent(photo)).toBe(7003);
      }
    },
  );

  test.each(['cmyk', 'png', 'webp'] as const)('says its number when it is stored as %s', async (encoding) => {
    const photo = await drawPhoto(9009, { ...storageOf(9009), orientation: 1, gps: false, encoding });
    expect(await numberSent(photo)).toBe(9009);
  });
});

describe('A planted image', () => {
  test.each(PLANTS.filter(({ make }) => make))(
    'ends as it is said to: $name',
    async ({ make, failure, extension }) => {
      const dir = await mkdtemp(join(tmpdir(), 'planted-'));
      const path = join(dir, `photo.${extension}`);
      await writeFile(path, (await make?.(7003)) ?? '');
      const outcome = await prepared(pathToFileURL(path).href);
      await rm(dir, { recursive: true });
      expect(outcome).toBe(failure ?? 7003);
    },
  );
});

/** The failure class, or the number in what would be sent. */
async function prepared(reference: string): Promise<string | number | null> {
  try {
    const image = await createVision({ images: { allowPrivate: pathToFileURL(`${tmpdir()}/`).href } }).load(
      reference,
    );
    return await readStrip((await image.prepared()).jpeg);
  } catch (error) {
    if (error instanceof ItemFailure) return error.code;
    throw error;
  }
}

async function numberSent(photo: Buffer): Promise<number | null> {
  const upright = sharp(photo).autoOrient().resize({ width: 512 }).toColourspace('srgb');
  return readStrip(await upright.jpeg({ quality: 70 }).toBuffer());
}
