import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CachePlace, openEmbeddingCache } from '../../../src/stores/embeddings/cache.ts';
import { toNpy } from '../../../src/stores/embeddings/npy.ts';

const OURS = 'a'.repeat(64);
const OTHERS = 'b'.repeat(64);

let root: string;
let folder: string;
let index: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'embeddings-'));
  folder = path.join(root, 'embeddings');
  index = path.join(root, 'cache/processed_images.jsonl');
});
afterEach(() => rm(root, { recursive: true }));

const cache = (options: Partial<CachePlace> = {}) =>
  openEmbeddingCache({ folder, index, encoder: OURS, ...options });
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
/** 512 numbers of length 1, different for each seed. */
function vector(seed: number): Float32Array {
  const raw = Float32Array.from({ length: 512 }, (_, at) => Math.sin(seed * 1_000 + at));
  const length = Math.hypot(...raw);
  return raw.map((value) => value / length);
}
const entry = (seed: number) => ({
  embedding: vector(seed),
  width: 300 + seed,
  height: 200,
  source: `a.zip/${seed}.png`,
});

test('what was put is given back to the bit, also by a later process', async () => {
  const first = await cache();
  expect(await first.get(hashOf('1'))).toBeNull();
  await first.put(hashOf('1'), entry(1));
  const { source: _, ...kept } = entry(1);
  expect(await first.get(hashOf('1'))).toEqual(kept);
  await first.close();
  const later = await cache();
  expect(await later.get(hashOf('1'))).toEqual(kept);
  await later.close();
});

test('another encoder never reads ours, and both keep their own', async () => {
  const [ours, others] = [await cache(), await cache({ encoder: OTHERS })];
  await ours.put(hashOf('1'), entry(1));
  expect(await others.get(hashOf('1'))).toBeNull();
  await others.put(hashOf('1'), entry(2));
  expect((await ours.get(hashOf('1')))?.embedding).toEqual(vector(1));
  expect((await others.get(hashOf('1')))?.embedding).toEqual(vector(2));
  expect(await readdir(folder)).toEqual([`${hashOf('1')}.${'b'.repeat(16)}.npy`, `${hashOf('1')}.npy`]);
  await ours.close();
  await others.close();
});

test('who has it open at the same time sees what the others put, and every line stays whole', async () => {
  const workers = await Promise.all([cache(), cache(), cache()]);
  await Promise.all(
    Array.from({ length: 90 }, (_, at) => workers[at % 3]?.put(hashOf(`${at % 60}`), entry(at % 60))),
  );
  for (const worker of workers) {
    for (let at = 0; at < 60; at++) {
      expect((await worker.get(hashOf(`${at}`)))?.embedding).toEqual(vector(at));
    }
    await worker.close();
  }
  const lines = (await readFile(index, 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).hash)).toHaveLength(90);
});

test('entries of another program are read only once its encoder is trusted', async () => {
  await (await cache()).close();
  await writeFile(path.join(folder, `${hashOf('1')}.npy`), toNpy(vector(1)));
  const lines = [
    { hash: hashOf('1'), width: 10, height: 20 },
    { hash: hashOf('2'), embedding: [...vector(2)].map((value) => value * 7), width: 30, height: 40 },
    { hash: hashOf('3'), embedding_file: `C:\\data\\${hashOf('1')}.npy`, width: 50, height: 60 },
  ];
  await appendFile(index, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

  const careful = await cache();
  expect(await careful.get(hashOf('1'))).toBeNull();
  expect(await careful.get(hashOf('2'))).toBeNull();
  await careful.close();

  const trusting = await cache({ cacheOfUnknownEncoder: 'trust' });
  expect(await trusting.get(hashOf('1'))).toEqual({ embedding: vector(1), width: 10, height: 20 });
  const inline = await trusting.get(hashOf('2'));
  expect(inline).toMatchObject({ width: 30, height: 40 });
  expect(Math.hypot(...(inline?.embedding ?? []))).toBeCloseTo(1, 6);
  expect((await trusting.get(hashOf('3')))?.embedding).toEqual(vector(1));
  await trusting.close();
});

test('half lines and lines of other kinds are passed over, and swallow no line after them', async () => {
  const first = await cache();
  await first.put(hashOf('1'), entry(1));
  await first.close();
  await appendFile(index, `\nnull\n[]\n{"hash":7}\n{"hash":"${hashOf('1')}","width":5,"hei`);
  const second = await cache();
  await second.put(hashOf('2'), entry(2));
  expect((await second.get(hashOf('1')))?.width).toBe(301);
  expect((await second.get(hashOf('2')))?.width).toBe(302);
  await second.close();
});

test.each([
  ['gone', null],
  ['empty', Buffer.alloc(0)],
  ['cut off', toNpy(vector(1)).subarray(0, 1_000)],
  ['all zeros', Buffer.alloc(2_176)],
  ['of another shape', toNpy(vector(1).subarray(0, 256))],
  ['not numbers', toNpy(new Float32Array(512).fill(Number.NaN))],
])('an embedding file that is %s counts as not there, and is made anew', async (_, damaged) => {
  const first = await cache();
  await first.put(hashOf('1'), entry(1));
  const file = path.join(folder, `${hashOf('1')}.npy`);
  await rm(file);
  if (damaged) await writeFile(file, damaged);
  expect(await first.get(hashOf('1'))).toBeNull();
  await first.put(hashOf('1'), entry(1));
  expect((await first.get(hashOf('1')))?.embedding).toEqual(vector(1));
  await first.close();
});

test('a cache that is emptied under a running process is filled again', async () => {
  const running = await cache();
  await running.put(hashOf('1'), entry(1));
  expect(await running.get(hashOf('1'))).not.toBeNull();
  await writeFile(index, '');
  expect(await running.get(hashOf('2'))).toBeNull();
  await running.put(hashOf('2'), entry(2));
  expect(await running.get(hashOf('2'))).not.toBeNull();
  await running.close();
});

test('a folder of embeddings that is deleted under a running process is made again', async () => {
  const running = await cache();
  await rm(folder, { recursive: true });
  await running.put(hashOf('1'), entry(1));
  expect(await running.get(hashOf('1'))).not.toBeNull();
  await running.close();
});

test('nothing unfinished is left behind', async () => {
  const one = await cache();
  for (let at = 0; at < 5; at++) await one.put(hashOf(`${at % 2}`), entry(at % 2));
  await one.close();
  expect((await readdir(folder)).filter((name) => name.includes('unfinished'))).toEqual([]);
});
