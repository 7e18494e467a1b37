import { expect, test } from 'vitest';
import { readEvent } from '../../../src/lambda/event.ts';

test.each<[string, unknown, string[]]>([
  ['one listing', { zpid: '123' }, ['123']],
  ['one listing by its number', { zpid: 123 }, ['123']],
  ['several, each once', { zpids: ['1', 2, '1'] }, ['1', '2']],
  [
    'the uploaded document',
    { zpid: '123', image_vectors: [{ image_url: 'u', vector: [1] }], price: 3 },
    ['123'],
  ],
])('an event may be %s', (_, event, zpids) => {
  expect(readEvent(event)).toEqual({ kind: 'listings', zpids });
});

test('an event may be a batch of messages; those that nobody understands are known by their id', () => {
  const Records = [
    { messageId: 'a', body: '{"zpid": "1"}', receiptHandle: '…' },
    { messageId: 'b', body: 'no JSON' },
    { messageId: 'c', body: '{"zpids": [2, 3, 2]}' },
    { messageId: 'd', body: '{"zpids": []}' },
    { messageId: 'e', body: 'null' },
  ];
  expect(readEvent({ Records })).toEqual({
    kind: 'queue',
    messages: [
      { id: 'a', zpids: ['1'] },
      { id: 'b', zpids: null },
      { id: 'c', zpids: ['2', '3'] },
      { id: 'd', zpids: null },
      { id: 'e', zpids: null },
    ],
  });
});

test.each([
  undefined,
  null,
  {},
  { zpid: '' },
  { zpid: null },
  { zpids: [] },
  { zpids: '1' },
  { Records: [{}] },
])('the event %j is refused, with the forms that are understood', (event) =>
  expect(() => readEvent(event)).toThrow('send {"zpid": "123"}'),
);
