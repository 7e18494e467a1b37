import type { Command } from 'commander';
import { isFinished } from '../../client.ts';
import { buildReport } from '../../report.ts';
import { slownessOf } from '../../slowness.ts';
import { whatNext } from '../conclusion.ts';
import { EXIT } from '../exit-codes.ts';
import { tellUnserved, waitsForPerson } from '../follow-run.ts';
import { print, printJson, say } from '../output.ts';
import { progressLine } from '../progress-bar.ts';
import { act } from '../run-program.ts';
import { addSessionFlags, readSessionFlags, withSession } from '../session.ts';
import { webUiOf } from '../web-ui.ts';
import { whichRun } from '../which-run.ts';

export function statusCommand(program: Command): void {
  const command = program
    .command('status')
    .description('one look at a run')
    .argument('[run]', 'run id, or backfill for its newest run; default: the newest run');
  addSessionFlags(command).addHelpText('after', '\nExample:\n  backfill status vehicle-images');
  command.action(
    act(async (named?: string) => {
      const { json, dataDir } = readSessionFlags(command);
      return withSession({ dataDir, needsWorker: false }, async ({ client, config, servers }) => {
        const run = await whichRun(client, named);
        if (json) {
          printJson(await buildReport(client, run));
        } else {
          const slowness = await slownessOf(client, run);
          print(`${run.runId}  ${progressLine({ ...run, slowness }, null)}`);
          const page = webUiOf(config, run);
          if (page) print(page);
        }
        if (isFinished(run)) return EXIT.done;
        if (waitsForPerson(run)) for (const line of whatNext(run)) say(line);
        else if (servers.origin === 'own')
          say(`open, and nothing works on it: 'start-backfill ${run.backfill}' goes on`);
        else await tellUnserved(client, run);
        return EXIT.done;
      });
    }),
  );
}
