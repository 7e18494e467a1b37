import type { Command } from 'commander';
import { z } from 'zod';
import { BACKFILLS } from '../../backfills/registry.ts';
import { GENERAL, queuesOf, readConfig } from '../../config.ts';
import { EXIT } from '../exit-codes.ts';
import { addFlags, readFlags } from '../flags.ts';
import { interruption, untilInterrupted } from '../interrupt.ts';
import { printJson, say } from '../output.ts';
import { reachServers } from '../reach-servers.ts';
import { act } from '../run-program.ts';
import { partsOf, provideServers } from '../servers.ts';
import { sessionFlags } from '../session.ts';
import { startWorkerProcess } from '../worker-process.ts';

const QUEUES = [GENERAL, ...new Set(BACKFILLS.flatMap(({ queue }) => queue ?? []))];

const flags = sessionFlags.extend({
  queue: z
    .enum(QUEUES, { error: `expected one of: ${QUEUES.join(', ')}` })
    .optional()
    .describe(`serve only these backfills (${QUEUES.join(', ')}; default: all)`)
    .meta({ placeholder: 'word' }),
});

export function workerCommand(program: Command): void {
  const command = program.command('worker').description('do the work of runs, until Ctrl-C');
  addFlags(command, flags).addHelpText(
    'after',
    '\nSeveral may run at the same time, on several machines. Ctrl-C settles what is in flight first.\n' +
      'Where not all machines see the archives of zip-predictions: --queue predictions for those that do, general for the others.\n\n' +
      'Example:\n  backfill worker\n  backfill worker --queue predictions --data-dir /mnt/archives',
  );
  command.action(
    act(async () => {
      const { json, dataDir, queue } = readFlags(command, flags);
      const signal = interruption();
      const ofQueue = BACKFILLS.find((one) => one.queue === queue && queue !== undefined);
      const parts = ofQueue && partsOf(ofQueue.keeps);
      await provideServers({ dataDir, own: 'never', asks: true, parts });
      const config = readConfig();
      await reachServers(config);
      const worker = await startWorkerProcess(queue);
      const { data: taskQueue } = queuesOf(config, queue === GENERAL ? undefined : queue);
      say(`working on task queue '${taskQueue}'; Ctrl-C stops`);
      if (json) printJson({ taskQueue, pid: worker.pid });
      await Promise.race([untilInterrupted(signal, 'settling what is in flight'), worker.failed]);
      await worker.stop();
      return EXIT.done;
    }),
  );
}
