import type { Command } from 'commander';
import { z } from 'zod';
import { type BackfillClient, isFinished } from '../../client.ts';
import type { Run } from '../../domain/run.ts';
import { buildReport } from '../../report.ts';
import { concludeRun } from '../conclusion.ts';
import { confirm, requireYes } from '../confirm.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { addFlags, readFlags } from '../flags.ts';
import { interruption } from '../interrupt.ts';
import { printJson, say } from '../output.ts';
import { act } from '../run-program.ts';
import { type Session, sessionFlags, withSession } from '../session.ts';
import { watchRun } from '../watch-run.ts';
import { whichWrittenRun } from '../which-run.ts';

const flags = sessionFlags.extend({ yes: z.boolean().default(false).describe('do not ask') });

export function rollbackCommand(program: Command): void {
  const command = program
    .command('rollback')
    .description('put back every field that a run has changed; what others changed since is kept and listed')
    .argument('<run>', 'run id, or backfill for its newest run');
  addFlags(command, flags).addHelpText(
    'after',
    '\nA run that is still open is cancelled first. Twice changes nothing more.\n\nExample:\n  backfill rollback vehicle-images',
  );
  command.action(
    act(async (named: string) => {
      const { json, dataDir, yes } = readFlags(command, flags);
      requireYes(yes, 'rollback');
      return withSession({ dataDir, needsWorker: true }, async (session) => {
        const run = await whichWrittenRun(session.client, named);
        const underWay = await openRollbackOf(session.client, run);
        if (!underWay && !(await confirm(yes, question(run)))) return EXIT.failed;
        await session.provideWorker();
        return rollBack(session, run, underWay, json);
      });
    }),
  );
}

async function rollBack(
  session: Session,
  run: Run,
  underWay: Run | undefined,
  json: boolean,
): Promise<ExitCode> {
  const { client, config } = session;
  const signal = interruption();
  if (underWay) say('a rollback of this run is under way');
  else await drain(session, run, signal);
  if (signal.aborted) return EXIT.interrupted;

  const started = underWay
    ? { kind: 'started' as const, run: underWay }
    : await client.startRollback(run.runId);
  if (started.kind === 'empty') {
    say(`nothing to put back: run ${run.runId} has left no field as it wrote it`);
    if (json) printJson(await buildReport(client, await client.run(run.runId)));
    return EXIT.done;
  }
  const rollback = await watchRun({ client, config, runId: started.run.runId, signal });
  if (isFinished(rollback)) return concludeRun(client, rollback, json);
  say(`the rollback goes on; 'backfill watch ${rollback.backfill}' shows it`);
  return EXIT.interrupted;
}

/** A run that may still write cannot be undone: it is cancelled, and nothing of it is in flight afterwards. */
async function drain({ client, config }: Session, run: Run, signal: AbortSignal): Promise<void> {
  if (isFinished(run)) return;
  say(`run ${run.runId} is still ${run.state}: cancelling it first`);
  await client.cancel(run.backfill);
  await watchRun({ client, config, runId: run.runId, signal }, isFinished);
  await client.ended(run.backfill);
}

async function openRollbackOf(client: BackfillClient, { runId }: Run): Promise<Run | undefined> {
  return (await client.runs()).find((one) => one.rollbackOf === runId && !isFinished(one));
}

function question({ runId, backfill, counts, state }: Run): string {
  const open = state === 'done' || state === 'cancelled' ? '' : ', which is still open and will be cancelled';
  return `Undo run ${runId} of ${backfill} (${counts.written + counts.cached} items written${open})?`;
}
