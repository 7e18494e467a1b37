import { expect, test } from 'vitest';
import { redirectTarget } from '../../../src/vision/follow.ts';

const secure = new URL('https://photos.example/cars/a.jpg?key=s3cret');
const open = new URL('http://photos.example/a.jpg');

test.each([
  [secure, 'b.jpg', 'https://photos.example/cars/b.jpg'],
  [secure, '//cdn.example/a.jpg', 'https://cdn.example/a.jpg'],
  [open, 'https://cdn.example/a.jpg', 'https://cdn.example/a.jpg'],
  [open, 'http://cdn.example/a.jpg', 'http://cdn.example/a.jpg'],
])('%s may redirect to %s', (from, location, target) => {
  expect(redirectTarget(from, location).href).toBe(target);
});

test.each([
  [secure, 'http://photos.example/cars/a.jpg'],
  [open, 'file:///etc/passwd'],
  [open, 'ftp://photos.example/a.jpg'],
  [open, 'data:image/png;base64,AAAA'],
  [open, ''],
  [open, 'http://'],
])('%s is not followed to %s', (from, location) => {
  expect(() => redirectTarget(from, location)).toThrowError(
    expect.objectContaining({ code: 'image-not-found', message: expect.not.stringContaining('s3cret') }),
  );
});
