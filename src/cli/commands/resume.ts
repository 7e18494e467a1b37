import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { UsageError } from '../../domain/failure.ts';
import type { Run } from '../../domain/run.ts';
import { buildReport } from '../../report.ts';
import { EXIT } from '../exit-codes.ts';
import { followRun } from '../follow-run.ts';
import { interruption } from '../interrupt.ts';
import { printJson, say } from '../output.ts';
import { stateInWords } from '../pause-reason.ts';
import { act } from '../run-program.ts';
import { addSessionFlags, readSessionFlags, withSession } from '../session.ts';

export function resumeCommand(program: Command): void {
  const command = program
    .command('resume')
    .description('go on with a paused run')
    .argument('<backfill>', 'backfill, or run id');
  addSessionFlags(command).addHelpText('after', '\nExample:\n  backfill resume vehicle-images');
  command.action(
    act(async (named: string) => {
      const { json, dataDir } = readSessionFlags(command);
      const signal = interruption();
      return withSession({ dataDir, needsWorker: false, own: 'never' }, async ({ client, config }) => {
        const { runId, backfill, state, epoch } = await client.run(named);
        if (state === 'awaiting-approval') throw awaitsApproval(runId, backfill);
        await client.resume(backfill, userInfo().username);
        // A run that has gone on may be paused again before anybody looks: outside of its hours, say.
        const wentOn = (run: Run) => !/^paus/.test(run.state) || run.epoch > epoch;
        const run = await followRun({ client, config, runId, signal }, wentOn);
        if (json) printJson(await buildReport(client, run));
        if (signal.aborted) return EXIT.interrupted;
        say(`${stateInWords(run)}; 'backfill watch ${backfill}' shows it`);
        return EXIT.done;
      });
    }),
  );
}

function awaitsApproval(runId: string, backfill: string): UsageError {
  return new UsageError(
    `run ${runId} of ${backfill} awaits approval`,
    `'backfill approve ${backfill}' shows what its canary came to, and lets it go on`,
  );
}
