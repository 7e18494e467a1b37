import { readConfig } from '../../src/config.ts';
import { startWorker } from '../../src/worker.ts';
import { tinyNamed } from './tiny.ts';

/**
 * A worker in a process of its own, to be killed or frozen. Serves the backfills named in TINY_BACKFILLS, and
 * ends with whoever started it.
 */
process.on('disconnect', () => process.exit());
const worker = await startWorker(readConfig(), (process.env.TINY_BACKFILLS ?? '').split(',').map(tinyNamed));
process.send?.('ready');
await worker.stopped;
