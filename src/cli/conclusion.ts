import type { VerifyTable } from '../backfills/define.ts';
import type { BackfillClient } from '../client.ts';
import type { Run } from '../domain/run.ts';
import { buildReport, type Report } from '../report.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { failureSummary } from './failure-table.ts';
import { paintData, print, printJson, say } from './output.ts';
import { reportTable } from './report-table.ts';
import { verifyTables } from './verify-tables.ts';

/** What is said at the end of a watched run: report, failures, what the target itself says, and what to do next. */
export async function concludeRun(
  client: BackfillClient,
  run: Run,
  json: boolean,
  goOn = `backfill resume ${run.backfill}`,
): Promise<ExitCode> {
  const report = await buildReport(client, run);
  if (json) printJson(report);
  else await printConclusion(client, run, report);
  if (json && run.state === 'paused') say(`paused: ${run.reason?.message ?? 'by an operator'}`);
  for (const line of whatNext(run, goOn)) say(line);
  return exitCodeOf(run);
}

export async function printConclusion(client: BackfillClient, run: Run, report: Report): Promise<void> {
  print(reportTable(report));
  const failures = await client.surroundings.journal.failures(run.runId);
  if (failures.length > 0) print(`\n${failureSummary(failures)}`);
  if (run.rollbackOf) await printConflicts(client, run);
  if (run.state !== 'done') return;
  const tables = await client.surroundings.backfillOf(run).verify();
  if (tables.length > 0) print(`\n${verifyTables(tables, paintData)}`);
}

async function printConflicts(client: BackfillClient, run: Run): Promise<void> {
  const kept = await client.surroundings.journal.conflicts(run.runId);
  if (kept.length === 0) return;
  print('\nKept, because somebody else has changed them since');
  for (const { item, message } of kept) print(`  ${item}  ${message}`);
}

function whatNext(run: Run, goOn: string): string[] {
  const { backfill, runId, state, counts, rollbackOf, reason } = run;
  if (state === 'paused') {
    return [
      reason?.kind === 'budget'
        ? `'backfill cancel ${backfill}' ends it; then start again with a larger --budget: what was bought is not bought again`
        : `'${goOn}' goes on when that is mended`,
    ];
  }
  if (rollbackOf || state === 'rolled-back') return [];
  return [
    ...(state === 'done' && counts.failed > 0
      ? [`'backfill retry ${backfill}' tries the failed items again`]
      : []),
    ...(counts.written + counts.cached > 0 ? [`'backfill rollback ${runId}' undoes this run`] : []),
  ];
}

/** For results that are no run. */
export function exitCodeOfChecks(tables: readonly VerifyTable[]): ExitCode {
  return tables.some(({ passed }) => passed === false) ? EXIT.failed : EXIT.done;
}
