import type { Command } from 'commander';
import { z } from 'zod';
import { requireYes } from '../confirm.ts';
import { addFlags, readFlags } from '../flags.ts';
import { interruption } from '../interrupt.ts';
import { act } from '../run-program.ts';
import { sessionFlags, withSession } from '../session.ts';
import { startAndWatch } from '../start-run.ts';
import { whichWrittenRun } from '../which-run.ts';

const flags = sessionFlags.extend({
  detach: z.boolean().optional().describe('start, and do not watch'),
  yes: z.boolean().default(false).describe('do not ask'),
});

export function retryCommand(program: Command): void {
  const command = program
    .command('retry')
    .description('start a run over the items that failed in earlier runs, with the newest run’s settings')
    .argument('<backfill>', 'backfill, or the run id whose settings are to be used');
  addFlags(command, flags).addHelpText(
    'after',
    "\n'start-backfill <backfill> --only failed' does it with other settings.\n\nExample:\n  backfill retry vehicle-images",
  );
  command.action(
    act(async (named: string) => {
      const given = readFlags(command, flags);
      requireYes(given.yes, 'retry');
      const signal = interruption();
      return withSession({ dataDir: given.dataDir, needsWorker: true, signal }, async (session) => {
        const { backfill, settings } = await whichWrittenRun(session.client, named);
        const { options, ...others } = settings;
        const request = { backfill, options, selection: { only: 'failed' as const }, settings: others };
        return startAndWatch(session, request, { ...given, signal });
      });
    }),
  );
}
