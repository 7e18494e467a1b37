import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { DetectLabelsCommand, RekognitionClient } from '@aws-sdk/client-rekognition';
import OpenAI from 'openai';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { gapSchema, tier1Schema, tier2Schema } from '../../src/backfills/context-tiers/answers.ts';
import { appraisalSchema, documentSchema } from '../../src/backfills/vehicle-images/answers.ts';
import { tier1Of } from '../../src/stack/context/tier-1.ts';
import { tier2Of } from '../../src/stack/context/tier-2.ts';
import { shotOf } from '../../src/stack/sample/shot.ts';
import { stripSvg } from '../../src/stack/sample/strip.ts';
import type { Scene } from '../../src/stack/sample/truth.ts';
import { truthOf } from '../../src/stack/sample/truth.ts';

const MAIN = fileURLToPath(new URL('../../src/stack/simulator/main.ts', import.meta.url));

let simulator: ChildProcess;
let origin: string;
let openai: OpenAI;
let rekognition: RekognitionClient;

beforeAll(async () => {
  simulator = spawn(process.execPath, [MAIN, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(simulator.stdout!, 'data');
  origin = `http://127.0.0.1:${JSON.parse(String(line)).port}`;
  openai = new OpenAI({ baseURL: `${origin}/v1`, apiKey: 'sk-simulated', maxRetries: 0, timeout: 5_000 });
  rekognition = rekognitionWith('AKIASIMULATED');
});

afterAll(async () => {
  rekognition.destroy();
  simulator.kill();
  await once(simulator, 'exit');
});

beforeEach(() => sim('POST', 'reset'));

describe('answers', () => {
  test('labels are the truth of the photo, in the words of Rekognition', async () => {
    const number = photoOf('engine');
    const { Labels, LabelModelVersion } = await detectLabels(await photo(number));
    const truth = truthOf(number).labels.filter(({ confidence }) => confidence >= 55);
    expect(LabelModelVersion).toBe('3.0');
    expect(Labels?.map(({ Name }) => Name).sort()).toEqual(truth.map(({ name }) => name).sort());
    const boxed = truth.find(({ instances }) => instances.length > 0)!;
    expect(Labels?.find(({ Name }) => Name === boxed.name)).toMatchObject({
      Confidence: boxed.confidence,
      Instances: boxed.instances.map(({ box }) => ({ BoundingBox: { Left: box.left, Width: box.width } })),
      Parents: boxed.parents.map((Name) => ({ Name })),
      Categories: boxed.categories.map((Name) => ({ Name })),
    });
  });

  test('MaxLabels and MinConfidence bound the labels', async () => {
    const image = await photo(photoOf('exterior'));
    const all = (await detectLabels(image, { MinConfidence: 0 })).Labels!;
    const best = (await detectLabels(image, { MaxLabels: 1 })).Labels!;
    expect(best).toEqual(all.slice(0, 1));
    const sure = (await detectLabels(image, { MinConfidence: 90 })).Labels!;
    expect(sure).toEqual(all.filter(({ Confidence }) => Confidence! >= 90));
  });

  test('the appraiser answers the truth of the photo, by both APIs of OpenAI', async () => {
    const number = photoOf('engine');
    const image = await photo(number);
    const chat = await askChat(image, 'appraise_engine', appraisalSchema);
    const response = await askResponses(image, 'appraise_engine', appraisalSchema);
    expect(appraisalSchema.parse(JSON.parse(chat.choices[0]!.message.content!))).toEqual(
      truthOf(number).appraisal,
    );
    expect(appraisalSchema.parse(JSON.parse(response.output_text))).toEqual(truthOf(number).appraisal);
    expect(response.status).toBe('completed');
  });

  test('the document question answers the truth, and says so when a photo is none', async () => {
    const number = photoOf('document');
    const document = await askChat(await photo(number), 'read_document', documentSchema);
    expect(documentSchema.parse(JSON.parse(document.choices[0]!.message.content!))).toEqual(
      truthOf(number).document,
    );
    const car = await askChat(await photo(photoOf('engine')), 'read_document', documentSchema);
    expect(documentSchema.parse(JSON.parse(car.choices[0]!.message.content!))).toMatchObject({
      category: 'not_a_document',
      spid: null,
    });
  });

  test('a document that reaches the appraiser gets an answer, and is counted', async () => {
    const answer = await askChat(await photo(photoOf('document')), 'appraise_exterior', appraisalSchema);
    expect(appraisalSchema.safeParse(JSON.parse(answer.choices[0]!.message.content!)).success).toBe(true);
    expect(await bill()).toMatchObject({ documentsAppraised: 1 });
  });

  test('the tiers answer the truth of the photo, a document as well, and no document is appraised by that', async () => {
    for (const number of [photoOf('exterior'), photoOf('document')]) {
      const image = await photo(number);
      const first = await askChat(image, 'organise_image', tier1Schema);
      expect(tier1Schema.parse(said(first))).toEqual(tier1Of(shotOf(number)));
      for (const operation of ['confirm_parts', 'guided_parts', 'infer_parts'] as const) {
        const second = await askChat(image, operation, tier2Schema);
        expect(tier2Schema.parse(said(second))).toEqual(tier2Of(shotOf(number), operation));
      }
    }
    expect(await bill()).toMatchObject({ billedCalls: 8, documentsAppraised: 0 });
  });

  test.each([
    ['Context score: 8', 8],
    ['{"vehicle":"1972 GMC Jimmy","context_score":9}', 9],
    ['Nothing is known.', 0],
  ])('the gap finder says the score that it was told beside the photo: %s', async (context, score) => {
    const image = await photo(photoOf('engine'));
    const chat = await askChat(image, 'find_gaps', gapSchema, { context });
    expect(gapSchema.parse(said(chat))).toMatchObject({ current_context_score: score });
    const response = await askResponses(image, 'find_gaps', gapSchema, { context });
    expect(JSON.parse(response.output_text)).toEqual(said(chat));
  });

  test('a picture without a strip gets the same plausible answer every time', async () => {
    const image = await plainImage(1);
    const labels = await detectLabels(image);
    expect(labels.Labels!.length).toBeGreaterThan(0);
    expect((await detectLabels(image)).Labels).toEqual(labels.Labels);
  });

  test('any other schema is answered with the smallest thing that fits it', async () => {
    const schema = z.strictObject({
      tier: z.enum(['low', 'high']),
      score: z.number().min(3),
      notes: z.array(z.string()).min(2),
      more: z.strictObject({ sure: z.boolean() }).nullable(),
    });
    const answer = await askResponses(await plainImage(2), 'context_tier', schema);
    expect(schema.safeParse(JSON.parse(answer.output_text)).success).toBe(true);
  });

  test('tokens are counted as documented: text, schema, tiles by detail and model, answer', async () => {
    const image = await plainImage(3, 1024, 1024);
    const tokens = async (model: string, detail: 'low' | 'high') =>
      (await askChat(image, 'appraise_engine', appraisalSchema, { model, detail })).usage!.prompt_tokens;
    const low = await tokens('gpt-4o', 'low');
    expect((await tokens('gpt-4o', 'high')) - low).toBe(4 * 170);
    expect((await tokens('gpt-4o-mini', 'low')) - low).toBe(2_833 - 85);
    expect((await tokens('gpt-4o-mini', 'high')) - low).toBe(2_833 - 85 + 4 * 5_667);
  });

  test('an answer above the token limit is cut off, and says so', async () => {
    const image = await photo(photoOf('engine'));
    const chat = await askChat(image, 'appraise_engine', appraisalSchema, { limit: 16 });
    expect(chat.choices[0]).toMatchObject({ finish_reason: 'length' });
    expect(chat.usage?.completion_tokens).toBe(16);
    const response = await askResponses(image, 'appraise_engine', appraisalSchema, { limit: 16 });
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    });
  });

  test('the models that can be asked are listed', async () => {
    const models = await openai.models.list();
    expect(models.data.map(({ id }) => id)).toContain('gpt-4o-mini');
  });
});

