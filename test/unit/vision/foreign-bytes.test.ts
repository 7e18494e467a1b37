import sharp from 'sharp';
import { expect, test } from 'vitest';
import { foreignKind } from '../../../src/vision/foreign-bytes.ts';

const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: '#123456' } });

test.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)('%s may be a photo', async (format) => {
  expect(foreignKind(await picture.clone().toFormat(format).toBuffer())).toBeNull();
});

test.each(['heic', 'heix', 'mif1', 'msf1', 'avis', 'crx '])(
  'a file of the brand %s may be a photo',
  (brand) => {
    expect(foreignKind(Buffer.from(`\0\0\0\x20ftyp${brand}`))).toBeNull();
  },
);

test.each([
  ['<svg width="9"/>', 'a drawing (SVG)'],
  ['\uFEFF  <!-- drawn by hand -->\n<svg:svg xmlns:svg="http://www.w3.org/2000/svg">', 'a drawing (SVG)'],
  ['<svg/>', 'a drawing (SVG)'],
  [`<!-- ${'x'.repeat(2_000)} --><svg/>`, 'a text in XML'],
  ['<!doctype html>', 'a web page (HTML)'],
  ['<head></head><body><svg/></body>', 'a web page (HTML)'],
  ['[{"error": 1}]', 'JSON'],
  ['{}', 'JSON'],
])('%j is %s', (text, kind) => {
  expect(foreignKind(Buffer.from(text))).toBe(kind);
});

test('a page in UTF-16 is known as well', () => {
  expect(foreignKind(Buffer.from('\uFEFF<html></html>', 'utf16le'))).toBe('a web page (HTML)');
});

test.each(['', 'Remember the milk.', '{', '<'])('what %j is, a decoder has to say', (text) => {
  expect(foreignKind(Buffer.from(text))).toBeNull();
});
