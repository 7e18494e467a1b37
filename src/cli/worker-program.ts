import { once } from 'node:events';
import { readConfig } from '../config.ts';
import { startWorker } from '../worker.ts';
import { EXIT } from './exit-codes.ts';
import { interruption } from './interrupt.ts';
import { act, createProgram, runProgram } from './run-program.ts';

/** Who was killed may have taken the servers along, and without them nothing settles. */
const ORPHAN_MS = 10_000;

const program = createProgram(
  'worker',
  "What startWorkerProcess forks: a worker, until SIGTERM or its parent's end.",
);
program.option('--queue <word>').action(
  act(async () => {
    const { queue } = program.opts<{ queue?: string }>();
    const signal = interruption();
    process.once('disconnect', () => {
      setTimeout(() => process.exit(EXIT.failed), ORPHAN_MS).unref();
      process.kill(process.pid, 'SIGTERM');
    });
    const worker = await startWorker(readConfig(), { queue });
    process.send?.('working');
    if (!signal.aborted) await Promise.race([once(signal, 'abort'), worker.stopped]);
    await worker.stop();
    return EXIT.done;
  }),
);

await runProgram(program);
