import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type OnnxChoice, onnx } from '../../../src/backfills/image-quality/detectors/onnx.ts';
import { openDetector } from '../../../src/backfills/image-quality/detectors/open.ts';
import { overlap } from '../../../src/domain/box.ts';
import type { Ask } from '../../../src/domain/call.ts';
import { makeModels } from '../../../src/stack/predictions/models.ts';
import { createVision } from '../../../src/vision/create.ts';
import { type TinyYolo, writeTinyYolo } from './yolo.ts';

// Each opens threads of its own.
vi.setConfig({ testTimeout: 30_000 });

let folder: string;
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'detector-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** As small as fits: 16 boxes of 7 values. */
const SMALL: TinyYolo = { side: 64, classes: 3, birdClass: 1 };
const COCO: TinyYolo = { side: 256, classes: 80, birdClass: 14 };

const neverAsked: Ask = () => {
  throw new Error('a local model buys nothing');
};

type Rectangle = readonly [left: number, top: number, width: number, height: number];

/** Red rectangles on blue, so that the average of a cell tells how much of it is red. */
async function picture(width: number, height: number, ...red: Rectangle[]) {
  const plain = (wide: number, high: number, background: string) => ({
    create: { width: wide, height: high, channels: 3 as const, background },
  });
  const bytes = await sharp(plain(width, height, '#0000ff'))
    .composite(red.map(([left, top, w, h]) => ({ input: plain(w, h, '#ff0000'), left, top })))
    .png()
    .toBuffer();
  await writeFile(at('image'), bytes);
  return createVision({ images: { baseUrl: pathToFileURL(folder).href } }).load('image');
}

async function birdsIn(image: Awaited<ReturnType<typeof picture>>, choice: Partial<OnnxChoice> = {}) {
  const detector = await onnx({ file: at('yolo.onnx'), birdClass: 1, ...choice });
  const { birds } = await detector.detect(image, neverAsked);
  await detector.close?.();
  return birds ?? [];
}

describe('a bird is found where it is', () => {
  test.each<[string, TinyYolo]>([
    ['values by box, as newer exports have it', SMALL],
    ['boxes by value', { ...SMALL, byBox: true }],
    ['an open batch', { ...SMALL, batch: null }],
  ])('with %s', async (_name, model) => {
    await writeTinyYolo(at('yolo.onnx'), model);
    const [bird, ...others] = await birdsIn(await picture(640, 640, [160, 320, 160, 160]));
    expect(others).toEqual([]);
    expect(bird?.confidence).toBeGreaterThan(95);
    expect(overlap(bird?.box ?? NOWHERE, { left: 0.25, top: 0.5, width: 0.25, height: 0.25 })).toBeCloseTo(1);
  });

  test.each([
    // Above and below lies half a cell row of grey: the image has 2 of 4 rows.
    ['in a wide image', 640, 320, [480, 160, 160, 160], { left: 0.75, top: 0.5, width: 0.25, height: 0.5 }],
    ['in a tall image', 320, 640, [0, 0, 160, 160], { left: 0, top: 0, width: 0.5, height: 0.25 }],
    // Stretched to 80 pixels when it is prepared, and put right again.
    ['in a flat image', 64, 32, [16, 16, 16, 16], { left: 0.25, top: 0.5, width: 0.25, height: 0.5 }],
    ['in a large image', 4000, 2000, [1000, 0, 1000, 1000], { left: 0.25, top: 0, width: 0.25, height: 0.5 }],
  ] as const)('%s', async (_name, width, height, red, box) => {
    await writeTinyYolo(at('yolo.onnx'), SMALL);
    const birds = await birdsIn(await picture(width, height, red));
    expect(birds).toHaveLength(1);
    expect(overlap(birds[0]?.box ?? NOWHERE, box)).toBeGreaterThan(0.95);
  });

  test('among the 80 classes of COCO birds have number 14', async () => {
    await writeTinyYolo(at('yolo.onnx'), COCO);
    const image = await picture(256, 256, [96, 160, 16, 16]);
    expect(await birdsIn(image, { birdClass: undefined })).toHaveLength(1);
    expect(await birdsIn(image, { birdClass: 15 })).toEqual([]);
  });

  test('objectness, as YOLOv5 has it, is part of the confidence', async () => {
    const image = await picture(256, 256, [96, 160, 16, 16]);
    await writeTinyYolo(at('yolo.onnx'), COCO);
    const [sure] = await birdsIn(image, { birdClass: 14 });
    await writeTinyYolo(at('yolo.onnx'), { ...COCO, byBox: true, objectness: 0.5 });
    const [half] = await birdsIn(image, { birdClass: 14 });
    expect(half).toEqual({ box: sure?.box, confidence: (sure?.confidence ?? 0) / 2 });
  });
});

const NOWHERE = { left: 0, top: 0, width: 0, height: 0 };

test('a box that reaches over the edge is cut off there', async () => {
  await writeTinyYolo(at('yolo.onnx'), { ...SMALL, reach: 32 });
  const [bird] = await birdsIn(await picture(640, 640, [0, 0, 160, 160]));
  expect(bird?.box).toEqual({ left: 0, top: 0, width: 0.375, height: 0.375 });
});

