/**
 * `node bench/rates.ts [--rate 5,50,500] [--workers 1,2,4] [--halve | --steady] [--repeat 1]`: how much of a
 * provider's limit several workers use together, and how often it refuses; and with `--halve`, how soon they keep
 * to half of it when nobody tells them. Both, at all rates and numbers of workers, unless flags say less. A table
 * on stderr; ends with one line of JSON.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { loadavg } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { BackfillDefinition } from '../src/backfills/define.ts';
import { type BackfillClient, connect } from '../src/client.ts';
import { readConfig } from '../src/config.ts';
import { labels, tinyImage } from './labels.ts';
import { pidsOf, withStack } from './measured-run.ts';
import { type Cell, type CellResult, measureCell } from './rate-cell.ts';
import { median } from './rate-figures.ts';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '5,50,500' },
    workers: { type: 'string', default: '1,2,4' },
    halve: { type: 'boolean', default: false },
    steady: { type: 'boolean', default: false },
    repeat: { type: 'string', default: '1' },
  },
});
const rates = values.rate.split(',').map(Number);
const numbersOfWorkers = values.workers
  .split(',')
  .map(Number)
  .sort((a, b) => a - b);
const kinds = [...(values.halve ? [] : [false]), ...(values.steady ? [] : [true])];

await withStack(async (stack, dataDir) => {
  const image = await tinyImage(dataDir);
  process.env.IMAGE_ALLOW_PRIVATE = image;
  const client = await connect(readConfig(), [labels as unknown as BackfillDefinition]);
  const workers: ChildProcess[] = [];
  const results: object[] = [];
  console.error(heading());
  for (const count of numbersOfWorkers) {
    while (workers.length < count) workers.push(await startLabelsWorker());
    for (const halve of kinds) {
      for (const perSecond of rates) {
        const processes = { ...pidsOf(stack), ...pidsOfWorkers(workers) };
        const result = await repeated(client, image, { perSecond, workers: count, halve }, processes);
        console.error(row(result));
        results.push(result);
      }
    }
  }
  console.log(JSON.stringify(results));
  await client.close();
  for (const worker of workers) worker.kill('SIGKILL');
});

async function startLabelsWorker(): Promise<ChildProcess> {
  const worker = fork(path.join(import.meta.dirname, 'labels.ts'), { execArgv: [] });
  await new Promise((resolve) => worker.once('message', resolve));
  return worker;
}

/** The median of each figure; the rest is that of the last time. */
async function repeated(
  client: BackfillClient,
  image: string,
  cell: Cell,
  processes: Record<string, number>,
): Promise<CellResult & { load: number }> {
  const all: CellResult[] = [];
  for (let time = 0; time < Number(values.repeat); time += 1)
    all.push(await measureCell(client, image, cell, processes));
  const middle = (of: (one: CellResult) => number) => median(all.map(of));
  const followed = middle((one) => one.followedAfter ?? Number.POSITIVE_INFINITY);
  return {
    ...(all.at(-1) as CellResult),
    arrived: middle((one) => one.arrived),
    usedPercent: middle((one) => one.usedPercent),
    refusedPercent: middle((one) => one.refusedPercent),
    ...(cell.halve && { followedAfter: Number.isFinite(followed) ? followed : null }),
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
  };
}

function pidsOfWorkers(workers: ChildProcess[]): Record<string, number> {
  return Object.fromEntries(workers.map(({ pid }, index) => [`worker-${index + 1}`, pid ?? 0]));
}

function heading(): string {
  return '  rate  workers  halved  kept after     used  refused  gap p1/p50/p99 ms  load  cores in use';
}

function row(result: CellResult & { load: number }): string {
  const { perSecond, workers, halve, followedAfter, usedPercent, refusedPercent, gapsMs, load } = result;
  const cores = Object.entries(result.cores)
    .filter(([, used]) => used >= 0.05)
    .map(([name, used]) => `${name} ${used}`);
  return [
    `${perSecond}/s`.padStart(6),
    `${workers}`.padStart(7),
    (halve ? 'yes' : 'no').padStart(6),
    (halve ? (followedAfter === null ? 'never' : `${followedAfter} s`) : '').padStart(10),
    `${usedPercent} %`.padStart(7),
    `${refusedPercent} %`.padStart(7),
    `${gapsMs.p1}/${gapsMs.p50}/${gapsMs.p99}`.padStart(17),
    `${load}`.padStart(4),
    cores.join(', '),
  ].join('  ');
}
