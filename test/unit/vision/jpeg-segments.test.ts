import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { withoutMetadata } from '../../../src/vision/jpeg-segments.ts';

const photo = sharp({ create: { width: 320, height: 240, channels: 3, background: '#a03020' } }).composite([
  { input: { create: { width: 60, height: 80, channels: 3, background: '#20c0ff' } }, left: 40, top: 90 },
]);
const plain = await photo.clone().jpeg().toBuffer();
const telling = await sharp(plain)
  .withExif({ IFD0: { Artist: 'somebody' }, IFD3: { GPSLatitude: '52/1 30/1 0/1', GPSLatitudeRef: 'N' } })
  .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><secret/></x:xmpmeta>')
  .jpeg()
  .toBuffer();

const pixels = (jpeg: Buffer) => sharp(jpeg).raw().toBuffer();

describe('a photo without its metadata', () => {
  test('has the very same pixels, and nothing that tells of place or person', async () => {
    const bare = withoutMetadata(telling) as Buffer;
    expect(await pixels(bare)).toEqual(await pixels(telling));
    const { exif, xmp, icc, iptc, comments } = await sharp(bare).metadata();
    expect({ exif, xmp, icc, iptc, comments }).toEqual({});
    for (const word of ['Exif', 'somebody', 'xmpmeta']) {
      expect(telling.includes(word), word).toBe(true);
      expect(bare.includes(word), word).toBe(false);
    }
  });

  test('is whole for progressive photos too', async () => {
    const progressive = await photo.clone().jpeg({ progressive: true }).toBuffer();
    expect(await pixels(withoutMetadata(progressive) as Buffer)).toEqual(await pixels(progressive));
  });

  test('ends where the picture ends, whatever follows it in the file', () => {
    const withMore = Buffer.concat([plain, Buffer.from('a second picture, a film, a thumbnail')]);
    expect(withoutMetadata(withMore)).toEqual(withoutMetadata(plain));
  });

  test('loses the thumbnail that its first segment may hold', async () => {
    const jfif = Buffer.from('ffe0001c4a46494600010100000100010202', 'hex');
    const thumbnail = Buffer.alloc(12, 'secret');
    const withThumbnail = Buffer.concat([plain.subarray(0, 2), jfif, thumbnail, plain.subarray(2)]);
    const bare = withoutMetadata(withThumbnail) as Buffer;
    expect(bare.includes('secret')).toBe(false);
    expect(await pixels(bare)).toEqual(await pixels(plain));
  });

  test('is left to the decoder when it is cut off anywhere, or says its colours itself', async () => {
    for (let length = 0; length < plain.length - 1; length += 7) {
      expect(withoutMetadata(plain.subarray(0, length))).toBeNull();
    }
    const inks = await photo.clone().toColourspace('cmyk').jpeg().toBuffer();
    expect(withoutMetadata(inks)).toBeNull();
  });

  test.each([0xc0, 0xc1, 0xc2, 0xc4, 0xda, 0xdb, 0xdd])(
    'is left to the decoder when metadata pass themselves off as segment %i, which a decoder needs',
    (marker) => {
      const disguised = Buffer.from(telling);
      disguised[telling.indexOf('Exif') - 3] = marker;
      expect(withoutMetadata(disguised)).toBeNull();
    },
  );

  test('never tells more than a decoder needs, whatever bytes are wrong', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(telling.length - 1), fc.nat(255)), { maxLength: 4 }),
        (changes) => {
          const broken = Buffer.from(telling);
          for (const [at, value] of changes) broken[at] = value;
          const bare = withoutMetadata(broken);
          return bare === null || (bare.length <= broken.length && !bare.includes('Exif'));
        },
      ),
    );
  });
});
