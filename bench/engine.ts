/**
 * `node bench/engine.ts [--units 40] [--items 500] [--concurrency 128]`: the engine alone: one tiny paid call and one written
 * column per item, with ledger, fencing, receipts and journal. Ends with one line of JSON.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { connect } from '../src/client.ts';
import { readConfig } from '../src/config.ts';
import { createTinyTable, tiny } from '../test/support/tiny.ts';
import { measureRun, pidsOf, printCpu, withStack } from './measured-run.ts';
import { startProviderProcess } from './provider-process.ts';

const { values } = parseArgs({
  options: {
    units: { type: 'string', default: '40' },
    items: { type: 'string', default: '500' },
    concurrency: { type: 'string', default: '128' },
  },
});

await withStack(async (stack) => {
  const provider = await startProviderProcess();
  const worker = fork(fileURLToPath(new URL('../test/support/tiny-worker.ts', import.meta.url)), {
    execArgv: ['--max-semi-space-size=16'],
    env: { ...process.env, TINY_BACKFILLS: 'tiny' },
  });
  await new Promise((resolve) => worker.once('message', resolve));
  const client = await connect(readConfig(), [tiny]);
  await createTinyTable(client.surroundings.stores, 'tiny', Number(values.units), Number(values.items));
  const measured = await measureRun(
    client,
    {
      backfill: 'tiny',
      options: { provider: provider.url, table: 'tiny' },
      selection: { only: 'missing' },
      settings: { rates: {}, concurrency: Number(values.concurrency) },
    },
    { ...pidsOf(stack), worker: worker.pid ?? 0, provider: provider.pid },
  );
  printCpu(measured);
  const { run, seconds } = measured;
  console.log(
    JSON.stringify({
      items: run.counts.total,
      seconds: Number(seconds.toFixed(1)),
      itemsPerSecond: Math.round(run.counts.total / seconds),
    }),
  );
  await client.close();
  worker.kill('SIGKILL');
  provider.stop();
});
