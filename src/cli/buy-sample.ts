import { isFinished, type StartRequest } from '../client.ts';
import { UsageError } from '../domain/failure.ts';
import type { Run } from '../domain/run.ts';
import { say } from './output.ts';
import type { Session } from './session.ts';
import { watchRun } from './watch-run.ts';

/** Buys the answers of a sample, and waits for them. Null when there is no item; throws UsageError when it does not end. */
export async function buySample(
  { client, config, provideWorker }: Session,
  request: StartRequest,
  { size, seed, signal }: { size: number; seed: number; signal: AbortSignal },
): Promise<Run | null> {
  const started = await client.startSample(request, { size, seed });
  if (started.kind === 'empty') return null;
  await provideWorker();
  const { runId, backfill } = started.run;
  let run = await watchRun({ client, config, runId, signal });
  if (signal.aborted && !isFinished(run)) {
    // Nobody waits for it any more; what it has bought stays bought.
    say('ending the sample: what is in flight is settled first (Ctrl-C again stops at once)');
    await client.cancel(backfill);
    run = await watchRun({ client, config, runId }, isFinished);
  }
  if (isFinished(run)) await client.ended(backfill);
  signal.throwIfAborted();
  if (run.state === 'done') return run;
  const why = run.reason ? `: ${run.reason.message}` : '';
  throw new UsageError(
    `the sample (run ${runId}) is ${run.state}${why}`,
    isFinished(run)
      ? 'estimate again: what it has bought is not bought again'
      : `mend that and estimate again after 'backfill cancel ${backfill}': what it has bought is not bought again`,
  );
}
