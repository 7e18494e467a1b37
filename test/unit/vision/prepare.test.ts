import { crc32 } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { prepare } from '../../../src/vision/prepare.ts';

/** Left half red, right half blue. */
function halves(width: number, height: number): Sharp {
  const right = { input: { create: plain(width / 2, height, '#0000ff') }, left: width / 2, top: 0 };
  return sharp({ create: plain(width, height, '#ff0000') }).composite([right]);
}

function plain(width: number, height: number, background: string) {
  return { width, height, channels: 3 as const, background };
}

async function pixel(jpeg: Buffer, x: number, y: number): Promise<'red' | 'blue' | 'white' | 'other'> {
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  const [r = 0, g = 0, b = 0] = data.subarray((y * info.width + x) * info.channels);
  if (r > 200 && g > 200 && b > 200) return 'white';
  if (r > 2 * b) return 'red';
  return b > 2 * r ? 'blue' : 'other';
}

let photo: Buffer;
beforeAll(async () => {
  photo = await halves(800, 600).jpeg().toBuffer();
});

describe('whatever comes in, an sRGB JPEG goes out', () => {
  test.each<[string, () => Promise<Buffer>]>([
    ['a plain JPEG', async () => photo],
    ['a progressive JPEG', () => sharp(photo).jpeg({ progressive: true }).toBuffer()],
    ['a CMYK JPEG', () => sharp(photo).toColourspace('cmyk').jpeg().toBuffer()],
    ['a JPEG in Display P3', () => sharp(photo).withIccProfile('p3').jpeg().toBuffer()],
    ['a 16-bit PNG', () => sharp(photo).toColourspace('rgb16').png().toBuffer()],
    [
      'an interlaced PNG with a palette',
      () => sharp(photo).png({ progressive: true, palette: true }).toBuffer(),
    ],
    ['a WebP', () => sharp(photo).webp().toBuffer()],
    ['an AVIF', () => sharp(photo).avif({ effort: 0 }).toBuffer()],
    ['a TIFF', () => sharp(photo).tiff().toBuffer()],
    ['a GIF', () => sharp(photo).gif().toBuffer()],
    ['a JPEG with stray bytes between its markers', async () => withStrayBytes(photo)],
  ])('%s', async (_name, make) => {
    const { jpeg, width, height } = await prepare('photo', await make());
    const header = await sharp(jpeg).metadata();
    expect(header).toMatchObject({
      format: 'jpeg',
      space: 'srgb',
      channels: 3,
      depth: 'uchar',
      width,
      height,
    });
    expect([width, height]).toEqual([800, 600]);
    expect(await pixel(jpeg, 100, 300)).toBe('red');
    expect(await pixel(jpeg, 700, 300)).toBe('blue');
  });

  test('gray stays gray, in three channels', async () => {
    const { jpeg } = await prepare('photo', await sharp(photo).grayscale().jpeg().toBuffer());
    expect(await sharp(jpeg).metadata()).toMatchObject({ space: 'srgb', channels: 3 });
  });

  test('what is transparent becomes white', async () => {
    const clear = {
      width: 200,
      height: 200,
      channels: 4 as const,
      background: { r: 0, g: 0, b: 0, alpha: 0 },
    };
    const { jpeg } = await prepare('photo', await sharp({ create: clear }).png().toBuffer());
    expect(await pixel(jpeg, 100, 100)).toBe('white');
  });
});

test('a photo is turned upright, and nothing that it tells besides its pixels is sent', async () => {
  const original = await sharp(photo)
    .withExif({
      IFD0: { Artist: 'Jane Doe', Copyright: 'Jane Doe' },
      IFD3: { GPSLatitude: '48/1 51/1 29/1' },
    })
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/">Jane Doe</x:xmpmeta>')
    .withIccProfile('p3', { attach: true })
    .withMetadata({ orientation: 6 })
    .toBuffer();
  expect(original.includes('Jane Doe')).toBe(true);

  const { jpeg, width, height } = await prepare('photo', original);

  expect([width, height]).toEqual([600, 800]);
  expect(await pixel(jpeg, 300, 100)).toBe('red');
  expect(await pixel(jpeg, 300, 700)).toBe('blue');
  const header = await sharp(jpeg).metadata();
  for (const kind of ['exif', 'xmp', 'icc', 'iptc', 'orientation', 'comments'] as const) {
    expect(header[kind], kind).toBeUndefined();
  }
  for (const words of ['Jane Doe', 'Exif', 'GPS', 'xmpmeta', 'ICC_PROFILE', 'Photoshop']) {
    expect(jpeg.includes(words), words).toBe(false);
  }
  expect(markers(jpeg).filter((marker) => (marker >= 0xe1 && marker <= 0xef) || marker === 0xfe)).toEqual([]);
});