describe('requests that are refused', () => {
  test('a wrong key, by both providers', async () => {
    await sim('POST', 'settings', { badKeys: ['sk-revoked', 'AKIAREVOKED'] });
    const image = await plainImage(4);
    for (const apiKey of ['sk-revoked', 'no-key-at-all']) {
      const call = askChat(image, 'read_document', documentSchema, {
        client: openai.withOptions({ apiKey }),
      });
      await expect(call).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' });
    }
    const stranger = rekognitionWith('AKIAREVOKED');
    const call = stranger.send(new DetectLabelsCommand({ Image: { Bytes: image } }));
    await expect(call).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    stranger.destroy();
  });

  test('a model that is unknown or retired', async () => {
    const call = askChat(await plainImage(4), 'read_document', documentSchema, {
      model: 'gpt-4-vision-preview',
    });
    await expect(call).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
  });

  test('a schema that strict structured outputs do not take', async () => {
    const image = await plainImage(4);
    const loose = z.object({ score: z.number() });
    await expect(askChat(image, 'loose', z.toJSONSchema(loose, { io: 'input' }))).rejects.toMatchObject({
      status: 400,
      param: 'response_format',
      message: expect.stringContaining("'additionalProperties' is required"),
    });
    const optional = z.strictObject({ score: z.number().optional() });
    await expect(askResponses(image, 'optional', optional)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining("Missing 'score'"),
    });
    const bounded = z.toJSONSchema(z.strictObject({ name: z.string().min(1) }));
    await expect(askChat(image, 'bounded', bounded)).rejects.toMatchObject({
      message: expect.stringContaining("In context=('properties', 'name'), 'minLength' is not permitted"),
    });
  });

  test('bytes that are no image, and an image that breaks off', async () => {
    const whole = await photo(12);
    for (const image of [Buffer.from('this is a text file'), whole.subarray(0, whole.length / 2)]) {
      await expect(detectLabels(image)).rejects.toMatchObject({ name: 'InvalidImageFormatException' });
      await expect(askChat(image, 'read_document', documentSchema)).rejects.toMatchObject({
        status: 400,
        code: 'invalid_image',
      });
    }
    const webp = await sharp(await plainImage(5))
      .webp()
      .toBuffer();
    await expect(detectLabels(webp)).rejects.toMatchObject({ name: 'InvalidImageFormatException' });
    await askChat(webp, 'read_document', documentSchema);
  });

  test('an image above five megabytes, by Rekognition', async () => {
    const image = Buffer.concat([await plainImage(6), Buffer.alloc(5_242_880)]);
    await expect(detectLabels(image)).rejects.toMatchObject({ name: 'ImageTooLargeException' });
  });

  test('a question without an image', async () => {
    const call = openai.chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'Which car?' }],
    });
    await expect(call).rejects.toMatchObject({ status: 400 });
  });

  test('nothing that was refused is billed', async () => {
    await detectLabels(Buffer.from('text')).catch(() => {});
    expect(await bill()).toMatchObject({ calls: 1, billedCalls: 0, refused: 1, costUsd: 0 });
  });
});

