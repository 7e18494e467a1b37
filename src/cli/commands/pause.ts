import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { z } from 'zod';
import { isFinished } from '../../client.ts';
import { UsageError } from '../../domain/failure.ts';
import { buildReport } from '../../report.ts';
import { formatDuration } from '../duration.ts';
import { EXIT } from '../exit-codes.ts';
import { addFlags, readFlags } from '../flags.ts';
import { followRun } from '../follow-run.ts';
import { interruption } from '../interrupt.ts';
import { printJson, say } from '../output.ts';
import { act } from '../run-program.ts';
import { sessionFlags, withSession } from '../session.ts';

const flags = sessionFlags.extend({
  wait: z.boolean().default(true).describe('do not wait until nothing is in flight'),
});

export function pauseCommand(program: Command): void {
  const command = program
    .command('pause')
    .description('pause an open run: what is in flight is settled, nothing new is asked')
    .argument('<backfill>', 'backfill, or run id');
  addFlags(command, flags).addHelpText('after', '\nExample:\n  backfill pause vehicle-images');
  command.action(
    act(async (named: string) => {
      const { json, dataDir, wait } = readFlags(command, flags);
      const signal = interruption();
      return withSession({ dataDir, needsWorker: false, own: 'never' }, async ({ client, config }) => {
        const { runId, backfill, state } = await client.run(named);
        if (state === 'awaiting-approval') throw nothingToPause(runId, backfill);
        const began = Date.now();
        await client.pause(backfill, userInfo().username);
        const quiet = await followRun(
          { client, config, runId, signal },
          (run) => !wait || run.state === 'paused' || isFinished(run),
        );
        if (json) printJson(await buildReport(client, quiet));
        if (!wait) say('asked to pause');
        else if (quiet.state === 'paused')
          say(`paused after ${formatDuration(Date.now() - began)}; 'backfill resume ${backfill}' goes on`);
        else if (signal.aborted) return EXIT.interrupted;
        else say(`the run came to its end first: ${quiet.state}`);
        return EXIT.done;
      });
    }),
  );
}

function nothingToPause(runId: string, backfill: string): UsageError {
  return new UsageError(
    `run ${runId} of ${backfill} awaits approval: nothing is in flight, and nothing will be until then`,
    `'backfill approve ${backfill}' lets it go on, 'backfill cancel ${backfill}' ends it`,
  );
}
