/**
 * `node bench/image-quality.ts [--images 4000] [--size 1024x683] [--detector none|rekognition]`: the whole of
 * `image-quality` over images from a web server on this machine, beside what fetching and decoding alone reach with as
 * many at the same time, and what fetching and `stats()` of sharp do, which a script would use: each before and after
 * the run. Without a detector and at the simulator, or with one of them; a line of JSON for each.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import sharp from 'sharp';
import { Agent, request } from 'undici';
import { startWorkerProcess } from '../src/cli/worker-process.ts';
import { connect } from '../src/client.ts';
import { readConfig, requireVariable } from '../src/config.ts';
import { DEFAULT_SETTINGS } from '../src/domain/settings.ts';
import { type ImageServer, startImageServer } from './image-server.ts';
import { measureRun, pidsOf, printCpu, withStack } from './measured-run.ts';
import { residentMb, watchMemory } from './memory-series.ts';

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '4000' },
    size: { type: 'string', default: '1024x683' },
    detector: { type: 'string' },
  },
});
const images = Number(values.images);
const [width = 1024, height = 683] = values.size.split('x').map(Number);
const measuredAlone = Math.min(images, 1_000);
const detectors = values.detector === undefined ? ['none', 'rekognition'] : [values.detector];

/** As a worker has them by default: images in work, and downloads from one host. */
const [AT_ONCE, CONNECTIONS] = [DEFAULT_SETTINGS.concurrency, 16];

/** Long enough for a worker that polls to have settled. */
const IDLE_MS = 5_000;

await withStack(
  async (stack) => {
    const server = await startImageServer(width, height);
    process.env.IMAGE_ALLOW_PRIVATE = new URL(server.url).host;
    try {
      for (const detector of detectors) {
        const before = await alone(server);
        const measured = await whole(stack, server, detector);
        const after = await alone(server);
        const mean = (what: keyof typeof before) => (before[what] + after[what]) / 2;
        const ratio = measured.imagesPerSecond / mean('decoding');
        console.log(
          JSON.stringify({
            ...{ images, size: values.size, detector },
            ...measured,
            ...{ before, after },
            ratio: Number(ratio.toFixed(2)),
            ratioByCpu: Number((mean('decodingCpuMs') / measured.workerCpuMs).toFixed(2)),
            ratioToStats: Number((measured.imagesPerSecond / mean('stats')).toFixed(2)),
          }),
        );
      }
    } finally {
      server.stop();
    }
  },
  ['temporal', 'postgres', 'dynamodb', 'simulator'],
);

type Given = Parameters<Parameters<typeof withStack>[0]>[0];

async function whole(stack: Given, server: ImageServer, detector: string) {
  await fillTable(`${server.url}${detector}-`);
  const worker = await startWorkerProcess();
  const client = await connect(readConfig());
  await sleep(IDLE_MS);
  const idleMb = await residentMb(worker.pid);
  const memory = watchMemory(worker.pid);
  const measured = await measureRun(
    client,
    {
      backfill: 'image-quality',
      options: { detector, allowPartial: true },
      selection: { only: 'missing' },
      settings: { rates: {} },
    },
    { ...pidsOf(stack), images: server.pid, worker: worker.pid },
  );
  const { tenths, peakMb, slopeMbPerMinute } = memory.end();
  console.error(`--detector ${detector}`);
  printCpu(measured);
  await client.close();
  await worker.stop();
  const { counts } = measured.run;
  if (counts.written !== images) throw new Error(`not all are scored: ${JSON.stringify(counts)}`);
  return {
    imagesPerSecond: rounded(images / measured.seconds),
    workerCpuMs: rounded((1000 * (measured.cpu.worker ?? 0)) / images),
    ...{ workerIdleMb: Math.round(idleMb), workerMb: tenths, workerPeakMb: peakMb },
    workerAboveIdleMb: Math.round(peakMb - idleMb),
    workerSlopeMbPerMinute: slopeMbPerMinute,
  };
}

/** Images per second, and milliseconds of CPU per image, with nothing else to do. */
async function alone(server: ImageServer) {
  const began = process.cpuUsage();
  const decoding = await perSecond(server, (bytes) => sharp(bytes).raw().toBuffer());
  const { user, system } = process.cpuUsage(began);
  const stats = await perSecond(server, (bytes) => sharp(bytes).stats());
  const cpuMs = (user + system) / 1000 / measuredAlone;
  return { decoding: rounded(decoding), stats: rounded(stats), decodingCpuMs: rounded(cpuMs) };
}

async function perSecond(server: ImageServer, look: (bytes: Buffer) => Promise<unknown>): Promise<number> {
  const dispatcher = new Agent({ connections: CONNECTIONS });
  let next = 0;
  const began = performance.now();
  const lane = async () => {
    while (next < measuredAlone) {
      const { body } = await request(`${server.url}${next++}.jpg`, { dispatcher });
      await look(Buffer.from(await body.arrayBuffer()));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const seconds = (performance.now() - began) / 1000;
  await dispatcher.close();
  return measuredAlone / seconds;
}

async function fillTable(base: string): Promise<void> {
  const postgres = new pg.Client({ connectionString: requireVariable(readConfig(), 'DATABASE_URL') });
  await postgres.connect();
  await postgres.query('CREATE TABLE IF NOT EXISTS images (id uuid PRIMARY KEY, url text); TRUNCATE images');
  await postgres.query(
    `INSERT INTO images SELECT gen_random_uuid(), $1 || n || '.jpg' FROM generate_series(1, $2::int) AS n`,
    [base, images],
  );
  await postgres.end();
}

function rounded(rate: number): number {
  return Number(rate.toFixed(1));
}
