import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { z } from 'zod';
import { UsageError } from '../../domain/failure.ts';
import type { Run } from '../../domain/run.ts';
import { type Tuning, tuningProblem } from '../../domain/tuning.ts';
import { buildReport } from '../../report.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { addFlags, readFlags } from '../flags.ts';
import { followRun, goesOnByItself } from '../follow-run.ts';
import { interruption } from '../interrupt.ts';
import { print, printJson, say } from '../output.ts';
import { stateInWords } from '../pause-reason.ts';
import { act } from '../run-program.ts';
import { seeThrough } from '../see-through.ts';
import { type Session, sessionFlags, withSession } from '../session.ts';
import { tuningFlags, tuningOf } from '../tuning-flags.ts';

const flags = sessionFlags.extend(tuningFlags);

/** A run that was short of what it now has goes on in a moment. */
const GOES_ON_WITHIN_MS = 5_000;

export function tuneCommand(program: Command): void {
  const command = program
    .command('tune')
    .description('change settings of an open run; more budget lets a run go on that had used it up')
    .argument('<backfill>', 'backfill, or run id');
  addFlags(command, flags).addHelpText(
    'after',
    '\nWhat is not named stays. Who changed what, and when, is in the report.\n\nExample:\n  backfill tune vehicle-images --budget 60 --rps openai=5 --window 20',
  );
  command.action(
    act(async (named: string) => {
      const given = readFlags(command, flags);
      const tuning = tuningOf(given);
      refuse(tuning);
      return withSession({ dataDir: given.dataDir, needsWorker: true }, async (session) =>
        tune(session, await session.client.run(named), tuning, given),
      );
    }),
  );
}

async function tune(
  session: Session,
  before: Run,
  tuning: Tuning,
  { json }: Pick<z.infer<typeof flags>, 'json'>,
): Promise<ExitCode> {
  const { client, config, servers, provideWorker } = session;
  const { runId, backfill } = before;
  const signal = interruption();
  await provideWorker();
  const changes = await client.tune(backfill, tuning, userInfo().username);
  if (!json) for (const change of changes) print(change);
  const soon = AbortSignal.any([signal, AbortSignal.timeout(GOES_ON_WITHIN_MS)]);
  const run = mayGoOn(before, tuning)
    ? await followRun({ client, config, runId, signal: soon }, ({ state }) => !/^paus/.test(state))
    : await client.run(runId);
  // Our own servers end with us: what is to go on goes on here.
  if (servers.origin === 'own' && run.state === 'running' && goesOnByItself(run))
    return seeThrough(session, run, { json, signal });
  if (json) printJson({ ...(await buildReport(client, run)), changes });
  say(stateInWords(run));
  return EXIT.done;
}

/** Whether what it waited for is what was changed. */
function mayGoOn({ state, reason }: Run, { budget, hours, rates }: Tuning): boolean {
  if (state !== 'paused') return false;
  return (
    (reason?.kind === 'budget' && budget !== undefined) ||
    (reason?.kind === 'hours' && hours !== undefined) ||
    (reason?.kind === 'quota' && rates !== undefined)
  );
}

function refuse(tuning: Tuning): void {
  const problem = tuningProblem(tuning);
  if (problem) throw new UsageError(problem, "'backfill tune --help' lists what can be changed");
}
