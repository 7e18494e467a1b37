import { readConfig } from '../../src/config.ts';
import { startWorker } from '../../src/worker.ts';
import { impatient } from '../support/vehicle-world.ts';

/** A worker in a process of its own, to be killed. It waits CALL_TIMEOUT_MS for an answer, and ends with whoever started it. */
process.on('disconnect', () => process.exit());
const config = readConfig();
const worker = await startWorker(config, {
  backfills: [impatient(config, Number(process.env.CALL_TIMEOUT_MS))],
});
process.send?.('ready');
await worker.stopped;