describe('faults, as the clients see them', () => {
  const seenByOpenAI = {
    throttle: { status: 429, code: 'rate_limit_exceeded' },
    'throttle-no-header': { status: 429, code: 'rate_limit_exceeded' },
    'error-500': { status: 500, type: 'server_error' },
    'error-503': { status: 503, type: 'server_error' },
    timeout: { name: 'Error', message: 'Request timed out.' },
    cut: { message: 'Connection error.' },
    'cut-after-billing': { message: 'Connection error.' },
    insufficient_quota: { status: 429, code: 'insufficient_quota' },
  };
  test.each(Object.entries(seenByOpenAI))('%s, by OpenAI', async (kind, error) => {
    await sim('POST', 'settings', { faults: [{ kind }] });
    const client = openai.withOptions({ timeout: 300 });
    const call = askChat(await plainImage(8), 'read_document', documentSchema, { client });
    await expect(call).rejects.toMatchObject(error);
    expect(await bill()).toMatchObject({ billedCalls: kind === 'cut-after-billing' ? 1 : 0 });
  });

  const seenByAws = {
    throttle: { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } },
    'throttle-no-header': { name: 'ThrottlingException', message: 'Rate exceeded' },
    'error-500': { name: 'InternalServerError', $metadata: { httpStatusCode: 500 } },
    'error-503': { name: 'ServiceUnavailableException', $metadata: { httpStatusCode: 503 } },
    timeout: { name: 'AbortError' },
    cut: { code: 'ECONNRESET' },
    'cut-after-billing': { code: 'ECONNRESET' },
    'not-json': { name: 'SyntaxError' },
  };
  test.each(Object.entries(seenByAws))('%s, by Rekognition', async (kind, error) => {
    await sim('POST', 'settings', { faults: [{ kind }] });
    const image = await plainImage(8);
    const command = new DetectLabelsCommand({ Image: { Bytes: image } });
    const call = rekognition.send(command, { abortSignal: AbortSignal.timeout(300) });
    await expect(call).rejects.toMatchObject(error);
    const billed = kind === 'cut-after-billing' || kind === 'not-json' ? 1 : 0;
    expect(await bill()).toMatchObject({ billedCalls: billed });
  });

  test('a throttled client of OpenAI is told how long to wait, unless the header is missing', async () => {
    const image = await plainImage(8);
    await sim('POST', 'settings', { faults: [{ kind: 'throttle', retryAfterMs: 1_200 }] });
    const told = await askChat(image, 'read_document', documentSchema).catch((error) => error);
    expect(told.headers.get('retry-after-ms')).toBe('1200');
    expect(told.headers.get('retry-after')).toBe('2');
    await sim('POST', 'settings', { faults: [{ kind: 'throttle-no-header' }] });
    const left = await askChat(image, 'read_document', documentSchema).catch((error) => error);
    expect(left.headers.get('retry-after')).toBeNull();
  });

  test('answers that are no JSON, break the schema, or decline: billed each', async () => {
    const image = await photo(photoOf('engine'));
    const say = async (kind: string) => {
      await sim('POST', 'settings', { faults: [{ kind }] });
      return (await askChat(image, 'appraise_engine', appraisalSchema)).choices[0]!.message;
    };
    const chatter = await say('not-json');
    expect(() => JSON.parse(chatter.content!)).toThrow(SyntaxError);
    const other = await say('off-schema');
    expect(appraisalSchema.safeParse(JSON.parse(other.content!)).success).toBe(false);
    expect(await say('refusal')).toMatchObject({ content: null, refusal: expect.any(String) });
    expect(await bill()).toMatchObject({ billedCalls: 3 });
  });

  test('a fault strikes the photos, operations and times that it names', async () => {
    await sim('POST', 'settings', {
      faults: [{ match: { operation: 'appraise_*', items: [21] }, kind: 'error-500', times: 2 }],
    });
    const outcomes = async (number: number, operation: string) => {
      const image = await photo(number);
      const schema = operation === 'read_document' ? documentSchema : appraisalSchema;
      const calls = [1, 2, 3].map(() => askChat(image, operation, schema).then(Boolean, () => false));
      return (await Promise.all(calls)).filter((answered) => !answered).length;
    };
    expect(await outcomes(21, 'appraise_engine')).toBe(2);
    expect(await outcomes(22, 'appraise_engine')).toBe(0);
    expect(await outcomes(21, 'read_document')).toBe(0);
  });

  test('faults by rate strike the same photos again with the same seed, in any order', async () => {
    const images = await Promise.all(Array.from({ length: 40 }, (_, index) => plainImage(100 + index)));
    const struck = async (order: Buffer[]) => {
      await sim('POST', 'settings', { seed: 5, faults: [{ kind: 'error-500', rate: 0.3 }] });
      const failed = await Promise.all(
        order.map((image) =>
          detectLabels(image).then(
            () => [],
            () => [image],
          ),
        ),
      );
      return new Set(failed.flat().map(contentOf));
    };
    const first = await struck(images);
    expect(first.size).toBeGreaterThan(3);
    expect(first.size).toBeLessThan(25);
    expect(await struck(images.toReversed())).toEqual(first);
  });

  test('settings that make no sense are refused, and change nothing', async () => {
    const before = await sim('GET', 'settings');
    expect(await sim('POST', 'settings', { latencyMs: -1 })).toHaveProperty('error');
    expect(await sim('POST', 'settings', { latency: 1 })).toHaveProperty('error');
    expect(await sim('GET', 'settings')).toEqual(before);
  });
});

