import type { VerifyTable } from '../backfills/define.ts';
import type { BackfillClient } from '../client.ts';
import type { Run } from '../domain/run.ts';
import { buildReport, type Report } from '../report.ts';
import { whyUndone } from './compensation.ts';
import { EXIT, type ExitCode, exitCodeOf, rolledBackByItself } from './exit-codes.ts';
import { failureSummary } from './failure-table.ts';
import { paintData, print, printJson, say } from './output.ts';
import { stateInWords } from './pause-reason.ts';
import { reportTable } from './report-table.ts';
import { verifyTables } from './verify-tables.ts';

/** What is said at the end of a watched run: report, failures, what the target itself says, and what to do next. */
export async function concludeRun(
  client: BackfillClient,
  run: Run,
  json: boolean,
  goOn?: string,
): Promise<ExitCode> {
  const report = await buildReport(client, run);
  if (json) printJson(report);
  else await printConclusion(client, run, report);
  if (json && run.state === 'paused') say(stateInWords(run));
  const { retry } = client.surroundings.definitionOf(run.backfill);
  for (const line of whatNext(run, { goOn, retry })) say(line);
  return exitCodeOf(run);
}

export async function printConclusion(client: BackfillClient, run: Run, report: Report): Promise<void> {
  print(reportTable(report));
  const failures = await client.surroundings.journalOf(run.backfill).failures(run.runId);
  // A canary's report has them.
  if (failures.length > 0 && !report.canary) print(`\n${failureSummary(failures)}`);
  if (run.rollbackOf) await printConflicts(client, run);
  if (run.state !== 'done') return;
  const tables = await client.surroundings.backfillOf(run).verify();
  if (tables.length > 0) print(`\n${verifyTables(tables, paintData)}`);
}

async function printConflicts(client: BackfillClient, run: Run): Promise<void> {
  const kept = await client.surroundings.journalOf(run.backfill).conflicts(run.runId);
  if (kept.length === 0) return;
  print('\nKept, because somebody else has changed them since');
  for (const { item, message } of kept) print(`  ${item}  ${message}`);
}

/** What a person may do about a run that has ended or waits for them, by which commands. */
export function whatNext(
  run: Run,
  commands: { goOn?: string | undefined; retry?: string | undefined } = {},
): string[] {
  const { goOn = `backfill resume ${run.backfill}`, retry = `backfill retry ${run.backfill}` } = commands;
  const { backfill, runId, state, counts, rollbackOf, sample } = run;
  if (state === 'awaiting-approval')
    return [`awaiting approval: 'backfill approve ${backfill}', or 'backfill cancel ${backfill} --rollback'`];
  if (state === 'paused') return whenPaused(run, goOn);
  if (rolledBackByItself(run)) return [`run ${runId} has undone itself: ${whyUndone(run)}`];
  if (rollbackOf || sample || state === 'rolled-back') return [];
  return [
    ...(state === 'done' && counts.failed > 0 ? [`'${retry}' tries the failed items again`] : []),
    ...(counts.written + counts.cached > 0 ? [`'backfill rollback ${runId}' undoes this run`] : []),
  ];
}

function whenPaused({ backfill, reason }: Run, goOn: string): string[] {
  switch (reason?.kind) {
    case 'budget':
      return [
        `'backfill tune ${backfill} --budget <more>' goes on; 'backfill cancel ${backfill}' ends it, and what was bought is not bought again`,
      ];
    case 'day-budget':
      return ["'backfill budget --per-day <more>' goes on at once, with all runs that wait for it"];
    case 'failures':
      return [
        `'backfill failures ${backfill}' lists them; '${goOn}' goes on when that is mended`,
        `'backfill tune ${backfill} --max-failed <more>' allows more of them; then resume`,
      ];
    default:
      return [`'${goOn}' goes on when that is mended`];
  }
}

/** For results that are no run. */
export function exitCodeOfChecks(tables: readonly VerifyTable[]): ExitCode {
  return tables.some(({ passed }) => passed === false) ? EXIT.failed : EXIT.done;
}
