import type { Command } from 'commander';
import { z } from 'zod';
import { EXIT } from '../exit-codes.ts';
import { failureList, failureSummary } from '../failure-table.ts';
import { addFlags, readFlags } from '../flags.ts';
import { print, printJson, say } from '../output.ts';
import { act } from '../run-program.ts';
import { sessionFlags, withSession } from '../session.ts';
import { whichRun } from '../which-run.ts';

const flags = sessionFlags.extend({
  class: z.string().min(1).optional().describe('only items of this class').meta({ placeholder: 'class' }),
  run: z.string().min(1).optional().describe('of this run').meta({ placeholder: 'id' }),
});

export function failuresCommand(program: Command): void {
  const command = program
    .command('failures')
    .description('list the items that a run did not write, and why')
    .argument('[run]', 'run id, or backfill for its newest run; default: the newest run');
  addFlags(command, flags).addHelpText(
    'after',
    '\nExample:\n  backfill failures vehicle-images --class image-not-found',
  );
  command.action(
    act(async (named?: string) => {
      const { json, dataDir, ...wanted } = readFlags(command, flags);
      return withSession({ dataDir, needsWorker: false }, async ({ client }) => {
        const run = await whichRun(client, wanted.run ?? named);
        const filter = wanted.class === undefined ? {} : { class: wanted.class };
        const failures = await client.surroundings.journal.failures(run.runId, filter);
        if (json) printJson({ runId: run.runId, failures });
        else if (failures.length > 0) print(`${failureSummary(failures)}\n\n${failureList(failures)}`);
        else
          say(
            `run ${run.runId} of ${run.backfill} has none${wanted.class ? ` of class ${wanted.class}` : ''}`,
          );
        return EXIT.done;
      });
    }),
  );
}