describe('limits', () => {
  test('a burst above the limit is refused, and paced calls use nearly all of it', async () => {
    await sim('POST', 'settings', { limits: { rekognition: { requestsPerSecond: 20 } } });
    const image = await plainImage(9);
    const together = await Promise.allSettled(Array.from({ length: 12 }, () => detectLabels(image)));
    const refused = together.filter((call) => call.status === 'rejected');
    expect(refused).toHaveLength(7);
    expect(refused[0]!.reason).toMatchObject({ name: 'ProvisionedThroughputExceededException' });

    // A busy machine delivers paced calls in bursts of its own.
    await sim('POST', 'settings', { limits: { rekognition: { requestsPerSecond: 20, burst: 15 } } });
    await pause(300);
    const paced = Array.from({ length: 19 }, (_, slot) => pause(slot * 52).then(() => detectLabels(image)));
    await Promise.all(paced);
    const seconds = (await sim('GET', 'rate?windowMs=10000')).rekognition as Record<string, number>[];
    expect(seconds.reduce((sum, { accepted }) => sum + accepted!, 0)).toBe(5 + 19);
    expect(seconds.reduce((sum, { refused }) => sum + refused!, 0)).toBe(7);
  });

  test('a limit of one model holds for that model only, and headers tell how much is left', async () => {
    await sim('POST', 'settings', { limits: { 'openai/gpt-4o': { requestsPerSecond: 1 } } });
    const image = await plainImage(9);
    await askChat(image, 'read_document', documentSchema, { model: 'gpt-4o' });
    const over = await askChat(image, 'read_document', documentSchema, { model: 'gpt-4o' }).catch(
      (error) => error,
    );
    expect(over).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    expect(Number(over.headers.get('retry-after-ms'))).toBeGreaterThan(100);
    await askChat(image, 'read_document', documentSchema, { model: 'gpt-4o-mini' });

    await sim('POST', 'settings', { limits: { 'openai/gpt-4o': null, openai: { requestsPerDay: 10_000 } } });
    const { response } = await openai.chat.completions
      .create(chatRequest(image, 'read_document', jsonSchema(documentSchema), {}))
      .withResponse();
    expect(response.headers.get('x-ratelimit-limit-requests')).toBe('10000');
    expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('9999');
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
  });

  test('a used-up day is refused until it renews', async () => {
    await sim('POST', 'settings', { limits: { openai: { requestsPerDay: 2, dayMs: 600 } } });
    const ask = async () => askChat(await plainImage(9), 'read_document', documentSchema);
    await ask();
    await ask();
    const refused = await ask().catch((error) => error);
    expect(refused).toMatchObject({ status: 429, message: expect.stringContaining('per day (RPD)') });
    await pause(Number(refused.headers.get('retry-after-ms')) + 5);
    await ask();
  });

  test('every call takes the latency that is set', async () => {
    await sim('POST', 'settings', { latencyMs: 150 });
    const began = performance.now();
    await detectLabels(await plainImage(9));
    expect(performance.now() - began).toBeGreaterThanOrEqual(149);
  });
});

