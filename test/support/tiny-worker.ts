import { readConfig } from '../../src/config.ts';
import { startWorker } from '../../src/worker.ts';
import { tinyNamed } from './tiny.ts';

/**
 * A worker in a process of its own, to be killed or frozen. Serves the backfills named in TINY_BACKFILLS
 * (of version TINY_VERSION), and ends with whoever started it.
 */
process.on('disconnect', () => process.exit());
const names = (process.env.TINY_BACKFILLS ?? '').split(',');
const version = process.env.TINY_VERSION;
const backfills = names.map((name) => tinyNamed(name, version ? { version } : {}));
const worker = await startWorker(readConfig(), { backfills });
process.send?.('ready');
await worker.stopped;