test('of boxes that overlap by more than half the surest stays; those that do less are birds of their own', async () => {
  await writeTinyYolo(at('yolo.onnx'), { ...SMALL, reach: 64 });
  // Boxes of 64 pixels, 16 apart: 48 / 80 in common.
  const near = await picture(640, 640, [160, 160, 160, 160], [320, 160, 160, 128]);
  expect(await birdsIn(near)).toHaveLength(1);
  await writeTinyYolo(at('yolo.onnx'), { ...SMALL, reach: 24 });
  const apart = await birdsIn(near);
  expect(apart).toHaveLength(2);
  expect(apart[0]?.confidence).toBeGreaterThan(apart[1]?.confidence ?? 100);
});

test('what is less sure than the threshold is no bird', async () => {
  await writeTinyYolo(at('yolo.onnx'), SMALL);
  // 70 % of a cell red, 30 % blue: 0.4.
  const image = await picture(640, 640, [160, 320, 160, 112]);
  const [bird] = await birdsIn(image);
  expect(bird?.confidence).toBeGreaterThan(35);
  expect(bird?.confidence).toBeLessThan(45);
  expect(await birdsIn(image, { threshold: 0.5 })).toEqual([]);
});

test('many images at a time are each answered for themselves', async () => {
  await writeTinyYolo(at('yolo.onnx'), SMALL);
  const detector = await openDetector(
    { detector: 'onnx', model: '', detectorModel: at('yolo.onnx'), birdClass: 1 },
    createVision({ images: {} }),
  );
  const columns = Array.from({ length: 16 }, (_, image) => image % 4);
  const images: Awaited<ReturnType<typeof picture>>[] = [];
  for (const column of columns) images.push(await picture(64, 64, [column * 16, 16, 16, 16]));
  const sightings = await Promise.all(images.map((image) => detector.detect(image, neverAsked)));
  await detector.close?.();
  expect(sightings.map(({ birds }) => Math.round((birds?.[0]?.box?.left ?? Number.NaN) * 4))).toEqual(
    columns,
  );
  expect(sightings[0]?.by).toEqual({ model: expect.stringMatching(/^yolo [0-9a-f]{16}$/) });
});

test('an image that cannot be decoded fails, and the detector goes on', async () => {
  await writeTinyYolo(at('yolo.onnx'), SMALL);
  const detector = await onnx({ file: at('yolo.onnx'), birdClass: 1 });
  await writeFile(at('image'), 'This is no photo.');
  const broken = await createVision({ images: { baseUrl: pathToFileURL(folder).href } }).load('image');
  await expect(detector.detect(broken, neverAsked)).rejects.toMatchObject({ code: 'image-undecodable' });
  const image = await picture(64, 64, [16, 16, 16, 16]);
  expect((await detector.detect(image, neverAsked)).birds).toHaveLength(1);
  await detector.close?.();
});

test('a model that answers with something else than confidences pauses the run: every image would meet it', async () => {
  await writeTinyYolo(at('yolo.onnx'), { ...COCO, byBox: true, objectness: 3 });
  const image = await picture(256, 256, [96, 160, 16, 16]);
  await expect(birdsIn(image, { birdClass: 14 })).rejects.toMatchObject({
    name: 'RunPaused',
    reason: { kind: 'configuration', message: expect.stringContaining('not between 0 and 1') },
  });
});

describe('a file that cannot be used is refused before any image is looked at', () => {
  test.each<[string, string, () => Promise<unknown>]>([
    ['one that is not there', 'is no file', async () => undefined],
    [
      'one that is no model',
      'is no ONNX model that can be loaded',
      () => writeFile(at('yolo.onnx'), 'version https://git-lfs.github.com/spec/v1'),
    ],
    [
      'one without the class',
      'knows 3 classes, and none with the number 14',
      () => writeTinyYolo(at('yolo.onnx'), SMALL),
    ],
    [
      'one that takes two images',
      'has the input input: float32 [2, 3, 64, 64]; expected is float32 [1, 3, S, S]',
      () => writeTinyYolo(at('yolo.onnx'), { ...SMALL, batch: 2 }),
    ],
  ])('%s', async (_name, told, write) => {
    await write();
    await expect(onnx({ file: at('yolo.onnx') })).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining(told),
      hint: expect.any(String),
    });
  });

  test('one of another kind', async () => {
    await makeModels(folder, { seed: 1, size: 'small' });
    await expect(onnx({ file: at('clip_vit_b32.onnx') })).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining('has the output output: float32 [batch, 512]; expected is float32'),
    });
  });

  test('one for PyTorch', async () => {
    await expect(onnx({ file: at('yolo.pt') })).rejects.toMatchObject({
      message: `${at('yolo.pt')} is no .onnx file`,
    });
  });

  test('none at all', async () => {
    const vision = createVision({ images: {} });
    await expect(openDetector({ detector: 'onnx', model: '' }, vision)).rejects.toMatchObject({
      name: 'UsageError',
      hint: 'Name a YOLO model with --detector-model FILE.',
    });
  });
});
