import type { Command } from 'commander';
import { z } from 'zod';
import type { StartRequest } from '../../client.ts';
import { FAILURE_CLASSES, type FailureClass } from '../../domain/failure.ts';
import type { Journal } from '../../stores/journal.ts';
import { requireYes } from '../confirm.ts';
import { EXIT } from '../exit-codes.ts';
import { addFlags, oneOf, readFlags } from '../flags.ts';
import { interruption } from '../interrupt.ts';
import { printJson, say } from '../output.ts';
import { act } from '../run-program.ts';
import { sessionFlags, withSession } from '../session.ts';
import { startAndWatch } from '../start-run.ts';
import { formatCount } from '../table.ts';
import { whichWrittenRun } from '../which-run.ts';

const CLASSES = Object.keys(FAILURE_CLASSES) as [FailureClass, ...FailureClass[]];

const flags = sessionFlags.extend({
  class: oneOf(...CLASSES)
    .optional()
    .describe('only items whose last failure was of this class')
    .meta({ placeholder: 'class' }),
  quarantined: z
    .boolean()
    .default(false)
    .describe('the items that runs leave out, because they failed in three runs'),
  detach: z.boolean().optional().describe('start, and do not watch'),
  yes: z.boolean().default(false).describe('do not ask'),
});

export function retryCommand(program: Command): void {
  const command = program
    .command('retry')
    .description('start a run over the items that failed in earlier runs, with the newest run’s settings')
    .argument('<backfill>', 'backfill, or the run id whose settings are to be used');
  addFlags(command, flags).addHelpText('after', HELP);
  command.action(
    act(async (named: string) => {
      const given = readFlags(command, flags);
      requireYes(given.yes, 'retry');
      const signal = interruption();
      return withSession({ dataDir: given.dataDir, needsWorker: true, signal }, async (session) => {
        const { backfill, settings } = await whichWrittenRun(session.client, named);
        // What is tried again was agreed to before: it needs no canary.
        const { options, ...others } = { ...settings, canary: null };
        const request = { backfill, options, selection: { only: 'failed' as const }, settings: others };
        const narrowed = await narrow(session.client.surroundings.journalOf(backfill), request, given);
        if (narrowed) return startAndWatch(session, narrowed, { ...given, signal });
        if (given.json) printJson({ runId: null, backfill, status: 'empty', skipped: {} });
        return EXIT.done;
      });
    }),
  );
}

const HELP = `
Items in quarantine are left out, unless --quarantined asks for them.
'start-backfill <backfill> --only failed' does it with other settings.

Examples:
  backfill retry vehicle-images
  backfill retry vehicle-images --class image-not-found
  backfill retry vehicle-images --quarantined`;

interface Wanted {
  class?: FailureClass | undefined;
  quarantined: boolean;
}

/** The request over just the items that are wanted; null, with a word to the person, where there are none. */
async function narrow(
  journal: Journal,
  request: StartRequest,
  { class: name, quarantined: wanted }: Wanted,
): Promise<StartRequest | null> {
  if (name === undefined && !wanted) return request;
  const { backfill, selection } = request;
  // The journal may be one of an earlier version, which knew no quarantine.
  await journal.migrate();
  const quarantine = await journal.quarantined(backfill);
  const ofClass = name === undefined ? '' : ` whose last failure was ${name}`;
  if (wanted) {
    const ids = quarantine.filter((one) => name === undefined || one.class === name).map(({ item }) => item);
    if (ids.length > 0) return { ...request, ids, selection: { ...selection, quarantined: true } };
    say(`nothing to do: no item of ${backfill}${ofClass} is in quarantine`);
    return null;
  }
  const inQuarantine = new Set(quarantine.map(({ item }) => item));
  const failed = await journal.failedItems(backfill, name === undefined ? {} : { class: name });
  const ids = failed.filter((item) => !inQuarantine.has(item));
  const left = failed.length - ids.length;
  if (left > 0) say(`${formatCount(left)} in quarantine left out; --quarantined --class ${name} tries them`);
  if (ids.length > 0) return { ...request, ids };
  say(`nothing to do: no ${left > 0 ? 'other ' : ''}item of ${backfill}${ofClass} waits to be written`);
  return null;
}