describe('sizes', () => {
  test.each([
    [4000, 3000, 1024, 768],
    [5000, 1000, 2048, 410],
    [640, 480, 640, 480],
    [16, 16, 80, 80],
    [4000, 10, 2048, 80],
  ])('%i×%i is sent as %i×%i', async (width, height, sentWidth, sentHeight) => {
    const original = await sharp({ create: plain(width, height, '#808080') })
      .jpeg()
      .toBuffer();
    const sent = await prepare('photo', original);
    expect(await sharp(sent.jpeg).metadata()).toMatchObject({ width: sentWidth, height: sentHeight });
  });

  test('a photo of 60 megapixels is prepared in little memory', async () => {
    const original = await sharp({ create: plain(9000, 6700, '#808080') })
      .jpeg()
      .toBuffer();
    const before = process.memoryUsage().rss;
    expect(await prepare('photo', original)).toMatchObject({ width: 1032, height: 768 });
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  test('a picture of 30,000 × 30,000 pixels is refused from its header', async () => {
    const bomb = pngOf(
      30_000,
      30_000,
      await sharp({ create: plain(8, 8, '#808080') })
        .png()
        .toBuffer(),
    );
    await expect(prepare('bomb.png', bomb)).rejects.toMatchObject({
      code: 'image-too-large',
      message: expect.stringContaining('bomb.png has 30000×30000 pixels'),
    });
  });

  test('a picture whose decoder alone would fill the memory is refused', async () => {
    const small = await sharp(photo).png({ progressive: true }).toBuffer();
    const bomb = pngOf(12_000, 12_000, small);
    await expect(prepare('bomb.png', bomb)).rejects.toMatchObject({ code: 'image-too-large' });
  });
});

test.each<[string, () => Buffer]>([
  ['nothing', () => Buffer.alloc(0)],
  ['a text file', () => Buffer.from('This is no photo.')],
  ['an error page', () => Buffer.from('<!doctype html><html><body>404</body></html>')],
  ['a drawing', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"/>')],
  ['half a JPEG', () => photo.subarray(0, photo.length / 2)],
  ['a JPEG without its last ten bytes', () => photo.subarray(0, -10)],
])('%s is undecodable, and the message names the image', async (_name, make) => {
  await expect(prepare('cars/7.jpg', make())).rejects.toMatchObject({
    name: 'ItemFailure',
    code: 'image-undecodable',
    message: expect.stringMatching(/^cars\/7\.jpg cannot be decoded: /),
  });
});

function withStrayBytes(jpeg: Buffer): Buffer {
  const table = jpeg.indexOf(Buffer.from([0xff, 0xdb]));
  return Buffer.concat([jpeg.subarray(0, table), Buffer.from([1, 2, 3]), jpeg.subarray(table)]);
}

/** Segment markers up to the pixels. */
function markers(jpeg: Buffer): number[] {
  const found: number[] = [];
  for (let at = 2; jpeg[at] === 0xff && jpeg[at + 1] !== 0xda; at += 2 + jpeg.readUInt16BE(at + 2)) {
    found.push(jpeg[at + 1]!);
  }
  return found;
}

/** The PNG with other dimensions in its header. */
function pngOf(width: number, height: number, png: Buffer): Buffer {
  const changed = Buffer.from(png);
  changed.writeUInt32BE(width, 16);
  changed.writeUInt32BE(height, 20);
  changed.writeUInt32BE(crc32(changed.subarray(12, 29)), 29);
  return changed;
}
