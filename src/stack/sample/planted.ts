import sharp from 'sharp';
import type { FailureClass } from '../../domain/failure.ts';
import { blankPng } from './blank-png.ts';
import { drawPhoto, storageOf } from './photo.ts';

/** An image unlike the others, planted among those never analysed. */
export interface Plant {
  name: string;
  /** The class that its item fails with; null where it must succeed like any other. */
  failure: FailureClass | null;
  extension: string;
  /** Null: there is no such file. */
  make: ((number: number) => Promise<Buffer>) | null;
  /** What the row says instead of where the file is. */
  reference?: { image_url: string | null; storage_path: string | null };
}

/** In the order in which they are planted: a small sample has the first of them only. */
export const PLANTS: readonly Plant[] = [
  {
    name: 'text-file',
    failure: 'image-undecodable',
    extension: 'jpg',
    make: async () => Buffer.from('<html><body>504 Gateway Time-out</body></html>\n'),
  },
  { name: 'cmyk', failure: null, extension: 'jpg', make: (number) => stored(number, { encoding: 'cmyk' }) },
  {
    name: 'missing-file',
    failure: 'image-not-found',
    extension: 'jpg',
    make: null,
  },
  {
    name: 'truncated',
    failure: 'image-undecodable',
    extension: 'jpg',
    make: async (number) => {
      const whole = await stored(number, {});
      return whole.subarray(0, Math.floor(whole.length * 0.4));
    },
  },
  {
    name: 'sixty-megapixels',
    failure: null,
    extension: 'jpg',
    make: (number) => stored(number, { width: 9_486, height: 6_324 }),
  },
  {
    name: 'empty-file',
    failure: 'image-undecodable',
    extension: 'jpg',
    make: async () => Buffer.alloc(0),
  },
  { name: 'decompression-bomb', failure: 'image-too-large', extension: 'png', make: () => blankPng(30_000) },
  {
    name: 'on-its-side-with-place',
    failure: null,
    extension: 'jpg',
    make: (number) => stored(number, { orientation: 6, gps: true }),
  },
  {
    name: 'no-reference',
    failure: 'row-invalid',
    extension: 'jpg',
    make: null,
    reference: { image_url: null, storage_path: null },
  },
  {
    name: 'key-out-of-base',
    failure: 'row-invalid',
    extension: 'jpg',
    make: null,
    reference: { image_url: null, storage_path: '../../elsewhere/photo.jpg' },
  },
  {
    name: 'progressive-grey',
    failure: null,
    extension: 'jpg',
    make: async (number) =>
      sharp(await stored(number, {}))
        .greyscale()
        .jpeg({ progressive: true, quality: 85 })
        .toBuffer(),
  },
  {
    name: 'sixteen-bit-with-transparency',
    failure: null,
    extension: 'png',
    make: async (number) =>
      sharp(await stored(number, {}))
        .ensureAlpha(1)
        .toColourspace('rgb16')
        .png()
        .toBuffer(),
  },
  {
    name: 'header-only',
    failure: 'image-undecodable',
    extension: 'jpg',
    make: async (number) => (await stored(number, {})).subarray(0, 700),
  },
];

/** A usual JPEG of the photo, but for what is given. */
async function stored(number: number, unlike: Partial<ReturnType<typeof storageOf>>): Promise<Buffer> {
  const usual = { encoding: 'jpeg', orientation: 1, gps: false, extension: 'jpg' } as const;
  return drawPhoto(number, { ...storageOf(number), ...usual, ...unlike });
}
