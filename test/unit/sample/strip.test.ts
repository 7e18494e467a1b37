import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { readStrip, stripSvg } from '../../../src/stack/sample/strip.ts';

const WIDTH = 960;
const HEIGHT = 640;

describe('The number in the pixels', () => {
  test('survives scaling to 512 pixels and to three times the size, and JPEG at quality 70, twice', async () => {
    const number = fc.nat({ max: 2 ** 32 - 1 });
    const width = fc.oneof(
      fc.constant(512),
      fc.constant(WIDTH * 3),
      fc.integer({ min: 512, max: WIDTH * 3 }),
    );
    const quality = fc.integer({ min: 70, max: 95 });
    await fc.assert(
      fc.asyncProperty(
        number,
        fc.tuple(width, quality),
        fc.tuple(width, quality),
        async (value, once, twice) => {
          const photo = await stripped(value);
          expect(await readStrip(await again(await again(photo, once), twice))).toBe(value);
        },
      ),
      { numRuns: 20 },
    );
  }, 30_000);

  test('is read neither from a picture without a strip, nor from a damaged strip, nor from what is no picture', async () => {
    const bare = await noisy().jpeg().toBuffer();
    expect(await readStrip(bare)).toBeNull();
    const patch = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#fff' } })
      .png()
      .toBuffer();
    const damaged = await sharp(await stripped(0))
      .composite([{ input: patch, left: 300, top: 0 }])
      .toBuffer();
    expect(await readStrip(damaged)).toBeNull();
    expect(await readStrip(Buffer.from('not a picture'))).toBeNull();
    expect(await readStrip(Buffer.alloc(0))).toBeNull();
  });
});

function noisy() {
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const;
  return sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background: '#888', noise } });
}

async function stripped(number: number): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">${stripSvg(number, WIDTH)}</svg>`;
  return noisy()
    .composite([{ input: Buffer.from(svg) }])
    .jpeg({ quality: 82 })
    .toBuffer();
}

function again(photo: Buffer, [width, quality]: [number, number]): Promise<Buffer> {
  return sharp(photo).resize({ width }).jpeg({ quality }).toBuffer();
}
