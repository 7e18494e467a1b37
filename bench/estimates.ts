/**
 * `node bench/estimates.ts [--seeds 100] [--sample 100] [--whole 2]`: does the interval of `estimate --sample 100` hold
 * what the run then costs? Each seed is another population of vehicles and photos. Ends with one line of JSON; exit 1
 * when fewer than nine in ten hold, or the median half-width is above 15 %.
 *
 * Real: PostgreSQL and the selection of the sample in it, Temporal, the worker, the ledger in DynamoDB, the estimate,
 * and the sample's photos, which are drawn, sent and billed over HTTP by the provider simulator.
 * Simulated: the providers; and what the whole run costs. That is summed up photo by photo from the simulator's own
 * prices and answers, without drawing and sending the other photos (100 whole runs would take hours). Two things check that sum:
 * every item of every sample must cost in the ledger what it says, and the first seeds (`--whole`) run whole.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startWorkerProcess } from '../src/cli/worker-process.ts';
import { type BackfillClient, connect, isFinished, type Started, type StartRequest } from '../src/client.ts';
import { readConfig } from '../src/config.ts';
import type { Run } from '../src/domain/run.ts';
import { DEFAULT_SETTINGS } from '../src/domain/settings.ts';
import { type Estimate, estimate } from '../src/estimate.ts';
import { sampledEstimate } from '../src/sampled-estimate.ts';
import { fileSample } from '../src/stack/sample/files.ts';
import { type PlannedImage, planSample } from '../src/stack/sample/plan.ts';
import { fillTables } from '../src/stack/sample/tables.ts';
import { withStack } from './measured-run.ts';
import { simulatedCost } from './simulated-bill.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    sample: { type: 'string', default: '100' },
    whole: { type: 'string', default: '2' },
  },
});
const size = Number(values.sample);
const EMBEDDED = { credentials: { accessKeyId: 'embedded', secretAccessKey: 'embedded' } };

const request: StartRequest = {
  backfill: 'vehicle-images',
  options: {},
  selection: { only: 'missing' },
  settings: { rates: {} },
};

interface Trial {
  seed: number;
  items: number;
  holds: boolean;
  halfWidth: number;
  /** Expected cost of the run by what it cost, less one. */
  error: number;
  /** Items of the sample whose cost in the ledger is not what the simulator's prices come to. */
  differing: number;
  /** What a whole run cost by what was summed up, less one; null where none was made. */
  whole: number | null;
}

await withStack(async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'backfill-estimates-'));
  process.env.IMAGE_BASE_URL = pathToFileURL(`${dir}/`).href;
  const worker = await startWorkerProcess();
  const client = await connect(readConfig());
  const trials: Trial[] = [];
  try {
    for (let seed = 0; seed < Number(values.seeds); seed++) {
      const trial = await tryOne(client, seed, dir);
      trials.push(trial);
      console.error(lineOf(trial));
    }
  } finally {
    await client.close();
    await worker.stop();
    await rm(dir, { recursive: true, force: true });
  }
  conclude(trials);
});

async function tryOne(client: BackfillClient, seed: number, dir: string): Promise<Trial> {
  // From 1,500 to 2,900 photos, of which two in three were never analysed.
  const images = 1_500 + 100 * (seed % 15);
  const plan = planSample({ images, vehicles: Math.round(images / 24), seed });
  await startAnew(client, plan, dir);
  const known = new Map(plan.images.map((image) => [image.id, image]));

  const before = await estimate(client, request);
  await draw(client, before, known, seed, dir);
  const run = await finished(client, await client.startSample(request, { size, seed }));
  const found = await sampledEstimate(client, request, before, { run, seed });

  const missing = plan.images.filter(({ vehicleId, analysis }) => vehicleId && analysis === 'never');
  const total = costOf(missing);
  const cost = total - run.spent;
  const { expected, low, high } = found.cost;
  const costs = await client.surroundings.ledger.costs(run.runId);
  const differing = [...costs].filter(([item, paid]) => paid !== costOf([known.get(item)])).length;
  const whole = seed < Number(values.whole) ? await wholeRun(client, missing, run, dir) : null;
  await rm(dir, { recursive: true, force: true });
  return {
    seed,
    items: before.outlook.items,
    holds: low <= cost && cost <= high,
    halfWidth: (high - low) / 2 / cost,
    error: expected / cost - 1,
    differing,
    whole: whole === null ? null : whole / total - 1,
  };
}

