/**
 * `node bench/zip-predictions.ts [--photos 3000] [--size 1024x1536] [--encoder small|vit-b-32]`: the whole of
 * `zip-predictions` over one project, beside what decoding alone reaches, what the same models reach alone on decoded
 * photos as this project runs them, and the encoder in one plain session: each before and after the run. Ends with one
 * line of JSON.
 */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { startWorkerProcess } from '../src/cli/worker-process.ts';
import { connect } from '../src/client.ts';
import { readConfig } from '../src/config.ts';
import { makeModels } from '../src/stack/predictions/models.ts';
import { zipWriter } from '../src/stack/predictions/zip-writer.ts';
import { openArchive } from '../src/stores/archives/open.ts';
import { openModels } from '../src/vision/local/models.ts';
import { prepareImage } from '../src/vision/local/prepare-image.ts';
import { measureRun, pidsOf, printCpu, withStack } from './measured-run.ts';
import { watchMemory } from './memory-series.ts';

const { values } = parseArgs({
  options: {
    photos: { type: 'string', default: '3000' },
    size: { type: 'string', default: '1024x1536' },
    encoder: { type: 'string', default: 'small' },
  },
});
const photos = Number(values.photos);
const [width = 1024, height = 1536] = values.size.split('x').map(Number);
const encoder = values.encoder === 'vit-b-32' ? 'vit-b-32' : 'small';

/** At the same time, where something is measured alone. */
const AT_ONCE = 16;

await withStack(
  async (stack, dataDir) => {
    process.env.BACKFILL_DATA_DIR = dataDir;
    const models = path.join(dataDir, 'data', 'ai_data', 'models');
    await makeModels(models, { seed: 1, size: encoder });
    await makeArchive(path.join(dataDir, 'original'));

    const alone = async () => ({
      decoding: await decodingAlone(path.join(dataDir, 'original', 'photos.zip')),
      models: await modelsAlone(models, path.join(dataDir, 'original', 'photos.zip')),
      session: await sessionAlone(path.join(models, 'clip_vit_b32.onnx')),
    });
    const before = await alone();
    const worker = await startWorkerProcess();
    const client = await connect(readConfig());
    const memory = watchMemory(worker.pid);
    const measured = await measureRun(
      client,
      { backfill: 'zip-predictions', options: {}, selection: { only: 'missing' } },
      { ...pidsOf(stack), worker: worker.pid },
    );
    const { tenths, peakMb } = memory.end();
    printCpu(measured);
    await client.close();
    await worker.stop();
    const after = await alone();

    const rate = measured.run.counts.written / measured.seconds;
    const mean = (what: keyof typeof before) => (before[what] + after[what]) / 2;
    const limit = Math.min(mean('decoding'), mean('models'));
    console.log(
      JSON.stringify({
        ...{ photos, size: values.size, encoder, counts: measured.run.counts },
        ...{
          photosPerSecond: rounded(rate),
          decodingAlone: rounded(mean('decoding')),
          modelsAlone: rounded(mean('models')),
          sessionAlone: rounded(mean('session')),
        },
        ratio: Number((rate / limit).toFixed(2)),
        ratioToSession: Number((rate / Math.min(mean('decoding'), mean('session'))).toFixed(2)),
        secondsPerPhoto: Number((1 / rate).toFixed(4)),
        ...{ workerMb: tenths, workerPeakMb: peakMb },
      }),
    );
  },
  ['temporal', 'dynamodb'],
);

/** A few photos with some noise, each many times with a tail of its own: so no two have the same bytes. */
async function makeArchive(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const drawn: Buffer[] = [];
  for (let n = 0; n < 20; n += 1) {
    const channels = 3;
    const noise = { type: 'gaussian' as const, mean: 100 + 3 * n, sigma: 20 };
    const create = { width, height, channels, background: '#808080', noise } as const;
    drawn.push(await sharp({ create }).blur(1.5).jpeg({ quality: 85 }).toBuffer());
  }
  const zip = await zipWriter(path.join(folder, 'photos.zip'));
  for (let n = 0; n < photos; n += 1) {
    const photo = drawn[n % drawn.length] as Buffer;
    await zip.add(
      `${String(Math.floor(n / 4)).padStart(6, '0')}/${n % 4}.jpg`,
      Buffer.concat([photo, randomBytes(16)]),
    );
  }
  await zip.end();
}

async function decodingAlone(zip: string): Promise<number> {
  const archive = await openArchive(zip);
  const names = archive.images.slice(0, 500).map(({ name }) => name);
  return perSecond(names, async (name) => void (await prepareImage(await archive.read(name))));
}

async function modelsAlone(folder: string, zip: string): Promise<number> {
  const archive = await openArchive(zip);
  const [first] = archive.images;
  const prepared = await prepareImage(await archive.read(first?.name ?? ''));
  const models = await openModels(folder);
  const copies = Array.from({ length: encoder === 'small' ? 1_000 : 100 }, () => prepared);
  try {
    return await perSecond(copies, async (image) => {
      const embedding = await models.embed({ ...image, pixels: image.pixels.slice() });
      await Promise.all([models.score([embedding]), models.crop([{ ...image, embedding }])]);
    });
  } finally {
    await models.close();
  }
}

/** One session with ONNX Runtime's own settings, one image after the other: what a script does. */
async function sessionAlone(file: string): Promise<number> {
  const session = await InferenceSession.create(file, { logSeverityLevel: 3 });
  const pixels = new Float32Array(3 * 224 * 224).fill(0.5);
  const [input] = session.inputNames as [string];
  const run = async () => {
    await session.run({ [input]: new Tensor('float32', pixels, [1, 3, 224, 224]) });
  };
  await run();
  const began = performance.now();
  const times = encoder === 'small' ? 1_000 : 100;
  for (let n = 0; n < times; n += 1) await run();
  const seconds = (performance.now() - began) / 1000;
  await session.release();
  return times / seconds;
}

async function perSecond<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<number> {
  const began = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < all.length) await work(all[next++] as T);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return (1000 * all.length) / (performance.now() - began);
}

function rounded(rate: number): number {
  return Number(rate.toFixed(1));
}
