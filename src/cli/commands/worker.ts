import type { Command } from 'commander';
import { readConfig } from '../../config.ts';
import { EXIT } from '../exit-codes.ts';
import { interruption, untilInterrupted } from '../interrupt.ts';
import { printJson, say } from '../output.ts';
import { reachServers } from '../reach-servers.ts';
import { act } from '../run-program.ts';
import { provideServers } from '../servers.ts';
import { addSessionFlags, readSessionFlags } from '../session.ts';
import { startWorkerProcess } from '../worker-process.ts';

export function workerCommand(program: Command): void {
  const command = program.command('worker').description('do the work of runs, until Ctrl-C');
  addSessionFlags(command).addHelpText(
    'after',
    '\nSeveral may run at the same time, on several machines. Ctrl-C settles what is in flight first.\n\nExample:\n  backfill worker',
  );
  command.action(
    act(async () => {
      const { json, dataDir } = readSessionFlags(command);
      const signal = interruption();
      await provideServers({ dataDir, own: 'never', asks: true });
      const config = readConfig();
      await reachServers(config);
      const worker = await startWorkerProcess();
      say(`working on task queue '${config.BACKFILL_TASK_QUEUE}'; Ctrl-C stops`);
      if (json) printJson({ taskQueue: config.BACKFILL_TASK_QUEUE, pid: worker.pid });
      await Promise.race([untilInterrupted(signal, 'settling what is in flight'), worker.failed]);
      await worker.stop();
      return EXIT.done;
    }),
  );
}
