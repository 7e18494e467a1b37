import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Surroundings } from '../../../src/backfills/define.ts';
import { zipPredictions } from '../../../src/backfills/zip-predictions/index.ts';
import { makeModels } from '../../../src/stack/predictions/models.ts';
import { createFileJournal } from '../../../src/stores/file-journal/index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'mending-'));
  await mkdir(at('original/dalia'), { recursive: true });
  await sharp({ create: { width: 32, height: 32, channels: 3, background: 'red' } }).toFile(
    at('original/dalia/a.png'),
  );
  await makeModels(at('data/ai_data/models'), { seed: 1, size: 'small' });
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string) => path.join(folder, name);
const selection = { only: 'missing' as const, watermark: '' };

/** As a worker does that has just been started. */
async function predictFirst() {
  const journal = createFileJournal(at('data/journal.db'));
  const surroundings = { files: { folder, journal } } as unknown as Surroundings;
  const { source, process } = zipPredictions.open(surroundings, zipPredictions.options.parse({}));
  const [item] = await source.sample({ runId: 'r', selection, size: 1, seed: 0 });
  if (!item) throw new Error('there is no photo');
  return process(item, async () => Promise.reject(new Error('nothing is asked')));
}

describe('what is no fault of a photo pauses the run, and is worked once it is mended:', () => {
  test('a model that is gone', async () => {
    const [model, away] = ['ranker_v4', 'away'].map((name) => at(`data/ai_data/models/${name}.onnx`));
    const fallback = at('data/ai_data/models/ranker_v3_w10.onnx');
    await rm(fallback, { force: true });
    await rename(model as string, away as string);
    await expect(predictFirst()).rejects.toMatchObject({
      name: 'RunPaused',
      message: expect.stringMatching(/has no ranker_v4\.onnx.* then resume\./s),
    });
    await rename(away as string, model as string);
    expect(await predictFirst()).toMatchObject({ kind: 'write' });
  });

  test('a place for embeddings where none can be kept', async () => {
    await writeFile(at('data/ai_data/embeddings'), 'a file of somebody');
    await expect(predictFirst()).rejects.toMatchObject({
      name: 'RunPaused',
      message: expect.stringMatching(/embeddings.* then resume\./),
    });
    await rm(at('data/ai_data/embeddings'));
    expect(await predictFirst()).toMatchObject({ kind: 'write' });
  });
});