describe('the bill', () => {
  test('is kept by operation and content, at any size and quality of the same photo', async () => {
    const number = photoOf('engine');
    await detectLabels(await photo(number));
    await detectLabels(await photo(number, 512, 70));
    await askChat(await photo(number), 'appraise_engine', appraisalSchema);
    const plain = await plainImage(10);
    await detectLabels(plain);
    const { byContent, repeats, byOperation, billedCalls } = await bill('?content=1');
    expect(billedCalls).toBe(4);
    expect(byContent).toContainEqual(
      expect.objectContaining({ operation: 'DetectLabels', content: contentOf(plain), times: 1 }),
    );
    expect(repeats).toEqual([{ operation: 'DetectLabels', content: `photo:${number}`, times: 2 }]);
    expect(byOperation.DetectLabels).toEqual({ provider: 'rekognition', billedCalls: 3, costUsd: 0.003 });
  });

  test('follows the public prices', async () => {
    const image = await photo(photoOf('engine'));
    const full = await askChat(image, 'appraise_engine', appraisalSchema, { model: 'gpt-4o' });
    const mini = await askChat(image, 'appraise_engine', appraisalSchema, { model: 'gpt-4o-mini' });
    const cost = (usage: typeof full.usage, input: number, output: number) =>
      (usage!.prompt_tokens * input + usage!.completion_tokens * output) / 1e6;
    const { costUsd } = await bill();
    expect(costUsd).toBeCloseTo(cost(full.usage, 2.5, 10) + cost(mini.usage, 0.15, 0.6), 9);
  });

  test('a client that goes away before the answer has paid', async () => {
    await sim('POST', 'settings', { latencyMs: 300 });
    const client = openai.withOptions({ timeout: 100 });
    const call = askChat(await plainImage(11), 'read_document', documentSchema, { client });
    await expect(call).rejects.toThrow('timed out');
    await pause(400);
    expect(await bill()).toMatchObject({ billedCalls: 1, fates: { abandoned: 1 } });
  });

  test('every call is logged with its time, so that silence can be proved', async () => {
    const image = await plainImage(12);
    await detectLabels(image);
    await pause(20);
    const silentFrom = Date.now();
    const { calls } = await sim('GET', 'calls');
    expect(calls).toEqual([
      expect.objectContaining({
        operation: 'DetectLabels',
        content: contentOf(image),
        fate: 'answered',
        billed: true,
      }),
    ]);
    expect(await sim('GET', `calls?since=${silentFrom}`)).toEqual({ calls: [] });
  });
});

