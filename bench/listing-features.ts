/**
 * `node bench/listing-features.ts [--listings 200000] [--images 2-4] [--profile FOLDER]`: the whole of `listing-features`
 * over generated listings, beside a bare loop over a copy of them: half of it before the run, half of it after. Ends with
 * one line of JSON. `--profile` writes CPU profiles of worker and loop.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Client } from '@opensearch-project/opensearch';
import { FIELDS } from '../src/backfills/listing-features/listing.ts';
import { listingIndex } from '../src/backfills/listing-features/listing-index.ts';
import { migrate } from '../src/backfills/listing-features/migrate.ts';
import { startWorkerProcess } from '../src/cli/worker-process.ts';
import { connect } from '../src/client.ts';
import { readConfig } from '../src/config.ts';
import { loadListings } from '../src/stack/listings/load.ts';
import { createIndex } from '../src/stack/listings/stores.ts';
import { cpuSeconds } from './cpu-time.ts';
import type { BareEnd, BareTask } from './listing-features-bare.ts';
import { measureRun, pidsOf, printCpu, withStack } from './measured-run.ts';
import { watchMemory } from './memory-series.ts';

const { values } = parseArgs({
  options: {
    listings: { type: 'string', default: '200000' },
    images: { type: 'string', default: '2-4' },
    profile: { type: 'string' },
  },
});
const listings = Number(values.listings);
const [fewest = 2, most = fewest] = values.images.split('-').map(Number);

const INDEX = 'listings-v2';
/** The same listings, for the loop; both read one cache. */
const COPY = 'listings-copy';
const TABLE = 'hearth-vision-cache';

await withStack(
  async (stack) => {
    const { OPENSEARCH_URL: opensearchUrl = '', AWS_ENDPOINT_URL_DYNAMODB: dynamodbUrl = '' } = stack.env;
    const opensearch = new Client({ node: opensearchUrl, requestTimeout: 3_600_000 });
    await load(opensearch, opensearchUrl, dynamodbUrl);

    const bare = async (half: Pick<BareTask, 'after' | 'listings'>) => {
      await atRest(opensearch);
      const servers = Object.values(pidsOf(stack));
      const before = servers.map(cpuSeconds);
      const end = await loop({ opensearchUrl, dynamodbUrl, index: COPY, table: TABLE, ...half });
      for (const [n, pid] of servers.entries()) end.cpuSeconds += cpuSeconds(pid) - (before[n] ?? 0);
      console.error(`bare loop: ${end.listings} listings in ${end.seconds.toFixed(1)} s`);
      return end;
    };
    const first = await bare({ after: null, listings: Math.floor(listings / 2) });
    const product = await backfill(opensearch, pidsOf(stack));
    const second = await bare({ after: first.last, listings: listings - first.listings });

    const fields = [await fieldsIn(opensearch, INDEX), await fieldsIn(opensearch, COPY)];
    if (String(fields[0]) !== String(fields[1]))
      throw new Error(`they wrote differently: ${fields.join(' and ')}`);
    const bareRate = listings / (first.seconds + second.seconds);
    const bareCpu = first.cpuSeconds + second.cpuSeconds;
    console.log(
      JSON.stringify({
        listings,
        ...product,
        bareListingsPerSecond: Math.round(bareRate),
        bareHalves: [first, second].map((half) => Math.round(half.listings / half.seconds)),
        ratio: Number((product.listingsPerSecond / bareRate).toFixed(2)),
        // Of all processes; tells the same where others use the machine as well.
        cpuSeconds: Math.round(product.cpuSeconds),
        bareCpuSeconds: Math.round(bareCpu),
        cpuRatio: Number((bareCpu / product.cpuSeconds).toFixed(2)),
      }),
    );
    await opensearch.close();
  },
  ['temporal', 'dynamodb', 'opensearch'],
);