/** Copies of the same bytes are bought once. */
function costOf(images: readonly (PlannedImage | undefined)[]): number {
  const different = new Map(images.flatMap((image) => (image ? [[image.number, image] as const] : [])));
  return [...different.values()].reduce((sum, image) => sum + simulatedCost(image), 0);
}

/** Tables and ledger as if nothing had ever been done; the worker stays. */
async function startAnew(
  { surroundings }: BackfillClient,
  plan: ReturnType<typeof planSample>,
  dir: string,
): Promise<void> {
  const { DATABASE_URL = '', BACKFILL_LEDGER_TABLE } = readConfig();
  await surroundings.stores.postgres.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  await fillTables({ plan, databaseUrl: DATABASE_URL, dir });
  const dynamodb = new DynamoDBClient({ region: 'us-east-1', ...EMBEDDED });
  await dynamodb.send(new DeleteTableCommand({ TableName: BACKFILL_LEDGER_TABLE })).catch((error: Error) => {
    if (error.name !== 'ResourceNotFoundException') throw error;
  });
  dynamodb.destroy();
}

/** Only the photos that the sample will ask about: the selection is the run's own, with the same seed. */
async function draw(
  { surroundings }: BackfillClient,
  { outlook }: Estimate,
  known: ReadonlyMap<string, PlannedImage>,
  seed: number,
  dir: string,
): Promise<void> {
  const { source } = surroundings.backfillOf({
    backfill: request.backfill,
    settings: { ...DEFAULT_SETTINGS, options: {} },
  });
  const chosen = await source.sample({ runId: 'none', selection: outlook.selection, size, seed });
  const images = chosen.flatMap(({ id }) => known.get(id) ?? []);
  await fileSample({ images, dir, say: () => undefined });
}

/** All of it, for real: what the run bills, with its sample. */
async function wholeRun(
  client: BackfillClient,
  images: readonly PlannedImage[],
  sample: Run,
  dir: string,
): Promise<number> {
  await fileSample({ images, dir, say: console.error });
  const run = await finished(client, await client.start(request));
  return run.spent + sample.spent;
}

async function finished(client: BackfillClient, started: Started): Promise<Run> {
  if (started.kind === 'empty') throw new Error('nothing to do');
  let { run } = started;
  while (!isFinished(run) && run.state !== 'paused') {
    await sleep(100);
    run = await client.run(run.runId);
  }
  if (run.state !== 'done') throw new Error(`run ${run.runId} is ${run.state}: ${run.reason?.message}`);
  await client.ended(run.backfill);
  return run;
}

function lineOf({ seed, items, holds, halfWidth, error, differing, whole }: Trial): string {
  const checked = whole === null ? '' : `, a whole run differs by ${percent(whole)}`;
  const wrong = differing > 0 ? `, ${differing} items cost otherwise` : '';
  return `seed ${seed}: ${items} items, ${holds ? 'holds' : 'MISSED'}, ±${percent(halfWidth)}, off by ${percent(error)}${wrong}${checked}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function conclude(trials: readonly Trial[]): void {
  const held = trials.filter(({ holds }) => holds).length;
  const halfWidths = trials.map(({ halfWidth }) => halfWidth).sort((a, b) => a - b);
  const median = halfWidths[Math.floor(halfWidths.length / 2)] ?? Number.NaN;
  const wholes = trials.flatMap(({ whole }) => (whole === null ? [] : [Math.abs(whole)]));
  const differing = trials.reduce((sum, one) => sum + one.differing, 0);
  const good = held >= 0.9 * trials.length && median <= 0.15;
  console.log(
    JSON.stringify({
      seeds: trials.length,
      sample: size,
      held,
      medianHalfWidth: Number(median.toFixed(4)),
      largestError: Number(Math.max(...trials.map(({ error }) => Math.abs(error))).toFixed(4)),
      sampleItemsCostingOtherwise: differing,
      wholeRunsDiffer: wholes.map((one) => Number(one.toFixed(6))),
      good,
    }),
  );
  if (!good || differing > 0) process.exitCode = 1;
}
