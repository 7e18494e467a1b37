import type { Command } from 'commander';
import { z } from 'zod';
import type { Run } from '../../domain/run.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { failureList, failureSummary, groupFailures, quarantineTable } from '../failure-table.ts';
import { addFlags, readFlags } from '../flags.ts';
import { print, printJson, say } from '../output.ts';
import { act } from '../run-program.ts';
import { type Session, sessionFlags, withSession } from '../session.ts';
import { whichRun } from '../which-run.ts';

const flags = sessionFlags.extend({
  class: z.string().min(1).optional().describe('only items of this class').meta({ placeholder: 'class' }),
  quarantined: z
    .boolean()
    .default(false)
    .describe("the backfill's items that runs leave out, because they failed in three runs"),
  run: z.string().min(1).optional().describe('of this run').meta({ placeholder: 'id' }),
});

export function failuresCommand(program: Command): void {
  const command = program
    .command('failures')
    .description('list the items that a run did not write, by class and one by one')
    .argument('[run]', 'run id, or backfill for its newest run; default: the newest run');
  addFlags(command, flags).addHelpText('after', HELP);
  command.action(
    act(async (named?: string) => {
      const { json, dataDir, quarantined, ...wanted } = readFlags(command, flags);
      return withSession({ dataDir, needsWorker: false }, async (session) => {
        const run = await whichRun(session.client, wanted.run ?? named);
        const tell = quarantined ? tellQuarantine : tellFailures;
        return tell(session, run, { json, class: wanted.class });
      });
    }),
  );
}

const HELP = `
Examples:
  backfill failures vehicle-images
  backfill failures vehicle-images --class image-not-found
  backfill failures vehicle-images --quarantined`;

interface Wanted {
  json: boolean;
  class: string | undefined;
}

async function tellFailures({ client }: Session, run: Run, { json, class: name }: Wanted): Promise<ExitCode> {
  const { runId, backfill, counts } = run;
  const failures = await client.surroundings
    .journalOf(backfill)
    .failures(runId, name === undefined ? {} : { class: name });
  if (json) printJson({ runId, backfill, classes: groupFailures(failures, counts.total), failures });
  else if (failures.length > 0)
    print(`${failureSummary(failures, counts.total)}\n\n${failureList(failures)}`);
  else say(`run ${runId} of ${backfill} has none${ofClass(name)}`);
  return EXIT.done;
}

async function tellQuarantine(
  { client }: Session,
  { backfill }: Run,
  { json, class: name }: Wanted,
): Promise<ExitCode> {
  const all = await client.surroundings.journalOf(backfill).quarantined(backfill);
  const quarantined = all.filter((one) => name === undefined || one.class === name);
  if (json) printJson({ backfill, quarantined });
  else if (quarantined.length > 0) print(quarantineTable(quarantined));
  else say(`no item of ${backfill} is in quarantine${ofClass(name)}`);
  if (quarantined.length > 0) say(`'backfill retry ${backfill} --quarantined' tries them again`);
  return EXIT.done;
}

function ofClass(name: string | undefined): string {
  return name === undefined ? '' : ` of class ${name}`;
}
