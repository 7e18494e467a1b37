import type { Command } from 'commander';
import { z } from 'zod';
import { UsageError } from '../../domain/failure.ts';
import { buildReport } from '../../report.ts';
import { EXIT } from '../exit-codes.ts';
import { addFlags, readFlags } from '../flags.ts';
import { print, printJson } from '../output.ts';
import { reportTable } from '../report-table.ts';
import { act } from '../run-program.ts';
import { sessionFlags, withSession } from '../session.ts';
import { spendingCsv } from '../spending-csv.ts';
import { whichRun } from '../which-run.ts';

const flags = sessionFlags.extend({
  csv: z
    .boolean()
    .default(false)
    .describe('what was spent, a line per day, run and model: of the named run, or of all runs'),
});

export function reportCommand(program: Command): void {
  const command = program
    .command('report')
    .description('what a run came to: counts, cost, calls of unknown outcome, what people did')
    .argument('[run]', 'run id, or backfill for its newest run; default: the newest run');
  addFlags(command, flags).addHelpText(
    'after',
    '\nExamples:\n  backfill report vehicle-images --json\n  backfill report --csv > spending.csv',
  );
  command.action(
    act(async (named?: string) => {
      const { json, dataDir, csv } = readFlags(command, flags);
      if (csv && json)
        throw new UsageError('--csv and --json are two forms of one report', 'give one of them');
      return withSession({ dataDir, needsWorker: false }, async ({ client }) => {
        if (csv) {
          print(spendingCsv(named === undefined ? await client.runs() : [await client.run(named)]));
          return EXIT.done;
        }
        const report = await buildReport(client, await whichRun(client, named));
        if (json) printJson(report);
        else print(reportTable(report));
        return EXIT.done;
      });
    }),
  );
}
