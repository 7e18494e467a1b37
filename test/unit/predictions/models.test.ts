import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeModels } from '../../../src/stack/predictions/models.ts';
import { orderedBox, unitLength } from '../../../src/vision/local/model-answers.ts';
import { openModels } from '../../../src/vision/local/models.ts';
import { prepareImage } from '../../../src/vision/local/prepare-image.ts';

let folder: string;
const at = (name: string) => path.join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'models-'));
  await makeModels(folder, { seed: 21, size: 'small' });
});
afterEach(() => rm(folder, { recursive: true }));

const IMAGES = path.join(import.meta.dirname, '../../golden/predictions/images');
const prepared = async (name: string) => prepareImage(await readFile(path.join(IMAGES, name)));

test('ranker_v4 is used where it is there, ranker_v3_w10 otherwise, and the file used is told with its hash', async () => {
  const usual = await openModels(folder);
  expect(usual.ranker).toEqual({
    name: 'ranker_v4',
    file: at('ranker_v4.onnx'),
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  await usual.close();
  await rename(at('ranker_v4.onnx'), at('ranker_v3_w10.onnx'));
  const older = await openModels(folder);
  expect(older.ranker).toEqual({
    name: 'ranker_v3_w10',
    file: at('ranker_v3_w10.onnx'),
    sha256: usual.ranker.sha256,
  });
  await older.close();
});

test('models.json says other names and another scale of dimensions', async () => {
  await rename(at('ranker_v4.onnx'), at('mine.onnx'));
  await writeFile(at('models.json'), JSON.stringify({ ranker: ['none', 'mine'], dimensionScale: 1_000 }));
  const models = await openModels(folder);
  expect(models.ranker.name).toBe('mine');
  const embedding = await models.embed(await prepared('gray.jpg'));
  const scaled = await models.crop([{ embedding, width: 300, height: 500 }]);
  await models.close();
  await writeFile(at('models.json'), JSON.stringify({ ranker: ['mine'] }));
  const usual = await openModels(folder);
  expect(await usual.crop([{ embedding, width: 3_000, height: 5_000 }])).toEqual(scaled);
  await usual.close();
});

test.each([
  ['{', 'is not JSON'],
  ['{"rankers":["ranker_v5"]}', 'Unrecognized key: "rankers"'],
  ['{"dimensionScale":0}', 'dimensionScale'],
])('a models.json that cannot be followed is refused: %s', async (content, told) => {
  await writeFile(at('models.json'), content);
  await expect(openModels(folder)).rejects.toThrow(told);
});

test('a missing model is told with what to do; PyTorch weights beside its place point to the export', async () => {
  await rm(at('ranker_v4.onnx'));
  await expect(openModels(folder)).rejects.toMatchObject({
    name: 'UsageError',
    message: `${folder} has no ranker_v4.onnx or ranker_v3_w10.onnx`,
  });
  await writeFile(at('ranker_v4.pt'), 'weights');
  await expect(openModels(folder)).rejects.toMatchObject({
    message: expect.stringContaining('but ranker_v4.pt, which only PyTorch can read'),
    hint: `Export it: python3 scripts/export-models.py --models ${folder}`,
  });
});

test('a file that is no model is refused by name', async () => {
  await writeFile(at('ranker_v4.onnx'), 'version https://git-lfs.github.com/spec/v1');
  await expect(openModels(folder)).rejects.toMatchObject({
    name: 'UsageError',
    message: expect.stringContaining(`${at('ranker_v4.onnx')} is no ONNX model that can be loaded`),
  });
});

test('a model of another kind is refused with the shape found and the shape expected', async () => {
  await copyFile(at('ranker_v4.onnx'), at('crop_proposer_v3.onnx'));
  await expect(openModels(folder)).rejects.toMatchObject({
    name: 'UsageError',
    message: `${at('crop_proposer_v3.onnx')} has the input input: float32 [batch, 512]; expected is float32 [n, 514]`,
  });
});

test('models that take one image per call answer as those that take many', async () => {
  const many = await openModels(folder);
  const embeddings = await Promise.all(
    ['gray.jpg', 'tiny.png'].map(async (name) => many.embed(await prepared(name))),
  );
  const scores = await many.score(embeddings);
  await many.close();
  await makeModels(folder, { seed: 21, size: 'small', batch: 1 });
  const single = await openModels(folder);
  expect(await single.embed(await prepared('gray.jpg'))).toEqual(embeddings[0]);
  expect(await single.score(embeddings)).toEqual(scores);
  await single.close();
});

test('the same seed makes the same files, and another seed others', async () => {
  const first = await readFile(at('clip_vit_b32.onnx'));
  await makeModels(folder, { seed: 21, size: 'small' });
  expect(first.equals(await readFile(at('clip_vit_b32.onnx')))).toBe(true);
  await makeModels(folder, { seed: 22, size: 'small' });
  expect(first.equals(await readFile(at('clip_vit_b32.onnx')))).toBe(false);
  expect(first.toString('latin1')).toContain('Random weights, for tests and demos');
});

test('a call after closing fails, and one under way is answered', async () => {
  const models = await openModels(folder);
  const underWay = models.embed(await prepared('gray.jpg'));
  await models.close();
  await expect(underWay).resolves.toHaveLength(512);
  await expect(models.score([new Float32Array(512)])).rejects.toThrow('the models are closed');
});

test('boxes are put in order and cut off at the edges', () => {
  expect(orderedBox(Float32Array.of(0.75, -0.5, 0.25, 1.5))).toEqual([0.25, 0, 0.75, 1]);
  expect(() => orderedBox(Float32Array.of(0, 0, Number.NaN, 1))).toThrow('the crop proposer answered with');
});

test('an embedding without direction is an error, never a number', () => {
  expect(() => unitLength(new Float32Array(512))).toThrow('a vector of length 0');
  expect(() => unitLength(new Float32Array(512).fill(Number.NaN))).toThrow('a vector of length NaN');
});
