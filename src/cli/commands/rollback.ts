import type { Command } from 'commander';
import { z } from 'zod';
import { isFinished } from '../../client.ts';
import { UsageError } from '../../domain/failure.ts';
import type { Run } from '../../domain/run.ts';
import { openRollbackOf } from '../compensation.ts';
import { confirm, requireYes } from '../confirm.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { addFlags, readFlags, wholeNumber } from '../flags.ts';
import { interruption } from '../interrupt.ts';
import { print, printJson, say } from '../output.ts';
import { DEFAULT_PREVIEW_LIMIT, previewTable } from '../preview-table.ts';
import { rollBack } from '../roll-back.ts';
import { act } from '../run-program.ts';
import { type Session, sessionFlags, withSession } from '../session.ts';
import { whichWrittenRun } from '../which-run.ts';

const flags = sessionFlags.extend({
  dryRun: z.boolean().default(false).describe('list what it would do, and change nothing'),
  limit: wholeNumber(0)
    .optional()
    .describe(`with --dry-run: list so many fields (default: ${DEFAULT_PREVIEW_LIMIT})`)
    .meta({ placeholder: 'fields' }),
  yes: z.boolean().default(false).describe('do not ask'),
});

export function rollbackCommand(program: Command): void {
  const command = program
    .command('rollback')
    .description('put back every field that a run has changed; what others changed since is kept and listed')
    .argument('<run>', 'run id, or backfill for its newest run');
  addFlags(command, flags).addHelpText('after', HELP);
  command.action(
    act(async (named: string) => {
      const { json, dataDir, yes, dryRun, limit } = readFlags(command, flags);
      if (dryRun) {
        return withSession({ dataDir, needsWorker: false }, (session) =>
          preview(session, named, limit ?? DEFAULT_PREVIEW_LIMIT, json),
        );
      }
      if (limit !== undefined) {
        throw new UsageError(
          '--limit says how much --dry-run lists; a rollback is always whole',
          'add --dry-run, or leave --limit out',
        );
      }
      requireYes(yes, 'rollback');
      return withSession({ dataDir, needsWorker: true }, async (session) => {
        const run = await whichWrittenRun(session.client, named);
        const underWay = await openRollbackOf(session.client, run);
        if (!underWay && !(await confirm(yes, question(run)))) return EXIT.failed;
        return rollBack(session, run, { json, signal: interruption() });
      });
    }),
  );
}

const HELP = `
A run that is still open is cancelled first. Twice changes nothing more.

Examples:
  backfill rollback vehicle-images --dry-run
  backfill rollback vehicle-images`;

async function preview({ client }: Session, named: string, limit: number, json: boolean): Promise<ExitCode> {
  const run = await whichWrittenRun(client, named);
  const { runId, backfill, state } = run;
  const found = await client.surroundings.journalOf(backfill).preview(runId, limit);
  if (json) printJson({ dryRun: true, runId, backfill, status: state, ...found });
  else if (found.tables.length > 0) print(previewTable(run, found));
  else say(`nothing to put back: run ${runId} has left no field as it wrote it`);
  if (!isFinished(run)) say(`run ${runId} is still ${state}: a rollback would cancel it first`);
  say('dry run: nothing was changed');
  return EXIT.done;
}

function question({ runId, backfill, counts, state }: Run): string {
  const open = state === 'done' || state === 'cancelled' ? '' : ', which is still open and will be cancelled';
  return `Undo run ${runId} of ${backfill} (${counts.written + counts.cached} items written${open})?`;
}
