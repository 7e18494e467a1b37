import type { Command } from 'commander';
import { z } from 'zod';
import { isFinished } from '../../client.ts';
import { UsageError } from '../../domain/failure.ts';
import type { Run } from '../../domain/run.ts';
import { isClosed } from '../../domain/run-state.ts';
import { buildReport } from '../../report.ts';
import { compensationOf } from '../compensation.ts';
import { concludeRun } from '../conclusion.ts';
import { confirm, requireYes } from '../confirm.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { addFlags, readFlags } from '../flags.ts';
import { interruption } from '../interrupt.ts';
import { print, printJson, say } from '../output.ts';
import { reportTable } from '../report-table.ts';
import { type RollbackWishes, rollBack } from '../roll-back.ts';
import { act } from '../run-program.ts';
import { type Session, sessionFlags, withSession } from '../session.ts';
import { watchRun } from '../watch-run.ts';

const flags = sessionFlags.extend({
  rollback: z.boolean().default(false).describe('and put back every field that it has changed'),
  yes: z.boolean().default(false).describe('do not ask'),
});

export function cancelCommand(program: Command): void {
  const command = program
    .command('cancel')
    .description('end an open run for good; what it wrote stays until it is rolled back')
    .argument('<backfill>', 'backfill, or run id');
  addFlags(command, flags).addHelpText(
    'after',
    '\nExamples:\n  backfill cancel vehicle-images\n  backfill cancel vehicle-images --rollback --yes',
  );
  command.action(
    act(async (named: string) => {
      const { json, dataDir, yes, rollback } = readFlags(command, flags);
      requireYes(yes, 'cancel');
      return withSession({ dataDir, needsWorker: true }, async (session) => {
        const run = await session.client.run(named);
        if (isClosed(run.state)) throw notOpen(run);
        const also = rollback ? ', and put back what it has written' : '';
        const question = `Cancel run ${run.runId} of ${run.backfill}${also}?`;
        if (!(await confirm(yes, question))) return EXIT.failed;
        const wishes = { json, signal: interruption() };
        return rollback ? rollBack(session, run, wishes) : cancelRun(session, run, wishes);
      });
    }),
  );
}

async function cancelRun(
  { client, config, provideWorker }: Session,
  { runId, backfill }: Run,
  { json, signal }: RollbackWishes,
): Promise<ExitCode> {
  await provideWorker();
  await client.cancel(backfill);
  const following = { client, config, runId, signal };
  const cancelled = await watchRun(following, isFinished);
  if (!isFinished(cancelled)) return EXIT.interrupted;
  const rollback = await compensationOf(following, cancelled);
  if (rollback) {
    const undone = await watchRun({ ...following, runId: rollback.runId });
    return isFinished(undone) ? concludeRun(client, undone, json) : EXIT.interrupted;
  }
  const report = await buildReport(client, cancelled);
  if (json) printJson(report);
  else print(reportTable(report));
  if (cancelled.counts.written + cancelled.counts.cached > 0)
    say(`'backfill rollback ${runId}' puts back what it has changed`);
  return EXIT.done;
}

function notOpen({ runId, backfill, state }: Run): UsageError {
  const hint =
    state === 'rolled-back' ? undefined : `'backfill rollback ${runId}' puts back what it has written`;
  return new UsageError(`run ${runId} of ${backfill} is not open: it is ${state}`, hint);
}