async function load(opensearch: Client, opensearchUrl: string, dynamodbUrl: string): Promise<void> {
  const credentials = { accessKeyId: 'embedded', secretAccessKey: 'embedded' };
  const dynamodb = new DynamoDBClient({ endpoint: dynamodbUrl, region: 'us-east-1', credentials });
  const began = performance.now();
  const size = { listings, images: [fewest, most] } as const;
  const loaded = await loadListings({ ...size, opensearchUrl, index: INDEX, dynamodb, table: TABLE });
  dynamodb.destroy();
  await createIndex(opensearch, COPY);
  await migrate(opensearch, listingIndex(opensearch, COPY, 'zpid'));
  await copyListings(opensearch);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.error(`loaded twice ${loaded.listings} listings with ${loaded.images} images in ${seconds} s`);
}

/** As a task: an answer that waits for all of it carries a warning per batch, more headers than Node takes. */
async function copyListings(opensearch: Client): Promise<void> {
  const body = { source: { index: INDEX }, dest: { index: COPY } };
  const { body: begun } = await opensearch.reindex({ body, wait_for_completion: false });
  const task_id = String((begun as { task?: string }).task);
  for (let done = false; !done; ) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    done = (await opensearch.tasks.get({ task_id })).body.completed;
  }
  await opensearch.indices.refresh({ index: COPY });
}

async function backfill(opensearch: Client, servers: Record<string, number>) {
  const worker = await profiled(() => startWorkerProcess());
  const client = await connect(readConfig());
  await atRest(opensearch);
  const memory = watchMemory(worker.pid);
  const measured = await measureRun(
    client,
    { backfill: 'listing-features', options: {}, selection: { only: 'missing' }, settings: { rates: {} } },
    { ...servers, worker: worker.pid },
  );
  const { tenths, peakMb, slopeMbPerMinute } = memory.end();
  printCpu(measured);
  console.error(`worker, MB by tenths of the run: ${tenths.join(' ')}`);
  await client.close();
  const workerPeakMb = await worker.peakMemory();
  await worker.stop();
  const { run, seconds } = measured;
  return {
    seconds: Number(seconds.toFixed(1)),
    listingsPerSecond: Math.round(run.counts.total / seconds),
    counts: run.counts,
    cpuSeconds: Object.values(measured.cpu).reduce((sum, used) => sum + used, 0),
    workerMb: tenths,
    workerSampledPeakMb: peakMb,
    workerPeakMb,
    workerSlopeMbPerMinute: slopeMbPerMinute,
  };
}

async function loop(task: BareTask): Promise<BareEnd> {
  const program = fileURLToPath(new URL('listing-features-bare.ts', import.meta.url));
  const child = await profiled(async () => fork(program, [JSON.stringify(task)]));
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`the bare loop ended with exit code ${code}`);
  });
  const [end] = (await Promise.race([once(child, 'message'), exited])) as [BareEnd];
  await exited.catch(() => {});
  if (end.conflicts > 0) throw new Error(`the bare loop could not write ${end.conflicts} listings`);
  return end;
}

/** What starts within it writes a CPU profile when it ends. */
async function profiled<T>(start: () => Promise<T>): Promise<T> {
  if (values.profile === undefined) return start();
  process.env.NODE_OPTIONS = `--cpu-prof --cpu-prof-dir=${values.profile}`;
  try {
    return await start();
  } finally {
    delete process.env.NODE_OPTIONS;
  }
}

/** Merges that are left over from before are nobody's work here. */
async function atRest(opensearch: Client): Promise<void> {
  for (;;) {
    const { body } = await opensearch.indices.stats({ metric: ['merge'] });
    if (!body._all.primaries?.merges?.current) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** How many listings have each. */
async function fieldsIn(opensearch: Client, index: string): Promise<number[]> {
  await opensearch.indices.refresh({ index });
  const counts = FIELDS.map(async (field) => {
    const { body } = await opensearch.count({ index, body: { query: { exists: { field } } } });
    return body.count;
  });
  return Promise.all(counts);
}
