import type { Command } from 'commander';
import { readConfig } from '../../config.ts';
import { startWorker } from '../../worker.ts';
import { EXIT } from '../exit-codes.ts';
import { interruption, untilInterrupted } from '../interrupt.ts';
import { printJson, say } from '../output.ts';
import { reachServers } from '../reach-servers.ts';
import { act } from '../run-program.ts';
import { provideServers } from '../servers.ts';
import { addSessionFlags, readSessionFlags } from '../session.ts';

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
      const worker = await startWorker(config);
      say(`working on task queue '${config.BACKFILL_TASK_QUEUE}'; Ctrl-C stops`);
      stopWithParent(process);
      if (json) printJson({ taskQueue: config.BACKFILL_TASK_QUEUE, pid: process.pid });
      await Promise.race([untilInterrupted(signal, 'settling what is in flight'), worker.stopped]);
      await worker.stop();
      return EXIT.done;
    }),
  );
}

/** Where another process of ours has started this one, its end is ours: it is told by the channel between us. */
function stopWithParent(self: NodeJS.Process): void {
  if (!self.connected) return;
  self.once('disconnect', () => self.kill(self.pid, 'SIGTERM'));
  self.send?.('working');
}
