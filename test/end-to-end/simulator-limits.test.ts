import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/stack/simulator/main.ts', import.meta.url));

let simulator: ChildProcess;
let origin: string;
let openai: OpenAI;

beforeAll(async () => {
  simulator = spawn(process.execPath, [MAIN, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(simulator.stdout!, 'data');
  origin = `http://127.0.0.1:${JSON.parse(String(line)).port}`;
  openai = new OpenAI({ baseURL: `${origin}/v1`, apiKey: 'sk-simulated', maxRetries: 0, timeout: 5_000 });
});

afterAll(async () => {
  simulator.kill();
  await once(simulator, 'exit');
});

beforeEach(() => sim('POST', 'reset'));

test('a limit of tokens counts the input and the output limit of each request, and says what is left', async () => {
  await limits({ 'openai/gpt-4o': { tokensPerMinute: 10_000 } });
  const first = await headersOf({ limit: 4_000 });
  const input = 10_000 - 4_000 - Number(first.get('x-ratelimit-remaining-tokens'));
  expect(input).toBeGreaterThan(85);
  expect(input).toBeLessThan(200);
  expect(first.get('x-ratelimit-limit-tokens')).toBe('10000');
  expect(first.get('x-ratelimit-reset-tokens')).toMatch(/^2\d\.\d+s$/);
  expect(first.get('x-ratelimit-limit-requests')).toBe('30000');
  await ask({ limit: 4_000 });

  const over = await ask({ limit: 4_000 }).catch((error) => error);
  expect(over).toMatchObject({ status: 429, type: 'tokens', code: 'rate_limit_exceeded' });
  expect(over.message).toMatch(
    /on tokens per min \(TPM\): Limit 10000, Used 8\d\d\d, Requested 4\d\d\d\. Please try again in 1\d\.\d+s\./,
  );
  const wait = Number(over.headers.get('retry-after-ms'));
  expect(wait).toBeGreaterThan(10_000);
  expect(Number(over.headers.get('retry-after'))).toBe(Math.ceil(wait / 1000));
  expect(Number(over.headers.get('x-ratelimit-remaining-tokens'))).toBeLessThan(2_000);
  await ask({ limit: 4_000, model: 'gpt-4o-mini' });
});

test('a request that can never fit is told so, and is not asked to wait', async () => {
  await limits({ openai: { tokensPerMinute: 1_000 } });
  const over = await ask({ limit: 2_000 }).catch((error) => error);
  expect(over).toMatchObject({ status: 429, type: 'tokens', code: 'rate_limit_exceeded' });
  expect(over.message).toContain('Request too large for gpt-4o');
  expect(over.headers.get('retry-after')).toBeNull();
});

test('a limit of requests per minute has a minute’s worth at once, and names its reset as OpenAI does', async () => {
  await limits({ openai: { requestsPerMinute: 3 } });
  const resets: (string | null)[] = [];
  for (const _ of [1, 2, 3]) resets.push((await headersOf()).get('x-ratelimit-reset-requests'));
  expect(resets[0]).toMatch(/^(20s|19\.\d+s)$/);
  expect(resets[2]).toMatch(/^(1m0s|59\.\d+s)$/);
  const over = await ask().catch((error) => error);
  expect(over).toMatchObject({ status: 429, type: 'requests', code: 'rate_limit_exceeded' });
  expect(over.message).toContain('requests per min (RPM): Limit 3, Used 3, Requested 1');
});

test('a limit that is changed under way holds for the next request', async () => {
  await limits({ openai: { requestsPerMinute: 100 } });
  await ask();
  await limits({ openai: { requestsPerMinute: 1 } });
  await expect(ask()).rejects.toMatchObject({ status: 429 });
  await limits({ openai: { requestsPerMinute: 1_000 } });
  await ask();
});

test('rates are told by model, in buckets as fine as is asked for, with the tokens that were accepted', async () => {
  await limits({ openai: { tokensPerMinute: 10_000 } });
  await ask({ limit: 1_000 });
  await ask({ limit: 1_000, model: 'gpt-4o-mini' });
  await ask({ limit: 9_000 }).catch(() => undefined);
  const rate = await sim('GET', 'rate?by=model&bucketMs=250');
  expect(Object.keys(rate).sort()).toEqual(['openai/gpt-4o', 'openai/gpt-4o-mini']);
  const buckets = rate['openai/gpt-4o'] as Record<'at' | 'accepted' | 'refused' | 'tokens', number>[];
  const sum = (of: 'accepted' | 'refused' | 'tokens') => buckets.reduce((all, one) => all + one[of], 0);
  expect([sum('accepted'), sum('refused')]).toEqual([1, 1]);
  expect(sum('tokens')).toBeGreaterThan(1_085);
  expect(buckets.every(({ at }) => at % 250 === 0)).toBe(true);
  expect(Object.keys(await sim('GET', 'rate'))).toEqual(['openai']);
  expect(await sim('GET', 'rate?bucketMs=0')).toHaveProperty('error');
});

test('a retired model is not found, is not listed, and is not billed, until it is back', async () => {
  await sim('POST', 'settings', { retiredModels: ['gpt-4o-2024-08-06'] });
  for (const model of ['gpt-4o', 'gpt-4o-2024-08-06'])
    await expect(ask({ model })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
      type: 'invalid_request_error',
      message: expect.stringContaining('has been deprecated'),
    });
  const listed = (await openai.models.list()).data.map(({ id }) => id);
  expect(listed).not.toContain('gpt-4o-2024-08-06');
  await ask({ model: 'gpt-4o-mini' });
  expect(await sim('GET', 'bill')).toMatchObject({ billedCalls: 1, refused: 2 });
  await sim('POST', 'settings', { retiredModels: [] });
  await ask();
});

test('with tokenJitter answers differ in length by content and seed, never above their limit', async () => {
  const lengths = async () =>
    Promise.all([1, 2, 3, 4, 5, 6].map(async (shade) => (await ask({ shade })).usage!.completion_tokens));
  const [even, ...others] = await lengths();
  expect(others.every((length) => length === even)).toBe(true);
  await sim('POST', 'settings', { tokenJitter: 0.5 });
  const jittered = await lengths();
  expect(new Set(jittered).size).toBeGreaterThan(2);
  expect(jittered.every((length) => length >= 0.5 * even! && length <= 1.5 * even! + 1)).toBe(true);
  expect(await lengths()).toEqual(jittered);
  await sim('POST', 'settings', { seed: 2 });
  expect(await lengths()).not.toEqual(jittered);
  const cut = await Promise.all([1, 2, 3, 4].map((shade) => ask({ shade, limit: even! - 2 })));
  expect(cut.every(({ usage }) => usage!.completion_tokens <= even! - 2)).toBe(true);
});

interface Question {
  model?: string;
  limit?: number;
  shade?: number;
}

async function ask(question: Question = {}) {
  return (await answered(question)).data;
}

async function headersOf(question: Question = {}): Promise<Headers> {
  return (await answered(question)).response.headers;
}

async function answered({ model = 'gpt-4o', limit = 500, shade = 1 }: Question) {
  const background = { r: shade, g: 120, b: 40 };
  const image = await sharp({ create: { width: 64, height: 48, channels: 3, background } })
    .png()
    .toBuffer();
  const image_url = { url: `data:image/png;base64,${image.toString('base64')}`, detail: 'low' as const };
  const completion = openai.chat.completions.create({
    model,
    max_completion_tokens: limit,
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url }] }],
    response_format: { type: 'json_schema', json_schema: { name: 'look', schema: SCHEMA, strict: true } },
  });
  return completion.withResponse();
}

const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['one', 'two', 'three', 'four'],
  properties: Object.fromEntries(
    ['one', 'two', 'three', 'four'].map((name) => [name, { type: 'string' }] as const),
  ),
};

function limits(limits: object): Promise<unknown> {
  return sim('POST', 'settings', { limits });
}

// biome-ignore lint/suspicious/noExplicitAny: the tests look at one part of the answer each
async function sim(method: string, route: string, body?: unknown): Promise<any> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  return (await fetch(`${origin}/_sim/${route}`, init)).json();
}
