import { expect, test } from 'vitest';
import { parseBase, resolveReference } from '../../../src/vision/reference.ts';

const folder = parseBase('file:///data/photos');
const bucket = parseBase('https://cdn.example/bucket');

test.each([
  ['a.jpg', folder, 'file:///data/photos/a.jpg'],
  ['cars/front left.jpg', folder, 'file:///data/photos/cars/front%20left.jpg'],
  ['autos/Größe#1 100%.jpg', folder, 'file:///data/photos/autos/Gr%C3%B6%C3%9Fe%231%20100%25.jpg'],
  ['/cars//a.jpg', folder, 'file:///data/photos/cars/a.jpg'],
  ['cars/front left?.jpg', bucket, 'https://cdn.example/bucket/cars/front%20left%3F.jpg'],
  ['2024:01:photo.jpg', bucket, 'https://cdn.example/bucket/2024%3A01%3Aphoto.jpg'],
  ['%2e%2e/a.jpg', bucket, 'https://cdn.example/bucket/%252e%252e/a.jpg'],
  ['https://elsewhere.example/a b.jpg?x=1', folder, 'https://elsewhere.example/a%20b.jpg?x=1'],
  ['file:///tmp/a.jpg', bucket, 'file:///tmp/a.jpg'],
])('%s is found below its base or at its own address', (reference, base, address) => {
  expect(resolveReference(reference, base).href).toBe(address);
});

test.each(['../secret.jpg', 'cars/../../secret.jpg', '..', '', '/', 'a\0.jpg'])(
  'the key %j, which leads nowhere or out of its base, is refused',
  (key) => {
    for (const base of [folder, bucket]) {
      expect(() => resolveReference(key, base)).toThrowError(
        expect.objectContaining({ code: 'row-invalid' }),
      );
    }
  },
);

test('what cannot be read says what to do instead', () => {
  expect(() => resolveReference('s3://bucket/a.jpg', folder)).toThrowError(/http\(s\) address as the base/);
  expect(() => resolveReference('ftp://host/a.jpg', folder)).toThrowError(/http, https or file/);
  expect(() => resolveReference('data:image/png;base64,AAAA', folder)).toThrowError(/http, https or file/);
});

test('a key without a base is no fault of its row: the run pauses, and says what to set', () => {
  expect(() => resolveReference('cars/a.jpg', undefined)).toThrowError(
    expect.objectContaining({
      name: 'RunPaused',
      reason: { kind: 'configuration', message: expect.stringMatching(/cars\/a\.jpg.*IMAGE_BASE_URL/) },
    }),
  );
});

test.each(['s3://bucket/prefix', 'photos', 'ftp://host/'])(
  'the base %s is refused before a run starts',
  (base) => {
    expect(() => parseBase(base)).toThrowError(expect.objectContaining({ name: 'UsageError' }));
  },
);
