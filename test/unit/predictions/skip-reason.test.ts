import sharp from 'sharp';
import { expect, test } from 'vitest';
import { skipReasonOf } from '../../../src/stores/archives/skip-reason.ts';

test('an image is what the decoder opens, apart from drawings', () => {
  const formats = Object.values(sharp.format).filter(({ id, input }) => input.buffer && id !== 'svg');
  const suffixes = formats.flatMap(({ input }) => input.fileSuffix ?? []);
  expect(suffixes).toContain('.jpg');
  for (const suffix of suffixes) {
    expect(skipReasonOf(`a/photo${suffix}`)).toBeNull();
    expect(skipReasonOf(`PHOTO${suffix.toUpperCase()}`)).toBeNull();
  }
});

test.each([
  'photo.svg',
  'photo.heic',
  'photo.bmp',
  'photo.jp2',
  'photo.png.txt',
  'photo.png~',
  'photopng',
  'a.zip',
])('%s is no image', (name) => {
  expect(skipReasonOf(name)).toBe('not-an-image');
});

test('dots inside a name hide nothing', () => {
  for (const name of ['a..b.png', './a.png', 'v1.2/a.png', 'a./b.png']) expect(skipReasonOf(name)).toBeNull();
});
