import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { z } from 'zod';
import { buildCanaryReport } from '../../canary-report.ts';
import { UsageError } from '../../domain/failure.ts';
import type { Run } from '../../domain/run.ts';
import { buildReport } from '../../report.ts';
import { canaryTable } from '../canary-table.ts';
import { confirm, requireYes } from '../confirm.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { addFlags, readFlags } from '../flags.ts';
import { interruption } from '../interrupt.ts';
import { print, printJson, say } from '../output.ts';
import { stateInWords } from '../pause-reason.ts';
import { act } from '../run-program.ts';
import { seeThrough } from '../see-through.ts';
import { type Session, sessionFlags, withSession } from '../session.ts';

const flags = sessionFlags.extend({ yes: z.boolean().default(false).describe('do not ask') });

export function approveCommand(program: Command): void {
  const command = program
    .command('approve')
    .description('show what the canary of a run came to, and let the run go on')
    .argument('<backfill>', 'backfill, or run id');
  addFlags(command, flags).addHelpText(
    'after',
    "\nThe rest goes on with the canary's models, prompts and version of the definition, and with no others.\n\nExample:\n  backfill approve vehicle-images",
  );
  command.action(
    act(async (named: string) => {
      const { json, dataDir, yes } = readFlags(command, flags);
      requireYes(yes, 'approve');
      return withSession({ dataDir, needsWorker: true }, async (session) => {
        const run = await session.client.run(named);
        const canary = await buildCanaryReport(session.client, run);
        if (!canary) throw nothingToApprove(run);
        if (!json) print(canaryTable(canary));
        const agreed = await confirm(yes, `Let run ${run.runId} go on?`);
        return agreed ? approve(session, run, json) : EXIT.failed;
      });
    }),
  );
}

async function approve(session: Session, { runId, backfill }: Run, json: boolean): Promise<ExitCode> {
  const { client, servers, provideWorker } = session;
  const signal = interruption();
  await provideWorker();
  await client.approve(backfill, userInfo().username);
  const run = await client.run(runId);
  say(`approved run ${runId}`);
  if (servers.origin === 'own') return seeThrough(session, run, { json, signal });
  if (json) printJson(await buildReport(client, run));
  say(`'backfill watch ${backfill}' shows it`);
  return EXIT.done;
}

function nothingToApprove(run: Run): UsageError {
  const { runId, backfill, approval } = run;
  const told = approval ? `was approved by ${approval.by} already` : `does not await approval`;
  return new UsageError(
    `run ${runId} of ${backfill} ${told}: it is ${stateInWords(run)}`,
    approval
      ? `'backfill status ${backfill}' shows it`
      : `'start-backfill ${backfill} --canary 50' starts one that does`,
  );
}
