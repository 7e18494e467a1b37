import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../../src/domain/json.ts';
import { callKey } from '../../src/stores/ledger/call-key.ts';

const identity = fc.record({
  provider: fc.constantFrom('openai' as const, 'rekognition' as const),
  model: fc.string(),
  operation: fc.string(),
  promptVersion: fc.string(),
  parameters: fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<Json>),
  contentHash: fc.string(),
});

test('a key is a sha-256 in hexadecimal that stays the same for ever', () => {
  const key = callKey({
    provider: 'openai',
    model: 'gpt-4.1-mini',
    operation: 'appraise',
    promptVersion: '3',
    parameters: { detail: 'high', preparation: 2 },
    contentHash: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  });
  expect(key).toBe('b8604b50afef313a24fea4266a671f9917eeb5944ca2869cddd97db736ef1605');
});

test('the order in which parameters are written down makes no other question', () => {
  fc.assert(
    fc.property(identity, (call) => {
      const reversed = Object.fromEntries(Object.entries(call.parameters).reverse());
      expect(callKey({ ...call, parameters: reversed })).toBe(callKey(call));
    }),
  );
});

test('whatever differs makes another question', () => {
  fc.assert(
    fc.property(identity, identity, (one, other) => {
      // Through JSON, as a key sees it: there, -0 is 0.
      const same = stable(one) === stable(other);
      expect(callKey(one) === callKey(other)).toBe(same);
    }),
  );
  const call = {
    provider: 'openai',
    model: 'm',
    operation: 'o',
    promptVersion: '1',
    parameters: {},
    contentHash: 'c',
  } as const;
  const others = [
    { ...call, provider: 'rekognition' as const },
    { ...call, model: 'n' },
    { ...call, operation: 'p' },
    { ...call, promptVersion: '2' },
    { ...call, parameters: { detail: 'low' } },
    { ...call, contentHash: 'd' },
  ];
  expect(new Set([call, ...others].map(callKey)).size).toBe(others.length + 1);
});

function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable)}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).map(([name, part]) => [JSON.stringify(name), stable(part)].join(':'));
  return `{${entries.sort()}}`;
}
