/**
 * `node bench/vehicle-images.ts [--images 2934]`: the whole of `vehicle-images` over the sample, from an empty
 * ledger, with a provider that answers at once; everything on this machine. Ends with one line of JSON.
 */
import { parseArgs } from 'node:util';
import { loadSample } from '../src/cli/sample.ts';
import { startWorkerProcess } from '../src/cli/worker-process.ts';
import { connect } from '../src/client.ts';
import { readConfig } from '../src/config.ts';
import { measureRun, pidsOf, printCpu, withStack } from './measured-run.ts';

const { values } = parseArgs({ options: { images: { type: 'string', default: '2934' } } });

await withStack(async (stack, dataDir) => {
  await loadSample(Number(values.images), dataDir);
  const worker = await startWorkerProcess();
  const client = await connect(readConfig());
  const measured = await measureRun(
    client,
    { backfill: 'vehicle-images', options: {}, selection: { only: 'missing' }, settings: { rates: {} } },
    { ...pidsOf(stack), worker: worker.pid },
  );
  printCpu(measured);
  const { run, seconds } = measured;
  console.log(
    JSON.stringify({
      images: run.counts.total,
      seconds: Number(seconds.toFixed(1)),
      imagesPerSecond: Number((run.counts.total / seconds).toFixed(1)),
      failed: run.counts.failed,
      workerPeakMb: await worker.peakMemory(),
    }),
  );
  await client.close();
  await worker.stop();
});
