import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { prepareImage } from '../../../src/vision/local/prepare-image.ts';

const IMAGES = path.join(import.meta.dirname, '../../golden/predictions/images');
const fixture = (name: string) => readFile(path.join(IMAGES, name));

test('an image turned by EXIF has the size that people see', async () => {
  expect(await prepareImage(await fixture('exif-6.jpg'))).toMatchObject({ width: 260, height: 400 });
  expect(await prepareImage(await fixture('exif-3.jpg'))).toMatchObject({ width: 400, height: 260 });
});

test('levels of colours become what CLIP was trained on', async () => {
  const red = sharp({ create: { width: 300, height: 400, channels: 3, background: '#ff0000' } });
  const { pixels } = await prepareImage(await red.png().toBuffer());
  expect(pixels).toHaveLength(3 * 224 * 224);
  expect(pixels[0]).toBeCloseTo((1 - 0.48145466) / 0.26862954, 5);
  expect(pixels[224 * 224]).toBeCloseTo(-0.4578275 / 0.26130258, 5);
  expect(pixels.at(-1)).toBeCloseTo(-0.40821073 / 0.27577711, 5);
});

test.each([
  ['nothing', async () => Buffer.alloc(0)],
  ['text', async () => Buffer.from('not an image at all')],
  ['half a photo', async () => (await fixture('landscape.jpg')).subarray(0, 9_000)],
  ['half a PNG', async () => (await fixture('alpha.png')).subarray(0, 9_000)],
  ['a drawing', async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
])('%s fails alone, as undecodable', async (_, bytes) => {
  await expect(prepareImage(await bytes())).rejects.toMatchObject({
    name: 'ItemFailure',
    code: 'image-undecodable',
  });
});

test('a small file that would unfold to a giant is refused from its header', async () => {
  const bytes = await fixture('tiny.png');
  // Width and height, then the checksum of the header's chunk.
  bytes.writeUInt32BE(16_000, 16);
  bytes.writeUInt32BE(9_000, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  await expect(prepareImage(bytes)).rejects.toMatchObject({
    name: 'ItemFailure',
    code: 'image-too-large',
    message: expect.stringContaining('16000×9000'),
  });
});

test('an image of one pixel, and a line thousands of pixels long, are prepared as well', async () => {
  for (const [width, height] of [
    [1, 1],
    [20_000, 1],
    [1, 20_000],
  ] as const) {
    const drawn = sharp({ create: { width, height, channels: 3, background: '#804020' } });
    const prepared = await prepareImage(await drawn.png().toBuffer());
    expect(prepared).toMatchObject({ width, height });
    expect(prepared.pixels[0]).toBeCloseTo((0x80 / 255 - 0.48145466) / 0.26862954, 5);
  }
});
