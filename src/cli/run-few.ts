import type { Survey, VerifyTable } from '../backfills/define.ts';
import { isFinished, type StartRequest } from '../client.ts';
import type { Run } from '../domain/run.ts';
import { buildReport } from '../report.ts';
import { whatNext } from './conclusion.ts';
import { describeSurvey } from './dry-run.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { failureList } from './failure-table.ts';
import { paintData, print, printJson, say } from './output.ts';
import { seeThrough } from './see-through.ts';
import type { Session } from './session.ts';
import { wholeTables } from './verify-tables.ts';
import { watchRun } from './watch-run.ts';

export interface FewWishes {
  json: boolean;
  signal: AbortSignal;
}

/**
 * A run over items that a person has named: watched to its end, and then told item by item, not as a whole. Throws
 * UsageError when a run of the backfill is open.
 */
export async function runFew(
  session: Session,
  request: StartRequest & { ids: string[] },
  { json, signal }: FewWishes,
): Promise<ExitCode> {
  const { client, config } = session;
  const { backfill, ids } = request;
  const started = await client.start(request);
  if (started.kind === 'empty') {
    say(`${backfill}: ${whyNone(ids, started.survey)}`);
    if (json) printJson({ runId: null, backfill, status: 'empty', skipped: started.survey.skipped });
    return EXIT.failed;
  }
  const { runId, counts } = started.run;
  const unknown = ids.length - counts.total;
  if (unknown > 0) say(`${unknown} of ${ids.length} ids name no item`);
  await session.provideWorker();
  const run = await watchRun({ client, config, runId, signal });
  if (!isFinished(run)) return seeThrough(session, run, { json, signal });
  await client.ended(backfill);
  await tellFew(session, run, ids, json);
  for (const line of whatNext(run)) say(line);
  return unknown > 0 ? EXIT.failed : exitCodeOf(run);
}

function whyNone(ids: string[], survey: Survey): string {
  if (Object.keys(survey.skipped).length > 0) return describeSurvey(survey);
  return ids.length === 1 ? `${ids[0]} names no item` : `none of ${ids.length} ids names an item`;
}

async function tellFew({ client }: Session, run: Run, ids: string[], json: boolean): Promise<void> {
  const { surroundings } = client;
  const compared: VerifyTable[] = (await surroundings.backfillOf(run).compare?.(ids, ids.length)) ?? [];
  if (json) {
    printJson({ ...(await buildReport(client, run)), compare: compared });
    return;
  }
  const failures = await surroundings.journalOf(run.backfill).failures(run.runId);
  if (failures.length > 0) print(`${failureList(failures)}\n`);
  if (compared.length > 0) print(wholeTables(compared, paintData));
}
