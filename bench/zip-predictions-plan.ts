/**
 * `node bench/zip-predictions-plan.ts [--one-in 1]`: the plan's 21 projects with all their 191,216 entries, as small drawn
 * photos, with small models: how long they take, and what the worker's memory does from the smallest project to the
 * largest. Ends with one line of JSON; fails where a database is not sound.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startWorkerProcess } from '../src/cli/worker-process.ts';
import { connect } from '../src/client.ts';
import { readConfig } from '../src/config.ts';
import { DEFAULT_SETTINGS } from '../src/domain/settings.ts';
import { makeModels } from '../src/stack/predictions/models.ts';
import { makeProjects } from '../src/stack/predictions/projects.ts';
import { measureRun, pidsOf, printCpu, withStack } from './measured-run.ts';
import { watchMemory } from './memory-series.ts';

const { values } = parseArgs({ options: { 'one-in': { type: 'string', default: '1' } } });
const BACKFILL = 'zip-predictions';

await withStack(
  async (stack, dataDir) => {
    process.env.BACKFILL_DATA_DIR = dataDir;
    const folder = path.join(dataDir, 'original');
    const projects = await makeProjects({ folder, scale: 1 / Number(values['one-in']), least: 12, seed: 1 });
    await makeModels(path.join(dataDir, 'data', 'ai_data', 'models'), { seed: 1, size: 'small' });
    const worker = await startWorkerProcess();
    const client = await connect(readConfig());
    const memory = watchMemory(worker.pid);
    const measured = await measureRun(
      client,
      { backfill: BACKFILL, options: {}, selection: { only: 'missing' }, settings: { window: 1 } },
      { ...pidsOf(stack), worker: worker.pid },
    );
    const { tenths, peakMb, slopeMbPerMinute } = memory.end();
    printCpu(measured);
    const settings = { ...DEFAULT_SETTINGS, options: {} };
    const [verified] = await client.surroundings.backfillOf({ backfill: BACKFILL, settings }).verify();
    const again = await client.start({ backfill: BACKFILL, options: {}, selection: { only: 'missing' } });
    await client.close();
    await worker.stop();
    if (!verified?.passed || again.kind !== 'empty') throw new Error('not all databases are sound');
    console.log(
      JSON.stringify({
        ...{ projects: projects.length, counts: measured.run.counts, seconds: Math.round(measured.seconds) },
        photosPerSecond: Math.round(measured.run.counts.written / measured.seconds),
        ...{ workerMb: tenths, workerPeakMb: peakMb, workerSlopeMbPerMinute: slopeMbPerMinute },
        sound: verified.rows.filter((row) => row.at(-1) === 'sound').length,
      }),
    );
  },
  ['temporal', 'dynamodb'],
);