interface Ask {
  model?: string;
  detail?: 'low' | 'high';
  limit?: number;
  client?: OpenAI;
  /** Said beside the photo. */
  context?: string;
}

function chatRequest(image: Buffer, name: string, schema: Record<string, unknown>, ask: Ask) {
  const image_url = { url: dataUrl(image), detail: ask.detail ?? ('low' as const) };
  const context = ask.context ? [{ type: 'text' as const, text: ask.context }] : [];
  return {
    model: ask.model ?? 'gpt-4o-mini',
    max_completion_tokens: ask.limit ?? 2_000,
    messages: [
      { role: 'system' as const, content: 'You appraise vehicles.' },
      { role: 'user' as const, content: [...context, { type: 'image_url' as const, image_url }] },
    ],
    response_format: { type: 'json_schema' as const, json_schema: { name, schema, strict: true } },
  };
}

function askChat(image: Buffer, name: string, schema: z.ZodType | Record<string, unknown>, ask: Ask = {}) {
  const request = chatRequest(image, name, jsonSchema(schema), ask);
  return (ask.client ?? openai).chat.completions.create(request);
}

function said(chat: OpenAI.ChatCompletion): unknown {
  return JSON.parse(chat.choices[0]?.message.content ?? '');
}

function askResponses(image: Buffer, name: string, schema: z.ZodType, ask: Ask = {}) {
  const context = ask.context ? [{ type: 'input_text' as const, text: ask.context }] : [];
  return openai.responses.create({
    model: ask.model ?? 'gpt-4o-mini',
    max_output_tokens: ask.limit ?? 2_000,
    instructions: 'You appraise vehicles.',
    input: [
      {
        role: 'user',
        content: [
          ...context,
          { type: 'input_image', image_url: dataUrl(image), detail: ask.detail ?? 'low' },
        ],
      },
    ],
    text: { format: { type: 'json_schema', name, schema: jsonSchema(schema), strict: true } },
  });
}

/** Without the keywords that structured outputs do not take. */
function jsonSchema(schema: z.ZodType | Record<string, unknown>): Record<string, unknown> {
  if (!(schema instanceof z.ZodType)) return schema;
  return z.toJSONSchema(schema, {
    override: ({ jsonSchema }) => {
      delete jsonSchema.minLength;
    },
  });
}

function detectLabels(image: Buffer, bounds: { MaxLabels?: number; MinConfidence?: number } = {}) {
  return rekognition.send(new DetectLabelsCommand({ Image: { Bytes: image }, ...bounds }));
}

function rekognitionWith(accessKeyId: string): RekognitionClient {
  return new RekognitionClient({
    endpoint: `${origin}/rekognition`,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'simulated' },
    maxAttempts: 1,
  });
}

// biome-ignore lint/suspicious/noExplicitAny: the tests look at one part of the answer each
async function sim(method: string, route: string, body?: unknown): Promise<any> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  return (await fetch(`${origin}/_sim/${route}`, init)).json();
}

function bill(query = '') {
  return sim('GET', `bill${query}`);
}

/** The first sample photo of a scene. */
function photoOf(scene: Scene): number {
  let number = 1;
  while (truthOf(number).scene !== scene) number += 1;
  return number;
}

/** A grey picture with the strip of a sample photo, scaled to `width`. */
function photo(number: number, width = 640, quality = 85): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="960" height="720"><rect width="960" height="720" fill="#789"/>${stripSvg(number, 960)}</svg>`;
  return sharp(Buffer.from(svg)).resize({ width }).jpeg({ quality }).toBuffer();
}

/** A picture without a strip; another `shade`, another picture. */
function plainImage(shade: number, width = 64, height = 48): Promise<Buffer> {
  const background = { r: shade % 256, g: 120, b: 40 };
  return sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
}

function contentOf(image: Buffer): string {
  return `bytes:${createHash('sha256').update(image).digest('hex')}`;
}

function dataUrl(image: Buffer): string {
  return `data:image/jpeg;base64,${image.toString('base64')}`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
