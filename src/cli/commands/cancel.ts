import type { Command } from 'commander';
import { z } from 'zod';
import { isFinished } from '../../client.ts';
import { UsageError } from '../../domain/failure.ts';
import { isClosed, type RunState } from '../../domain/run-state.ts';
import { buildReport } from '../../report.ts';
import { confirm, requireYes } from '../confirm.ts';
import { EXIT } from '../exit-codes.ts';
import { addFlags, readFlags } from '../flags.ts';
import { interruption } from '../interrupt.ts';
import { print, printJson, say } from '../output.ts';
import { reportTable } from '../report-table.ts';
import { act } from '../run-program.ts';
import { sessionFlags, withSession } from '../session.ts';
import { watchRun } from '../watch-run.ts';

const flags = sessionFlags.extend({ yes: z.boolean().default(false).describe('do not ask') });

export function cancelCommand(program: Command): void {
  const command = program
    .command('cancel')
    .description('end an open run for good; what it wrote stays until it is rolled back')
    .argument('<backfill>', 'backfill, or run id');
  addFlags(command, flags).addHelpText('after', '\nExample:\n  backfill cancel vehicle-images --yes');
  command.action(
    act(async (named: string) => {
      const { json, dataDir, yes } = readFlags(command, flags);
      requireYes(yes, 'cancel');
      return withSession({ dataDir, needsWorker: true }, async ({ client, config, provideWorker }) => {
        const { runId, backfill, state } = await client.run(named);
        if (isClosed(state)) throw notOpen(runId, backfill, state);
        if (!(await confirm(yes, `Cancel run ${runId} of ${backfill}?`))) return EXIT.failed;
        const signal = interruption();
        await provideWorker();
        await client.cancel(backfill);
        const run = await watchRun({ client, config, runId, signal }, isFinished);
        if (!isFinished(run)) return EXIT.interrupted;
        const report = await buildReport(client, run);
        if (json) printJson(report);
        else print(reportTable(report));
        if (run.counts.written + run.counts.cached > 0)
          say(`'backfill rollback ${runId}' puts back what it has changed`);
        return EXIT.done;
      });
    }),
  );
}

function notOpen(runId: string, backfill: string, state: RunState): UsageError {
  const hint =
    state === 'rolled-back' ? undefined : `'backfill rollback ${runId}' puts back what it has written`;
  return new UsageError(`run ${runId} of ${backfill} is not open: it is ${state}`, hint);
}
