import { expect, test } from 'vitest';
import { expiryOf } from '../../../src/vision/url-expiry.ts';

const token = `h.${Buffer.from('{"url":"photos/a.jpg","exp":1769860800}').toString('base64url')}.s`;

test.each([
  'X-Amz-Date=20260131T110000Z&X-Amz-Expires=3600',
  'X-Goog-Date=20260131T115900Z&X-Goog-Expires=60',
  'sp=r&se=2026-01-31T12%3A00%3A00Z&sig=abc',
  'Expires=1769860800&Signature=abc&Key-Pair-Id=K1',
  `token=${token}`,
])('%s ends on the last of January at noon', (query) => {
  expect(expiryOf(new URL(`https://bucket.example/a.jpg?${query}`))).toBe(Date.UTC(2026, 0, 31, 12));
});

test.each([
  '',
  'Expires=1769860800',
  'se=2026-01-31&x=1',
  'X-Amz-Date=yesterday&X-Amz-Expires=3600',
  'X-Amz-Date=20260131T110000Z&X-Amz-Expires=soon',
  'se=never&sig=abc',
  'token=abc',
  'token=a.b.c',
  'token=a.bnVsbA.c',
])('%j says nothing of an end', (query) => {
  expect(expiryOf(new URL(`https://bucket.example/a.jpg?${query}`))).toBeNull();
});
