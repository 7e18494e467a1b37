import type { BackfillClient } from '../client.ts';
import { UsageError } from '../domain/failure.ts';
import type { Run } from '../domain/run.ts';

/** By run id or backfill; the newest run of all where nothing is named. Throws UsageError when there is none. */
export async function whichRun(client: BackfillClient, named: string | undefined): Promise<Run> {
  if (named !== undefined) return client.run(named);
  const [newest] = await client.runs();
  if (newest) return newest;
  throw new UsageError('there is no run yet', "'start-backfill --help' shows what can be started");
}

/** What a rollback is about: the named run, or the backfill's newest run that asked and wrote. */
export async function whichWrittenRun(client: BackfillClient, named: string): Promise<Run> {
  const run = await client.run(named);
  const wrote = (one: Run) => !one.rollbackOf && !one.sample;
  if (run.runId === named || wrote(run)) return run;
  return (await client.runs()).find((one) => one.backfill === named && wrote(one)) ?? run;
}
