import type { Command } from 'commander';
import { z } from 'zod';
import { UsageError } from '../../domain/failure.ts';
import { buildReport } from '../../report.ts';
import { EXIT } from '../exit-codes.ts';
import { addFlags, oneOf, readFlags } from '../flags.ts';
import { print, printJson } from '../output.ts';
import { reportTable } from '../report-table.ts';
import { act } from '../run-program.ts';
import { sessionFlags, withSession } from '../session.ts';
import { spendingCsv } from '../spending-csv.ts';
import { tellTrend } from '../trend.ts';
import { whichRun } from '../which-run.ts';

const flags = sessionFlags.extend({
  csv: z
    .boolean()
    .default(false)
    .describe('what was spent, a line per day, run and model: of the named run, or of all runs'),
  trend: z.boolean().default(false).describe('how what the backfill measures goes with time'),
  by: oneOf('day', 'week', 'month')
    .optional()
    .describe('a row of the trend per day, week or month (default: week)')
    .meta({ placeholder: 'period' }),
});

export function reportCommand(program: Command): void {
  const command = program
    .command('report')
    .description('what a run came to: counts, cost, calls of unknown outcome, what people did')
    .argument('[run]', 'run id, or backfill for its newest run; default: the newest run');
  addFlags(command, flags).addHelpText(
    'after',
    `
Examples:
  backfill report vehicle-images --json
  backfill report --csv > spending.csv
  backfill report vehicle-images --trend --by month`,
  );
  command.action(
    act(async (named?: string) => {
      const { json, dataDir, csv, trend, by } = readFlags(command, flags);
      if (csv && json)
        throw new UsageError('--csv and --json are two forms of one report', 'give one of them');
      if (csv && trend)
        throw new UsageError('--csv is of what was spent, and --trend is not', 'give one of them');
      if (by && !trend) throw new UsageError('--by is of a trend', 'add --trend');
      return withSession({ dataDir, needsWorker: false }, async ({ client }) => {
        if (trend) return tellTrend(client, named, { by: by ?? 'week', json });
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
