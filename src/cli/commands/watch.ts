import type { Command } from 'commander';
import { isFinished } from '../../client.ts';
import { compensationOf, undoneByItself } from '../compensation.ts';
import { concludeRun } from '../conclusion.ts';
import { EXIT } from '../exit-codes.ts';
import { goesOnByItself } from '../follow-run.ts';
import { interruption } from '../interrupt.ts';
import { say } from '../output.ts';
import { act } from '../run-program.ts';
import { addSessionFlags, readSessionFlags, withSession } from '../session.ts';
import { watchRun } from '../watch-run.ts';
import { whichRun } from '../which-run.ts';

export function watchCommand(program: Command): void {
  const command = program
    .command('watch')
    .description('follow a run to its end, then show its report')
    .argument('[run]', 'run id, or backfill for its newest run; default: the newest run');
  addSessionFlags(command).addHelpText(
    'after',
    '\nCtrl-C stops watching; the run goes on.\n\nExample:\n  backfill watch vehicle-images',
  );
  command.action(
    act(async (named?: string) => {
      const { json, dataDir } = readSessionFlags(command);
      const signal = interruption();
      return withSession({ dataDir, needsWorker: false, signal }, async ({ client, config, servers }) => {
        const found = await undoneByItself(client, await whichRun(client, named), named);
        if (servers.origin === 'own' && goesOnByItself(found)) {
          say(`open, and nothing works on it: 'start-backfill ${found.backfill}' goes on`);
          return EXIT.failed;
        }
        const following = { client, config, runId: found.runId, signal };
        const ended = await watchRun(following);
        const rollback = await compensationOf(following, ended);
        const run = rollback ? await watchRun({ ...following, runId: rollback.runId }) : ended;
        if (goesOnByItself(run)) {
          say(`the run goes on; 'backfill watch ${run.backfill}' shows it again`);
          return EXIT.interrupted;
        }
        return concludeRun(client, isFinished(run) ? await client.run(found.runId) : run, json);
      });
    }),
  );
}
