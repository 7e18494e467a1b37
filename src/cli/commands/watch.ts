import type { Command } from 'commander';
import { isFinished } from '../../client.ts';
import type { Run } from '../../domain/run.ts';
import { companyOf } from '../company.ts';
import { compensationOf, undoneByItself } from '../compensation.ts';
import { concludeRun } from '../conclusion.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { addFlags, readFlags } from '../flags.ts';
import { goesOnByItself } from '../follow-run.ts';
import { interruption } from '../interrupt.ts';
import { say } from '../output.ts';
import { checkProgressFile } from '../progress-file.ts';
import { act } from '../run-program.ts';
import { sessionFlags, withSession } from '../session.ts';
import { HELP_OF_HOOKS, watchFlags } from '../watch-flags.ts';
import { type Watching, watchRun } from '../watch-run.ts';
import { whichRun } from '../which-run.ts';

const flags = watchFlags.extend(sessionFlags.shape);

export function watchCommand(program: Command): void {
  const command = program
    .command('watch')
    .description('follow a run to its end, then show its report')
    .argument('[run]', 'run id, or backfill for its newest run; default: the newest run');
  addFlags(command, flags).addHelpText('after', HELP);
  command.action(
    act(async (named?: string) => {
      const { json, dataDir, ...wishes } = readFlags(command, flags);
      if (wishes.progressFile) await checkProgressFile(wishes.progressFile);
      const signal = interruption();
      return withSession({ dataDir, needsWorker: false, signal }, async ({ client, config, servers }) => {
        const run = await undoneByItself(client, await whichRun(client, named), named);
        if (servers.origin === 'own' && goesOnByItself(run)) {
          say(`open, and nothing works on it: 'start-backfill ${run.backfill}' goes on`);
          return EXIT.failed;
        }
        const company = companyOf(client, run, wishes);
        const { verbose } = wishes;
        try {
          return await watch(
            run,
            { client, config, runId: run.runId, signal, verbose, onLook: company.look },
            json,
          );
        } finally {
          await company.end();
        }
      });
    }),
  );
}

const HELP = `
Ctrl-C stops watching; the run goes on.
${HELP_OF_HOOKS}

Examples:
  backfill watch vehicle-images
  backfill watch vehicle-images --progress-file progress.json --verbose`;

async function watch({ runId }: Run, watching: Watching, json: boolean): Promise<ExitCode> {
  const { client, onLook: _, ...following } = watching;
  const ended = await watchRun(watching);
  const rollback = await compensationOf(watching, ended);
  const run = rollback ? await watchRun({ client, ...following, runId: rollback.runId }) : ended;
  if (goesOnByItself(run)) {
    say(`the run goes on; 'backfill watch ${run.backfill}' shows it again`);
    return EXIT.interrupted;
  }
  return concludeRun(client, isFinished(run) ? await client.run(runId) : run, json);
}
