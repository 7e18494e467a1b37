import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createVision } from '../../../src/vision/create.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'measure-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function load(bytes: Buffer) {
  await writeFile(join(folder, 'photo'), bytes);
  return createVision({ images: { baseUrl: pathToFileURL(folder).href } }).load('photo');
}

async function measured(bytes: Buffer) {
  return (await load(bytes)).measured();
}

/** The left quarter in one colour, the rest in another. */
function quarters(left: string, rest: string, width = 400, height = 300): Sharp {
  const plain = (wide: number, background: string) => ({
    create: { width: wide, height, channels: 3 as const, background },
  });
  return sharp(plain(width, rest)).composite([{ input: plain(width / 4, left), left: 0, top: 0 }]);
}

/** Of 255 levels; JPEG and rounding cost about one. */
function expectClose(luma: number, wanted: number) {
  expect(Math.abs(luma - wanted), `${luma} instead of ${wanted}`).toBeLessThan(1.5);
}

/** A quarter at 40 and the rest at 200. */
const GREYS = 160;
const greys = () => quarters('rgb(40,40,40)', 'rgb(200,200,200)');

describe('brightness is the mean luma of what a person sees', () => {
  test.each([
    ['black', '#000000', 0],
    ['white', '#ffffff', 255],
    ['red', '#ff0000', 54.2],
    ['green', '#00ff00', 182.4],
    ['blue', '#0000ff', 18.4],
    ['a middle grey', '#808080', 128],
  ])('%s', async (_name, colour, luma) => {
    const png = await quarters(colour, colour).png().toBuffer();
    expectClose((await measured(png)).luma, luma);
  });

  test.each<[string, () => Promise<Buffer>]>([
    ['a plain JPEG', () => greys().jpeg().toBuffer()],
    ['a progressive JPEG', () => greys().jpeg({ progressive: true }).toBuffer()],
    ['a PNG', () => greys().png().toBuffer()],
    ['a PNG in greyscale', () => greys().toColourspace('b-w').png().toBuffer()],
    ['a JPEG in greyscale', () => greys().toColourspace('b-w').jpeg().toBuffer()],
    ['a PNG of 16 bits', () => greys().toColourspace('rgb16').png().toBuffer()],
    ['a greyscale PNG of 16 bits', () => greys().toColourspace('grey16').png().toBuffer()],
    ['a JPEG in Display P3', () => greys().withIccProfile('p3').jpeg().toBuffer()],
    ['a WebP', () => greys().webp().toBuffer()],
    ['one of 12 megapixels', () => quarters('#282828', '#c8c8c8', 4000, 3000).jpeg().toBuffer()],
    ['one of 16 × 12 pixels', () => quarters('#282828', '#c8c8c8', 16, 12).png().toBuffer()],
  ])('the same in %s', async (_name, make) => {
    expectClose((await measured(await make())).luma, GREYS);
  });

  test('ink is dark: a CMYK JPEG without any is white, and one with all of it black', async () => {
    const cmyk = (colour: string) => quarters(colour, colour).toColourspace('cmyk').jpeg().toBuffer();
    expectClose((await measured(await cmyk('#ffffff'))).luma, 255);
    expect((await measured(await cmyk('#000000'))).luma).toBeLessThan(10);
  });

  test('what is transparent is white, and what is half transparent lies on white', async () => {
    const grey = (alpha: number) =>
      sharp({ create: { width: 200, height: 200, channels: 4, background: { r: 55, g: 55, b: 55, alpha } } })
        .png()
        .toBuffer();
    expectClose((await measured(await grey(0))).luma, 255);
    expectClose((await measured(await grey(0.5))).luma, 155);
    expectClose((await measured(await grey(1))).luma, 55);
  });

  test('counts narrow bright parts by their area', async () => {
    const bright = await quarters('#ffffff', '#000000', 84, 84).png().toBuffer();
    expectClose((await measured(bright)).luma, 63.75);
  });
});

describe('width and height are those of the upright original', () => {
  test.each([
    [1, 400, 300],
    [2, 400, 300],
    [3, 400, 300],
    [4, 400, 300],
    [5, 300, 400],
    [6, 300, 400],
    [7, 300, 400],
    [8, 300, 400],
  ])('with orientation %i', async (orientation, width, height) => {
    for (const make of [greys().jpeg(), greys().png()]) {
      const bytes = await make.withMetadata({ orientation }).toBuffer();
      const { luma, ...size } = await measured(bytes);
      expect(size).toEqual({ width, height });
      expectClose(luma, GREYS);
    }
  });

  test.each([
    [4000, 3000],
    [3, 5],
    [3000, 4],
  ])('%i × %i', async (width, height) => {
    const bytes = await sharp({ create: { width, height, channels: 3, background: '#336699' } })
      .png()
      .toBuffer();
    expect(await measured(bytes)).toMatchObject({ width, height });
  });

  test('also where the original was let go before', async () => {
    const image = await load(await quarters('#000000', '#ffffff', 1600, 1200).jpeg().toBuffer());
    await image.prepared();
    expect(await image.measured()).toMatchObject({ width: 1600, height: 1200 });
    expect(image.measured()).toBe(image.measured());
    expect(await image.prepared()).toMatchObject({ width: 1024, height: 768 });
  });
});

describe('what cannot be measured fails as what cannot be prepared', () => {
  test.each<[string, (photo: Buffer) => Buffer]>([
    ['a text file', () => Buffer.from('This is no photo.')],
    ['half a JPEG', (photo) => photo.subarray(0, photo.length / 2)],
    ['nothing', () => Buffer.alloc(0)],
  ])('%s is undecodable', async (_name, spoil) => {
    const photo = await greys().jpeg().toBuffer();
    await expect(measured(spoil(photo))).rejects.toMatchObject({
      name: 'ItemFailure',
      code: 'image-undecodable',
      message: expect.stringMatching(/^photo cannot be decoded: /),
    });
  });

  test('a picture with more pixels than can be decoded safely is too large', async () => {
    const wide = await sharp({ create: { width: 16_000, height: 5_000, channels: 3, background: '#000' } })
      .png({ progressive: true })
      .toBuffer();
    await expect(measured(wide)).rejects.toMatchObject({ code: 'image-too-large' });
  });
});
