import type { Command } from 'commander';
import { buildReport } from '../../report.ts';
import { EXIT } from '../exit-codes.ts';
import { print, printJson } from '../output.ts';
import { reportTable } from '../report-table.ts';
import { act } from '../run-program.ts';
import { addSessionFlags, readSessionFlags, withSession } from '../session.ts';
import { whichRun } from '../which-run.ts';

export function reportCommand(program: Command): void {
  const command = program
    .command('report')
    .description('what a run came to: counts, cost, calls of unknown outcome')
    .argument('[run]', 'run id, or backfill for its newest run; default: the newest run');
  addSessionFlags(command).addHelpText('after', '\nExample:\n  backfill report vehicle-images --json');
  command.action(
    act(async (named?: string) => {
      const { json, dataDir } = readSessionFlags(command);
      return withSession({ dataDir, needsWorker: false }, async ({ client }) => {
        const report = await buildReport(client, await whichRun(client, named));
        if (json) printJson(report);
        else print(reportTable(report));
        return EXIT.done;
      });
    }),
  );
}
