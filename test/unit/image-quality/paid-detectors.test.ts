import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DetectorName } from '../../../src/backfills/image-quality/detectors/detector.ts';
import { openDetector } from '../../../src/backfills/image-quality/detectors/open.ts';
import { birdsIn } from '../../../src/backfills/image-quality/detectors/rekognition.ts';
import type { Answer, PaidCall } from '../../../src/domain/call.ts';
import { createVision } from '../../../src/vision/create.ts';
import type { Box, DetectedLabel } from '../../../src/vision/vision.ts';

/** Detectors against a server that answers as the test says. */

let answer: unknown;
let asked: string;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    asked = Buffer.concat(chunks).toString();
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
});

let folder: string;
let origin: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paid-'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await sharp({ create: { width: 640, height: 480, channels: 3, background: '#336699' } })
    .jpeg()
    .toFile(join(folder, 'bird.jpg'));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await rm(folder, { recursive: true });
});

async function ask<T>(call: PaidCall<T>): Promise<Answer<T>> {
  const { body, cost } = await (await call.prepare()).send(new AbortController().signal);
  const { model, promptVersion, operation } = call;
  return { value: call.parse(body), callKey: operation, model, promptVersion, cost, cached: false };
}

async function detect(detector: DetectorName) {
  const vision = createVision({
    openai: { apiKey: 'sk-test', baseUrl: `${origin}/v1` },
    rekognition: {
      endpoint: origin,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    },
    images: { baseUrl: pathToFileURL(folder).href },
  });
  const eyes = await openDetector({ detector, model: 'gpt-4o-mini' }, vision);
  return eyes.detect(await vision.load('bird.jpg'), ask);
}

const box = (left: number, top: number, width: number, height: number): Box => ({ left, top, width, height });
const HERE = box(0.1, 0.1, 0.4, 0.4);
const HERE_TOO = box(0.12, 0.1, 0.4, 0.38);
const THERE = box(0.6, 0.5, 0.3, 0.4);

function label(name: string, confidence: number, ...boxes: Box[]): DetectedLabel {
  const parents = name === 'Bird' ? ['Animal'] : ['Animal', 'Bird'];
  const instances = boxes.map((one) => ({ confidence: confidence - 1, box: one }));
  return { name, confidence, parents, categories: [], instances };
}

describe('Rekognition', () => {
  test('is asked for labels, and its instances are the birds', async () => {
    answer = {
      Labels: [
        {
          Name: 'Bird',
          Confidence: 99,
          Parents: [{ Name: 'Animal' }],
          Instances: [{ Confidence: 98, BoundingBox: { Left: 0.25, Top: 0.125, Width: 0.5, Height: 0.75 } }],
        },
        { Name: 'Tree', Confidence: 99, Instances: [] },
      ],
    };
    expect(await detect('rekognition')).toEqual({
      birds: [{ box: box(0.25, 0.125, 0.5, 0.75), confidence: 98 }],
      by: { callKey: 'detect_labels', model: 'DetectLabels', promptVersion: '1' },
    });
  });

  test.each<[string, DetectedLabel[], ReturnType<typeof birdsIn>]>([
    ['no label', [], []],
    [
      'labels of other things',
      [
        { ...label('Plane', 90, HERE), parents: ['Vehicle'] },
        { ...label('Tree', 90), parents: [] },
      ],
      [],
    ],
    ['an eagle alone', [label('Eagle', 90, HERE)], [{ box: HERE, confidence: 89 }]],
    [
      'two birds',
      [label('Bird', 90, HERE, THERE)],
      [HERE, THERE].map((one) => ({ box: one, confidence: 89 })),
    ],
    [
      'two birds that sit close together',
      [label('Bird', 90, HERE, HERE_TOO)],
      [HERE, HERE_TOO].map((one) => ({ box: one, confidence: 89 })),
    ],
    [
      'one bird under two labels, the surer of which counts',
      [label('Eagle', 95, HERE_TOO), label('Bird', 90, HERE)],
      [{ box: HERE, confidence: 94 }],
    ],
    [
      'two birds, one of them under two labels',
      [label('Bird', 90, HERE, THERE), label('Eagle', 80, HERE_TOO)],
      [HERE, THERE].map((one) => ({ box: one, confidence: 89 })),
    ],
    [
      'an eagle where no other label has a bird',
      [label('Bird', 90, HERE), label('Eagle', 80, THERE)],
      [
        { box: HERE, confidence: 89 },
        { box: THERE, confidence: 79 },
      ],
    ],
    ['labels without instances', [label('Bird', 80), label('Beak', 90)], [{ box: null, confidence: 90 }]],
    [
      'a label without instances beside one with',
      [label('Bird', 80, HERE), label('Beak', 90)],
      [{ box: HERE, confidence: 79 }],
    ],
  ])('%s', (_name, labels, birds) => {
    expect(birdsIn(labels)).toEqual(birds);
  });
});

describe('OpenAI', () => {
  const completion = (content: unknown) => ({
    model: 'gpt-4o-mini',
    choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: JSON.stringify(content) } }],
    usage: { prompt_tokens: 900, completion_tokens: 60 },
  });

  test('is asked with a strict schema, and tells how much of a bird is in view', async () => {
    answer = completion({ birds: [{ box: HERE, confidence: 96, visible_percent: 55 }] });
    expect(await detect('openai')).toEqual({
      birds: [{ box: HERE, confidence: 96, visible: 0.55 }],
      by: { callKey: 'locate_birds', model: 'gpt-4o-mini', promptVersion: '1' },
    });
    expect(JSON.parse(asked).response_format).toMatchObject({
      type: 'json_schema',
      json_schema: { name: 'locate_birds', strict: true },
    });
  });

  test('boxes are cut off at the edge, and one without an area is no place', async () => {
    const others = { confidence: 90, visible_percent: 100 };
    answer = completion({
      birds: [
        { box: box(0.75, 0.5, 0.5, 1), ...others },
        { box: box(0.5, 0.5, 0, 0.25), ...others },
      ],
    });
    const { birds } = await detect('openai');
    expect(birds?.map((bird) => bird.box)).toEqual([box(0.75, 0.5, 0.25, 0.5), null]);
  });

  test('a place that is no fraction is no answer', async () => {
    answer = completion({ birds: [{ box: box(120, 80, 300, 200), confidence: 90, visible_percent: 100 }] });
    await expect(detect('openai')).rejects.toMatchObject({ code: 'answer-off-schema' });
  });
});

test('without a detector nobody is asked, and that nobody has looked is told', async () => {
  asked = 'nothing';
  expect(await detect('none')).toEqual({ birds: null, by: {} });
  expect(asked).toBe('nothing');
});
