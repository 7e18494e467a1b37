import { expect, test } from 'vitest';
import { z } from 'zod';
import { appraisalSchema, documentSchema } from '../../../src/backfills/vehicle-images/answers.ts';
import { parseAnswer, toReply } from '../../../src/vision/openai-answer.ts';
import { allowances, durationMs } from '../../../src/vision/openai-limits.ts';
import { priceOf } from '../../../src/vision/prices.ts';
import { strictSchema } from '../../../src/vision/response-format.ts';
import { retryAfterMs } from '../../../src/vision/retry-after.ts';

const schema = z.strictObject({
  grade: z.enum(['good', 'poor']),
  parts: z.array(z.strictObject({ n: z.number() })),
});

function stored(choice: { content?: string | null; refusal?: string | null; finish_reason?: string }) {
  const { finish_reason = 'stop', ...message } = choice;
  return toReply(priceOf('openai/gpt-4o'), 999, {
    id: 'chatcmpl-1',
    model: 'gpt-4o-2024-08-06',
    choices: [{ index: 0, finish_reason, message: { role: 'assistant', ...message } }],
    usage: { prompt_tokens: 1000, completion_tokens: 100, prompt_tokens_details: { cached_tokens: 400 } },
  });
}

test('a stored reply parses again after a trip through JSON, and knows its cost', () => {
  const reply = stored({ content: '{"grade":"good","parts":[]}' });
  expect(reply.cost).toBe(3_000_000);
  expect(parseAnswer(schema, JSON.parse(JSON.stringify(reply.body)))).toEqual({ grade: 'good', parts: [] });
});

test('a reply without usage counts as its worst case', () => {
  const completion = { model: 'x', choices: [{ finish_reason: 'stop', message: { content: '{}' } }] };
  expect(toReply(priceOf('openai/gpt-4o'), 999, completion).cost).toBe(999);
});

test.each([
  ['answer-not-json', { content: 'Sure! Here is' }, /Sure! Here is/],
  ['answer-not-json', { content: null }, /nothing/],
  ['answer-off-schema', { content: '{"grade":"superb","parts":[]}' }, /^grade: /],
  ['answer-off-schema', { content: '{"grade":"good","parts":[{"n":"1"}]}' }, /^parts\.0\.n: /],
  ['answer-refused', { content: null, refusal: "I'm sorry" }, /I'm sorry/],
  ['answer-refused', { content: '', finish_reason: 'content_filter' }, /content filter/],
  ['answer-cut-off', { content: '{"grade":"go', finish_reason: 'length' }, /maxOutputTokens/],
])('%s: %j', (code, choice, message) => {
  const parse = () => parseAnswer(schema, stored(choice).body);
  expect(parse).toThrowError(expect.objectContaining({ name: 'UnusableAnswer', code }));
  expect(parse).toThrowError(message);
});

test('the schema sent is strict: all fields required, no others allowed, bounds of numbers kept, lengths left to us', () => {
  for (const strict of [
    strictSchema(appraisalSchema, 'appraise'),
    strictSchema(documentSchema, 'document'),
  ]) {
    const objects: Record<string, unknown>[] = [];
    JSON.stringify(strict, (_key, value) => {
      if (value?.type === 'object') objects.push(value);
      return value;
    });
    expect(objects.length).toBeGreaterThan(1);
    for (const object of objects) {
      expect(object.additionalProperties).toBe(false);
      expect(object.required).toEqual(Object.keys(object.properties as object));
    }
    expect(JSON.stringify(strict)).not.toMatch(/minLength|maxLength|\$schema/);
    expect(JSON.stringify(strict)).toContain('"minimum":0,"maximum":100');
  }
});

test('a field named like a keyword stays a field', () => {
  const strict = strictSchema(z.object({ minLength: z.string().min(2), type: z.literal('string') }), 'odd');
  expect(Object.keys(strict.properties as object)).toEqual(['minLength', 'type']);
});

test('a schema that strict mode cannot say is refused by name', () => {
  expect(() => strictSchema(z.object({ a: z.string().optional() }), 'ask')).toThrowError(/schema of ask/);
  expect(() => strictSchema(z.object({ a: z.record(z.string(), z.string()) }), 'ask')).toThrowError(
    /schema of ask/,
  );
});

test('the wait that a server asks for is read as milliseconds, seconds or a date', () => {
  const headers = (values: Record<string, string>) => (name: string) => values[name];
  expect(retryAfterMs(headers({ 'retry-after-ms': '250', 'retry-after': '9' }))).toBe(250);
  expect(retryAfterMs(headers({ 'retry-after': '1.5' }))).toBe(1500);
  const inTenSeconds = new Date(Date.now() + 10_000).toUTCString();
  expect(retryAfterMs(headers({ 'retry-after': inTenSeconds }))).toBeGreaterThan(8000);
  expect(retryAfterMs(headers({ 'retry-after': 'soon' }))).toBeUndefined();
  expect(retryAfterMs(headers({}))).toBeUndefined();
});

test.each([
  ['1s', 1_000],
  ['6m0s', 360_000],
  ['20ms', 20],
  ['8.64s', 8_640],
  ['1h2m3s', 3_723_000],
  ['1d', 86_400_000],
  ['soon', undefined],
  ['5 s', undefined],
  ['', undefined],
  [null, undefined],
])('the time until a limit is there again is read: %j', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test('what is left of requests and tokens is told where the headers say it', () => {
  const headers = new Headers({
    'x-ratelimit-remaining-requests': '59',
    'x-ratelimit-reset-requests': '1s',
    'x-ratelimit-remaining-tokens': '149984',
    'x-ratelimit-reset-tokens': '6m0s',
  });
  expect(allowances(headers)).toEqual({
    left: {
      requests: { remaining: 59, resetMs: 1_000 },
      tokens: { remaining: 149_984, resetMs: 360_000 },
    },
  });
  headers.delete('x-ratelimit-reset-tokens');
  expect(allowances(headers)).toEqual({ left: { requests: { remaining: 59, resetMs: 1_000 } } });
  expect(allowances(new Headers())).toEqual({});
});
