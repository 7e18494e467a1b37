import { vehicleImages } from '../backfills/vehicle-images/index.ts';
import { type BackfillClient, connect } from '../client.ts';
import { type Config, KNOWN_VARIABLES, readConfig } from '../config.ts';
import type { Run } from '../domain/run.ts';
import { buildReport } from '../report.ts';
import { startStack } from '../stack/stack.ts';
import { printConclusion } from './conclusion.ts';
import { openDemoFolder } from './demo-folder.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { goesOnByItself } from './follow-run.ts';
import { untilInterrupted } from './interrupt.ts';
import { paintData, print, printJson, say } from './output.ts';
import { loadSample, sampleSize } from './sample.ts';
import { isServerVariable } from './server-variables.ts';
import { setMissing } from './servers.ts';
import { checkTruth } from './truth-check.ts';
import { verifyTables } from './verify-tables.ts';
import { watchRun } from './watch-run.ts';
import { webUiOf } from './web-ui.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

export interface Show {
  images: number;
  keep: boolean;
  dataDir?: string | undefined;
  json: boolean;
  signal: AbortSignal;
}

/** The whole product in a minute: servers, sample, worker, run, report, and a check against the truth. */
export async function showBackfill(show: Show): Promise<ExitCode> {
  const { images, keep, json, signal } = show;
  forgetGivenServers();
  await using cleanup = new AsyncDisposableStack();
  const folder = await openDemoFolder(show.dataDir, keep);
  cleanup.defer(folder.leave);
  say('starting Temporal, PostgreSQL, DynamoDB and the provider simulator');
  const stack = await startStack({ dataDir: folder.dataDir, say, signal });
  cleanup.defer(stack.stop);
  setMissing(stack.env);
  await takeTimeLikeProviders();
  const sample = await loadSample(images, folder.dataDir);
  say(`${sample.images} photos of ${sample.vehicles} vehicles, ${sample.never} of them never analysed`);

  const worker = await startWorkerProcess();
  cleanup.defer(worker.stop);
  const config = readConfig();
  const client = await connect(config);
  cleanup.defer(client.close);
  const run = await Promise.race([runToEnd(client, config, signal), worker.failed]);
  if (!run || goesOnByItself(run)) return EXIT.interrupted;

  const code = await conclude({ client, config, run, worker, images, json });
  if (!keep) return code;
  say(`\nAll of it keeps running. In another terminal:
  npm run --silent backfill -- list --data-dir ${folder.dataDir}
  psql '${config.DATABASE_URL}'
Ctrl-C ends it.`);
  await untilInterrupted(signal, 'stopping');
  return code;
}

async function runToEnd(client: BackfillClient, config: Config, signal: AbortSignal): Promise<Run | null> {
  const started = await client.start({
    backfill: vehicleImages.name,
    options: {},
    selection: { only: 'missing' },
    // The simulator does not limit us; the product's defaults would keep it to Rekognition's 5 a second.
    settings: { rates: {} },
  });
  if (started.kind === 'empty') return null;
  say(`Temporal Web UI: ${webUiOf(config, started.run)}`);
  const run = await watchRun({ client, config, runId: started.run.runId, signal });
  if (!goesOnByItself(run)) await client.ended(run.backfill);
  return run;
}

interface Ended {
  client: BackfillClient;
  config: Config;
  run: Run;
  worker: WorkerProcess;
  images: number;
  json: boolean;
}

async function conclude({ client, config, run, worker, images, json }: Ended): Promise<ExitCode> {
  const failures = await client.surroundings.journalOf(run.backfill).failures(run.runId);
  const checks = await checkTruth(client.surroundings.stores.postgres, sampleSize(images), failures);
  const peakMb = await worker.peakMemory();
  const report = await buildReport(client, run);
  if (json) {
    printJson({ ...report, failures, checks, workerPeakMb: peakMb, webUi: webUiOf(config, run) ?? null });
  } else {
    await printConclusion(client, run, report);
    print(`\n${verifyTables(checks, paintData)}`);
    if (peakMb !== null) print(`\nThe worker's memory reached ${peakMb} MB.`);
  }
  return checks.every(({ passed }) => passed !== false) ? exitCodeOf(run) : EXIT.failed;
}

/** The demo must neither write to nor pay anything that the user's variables name. */
function forgetGivenServers(): void {
  for (const name of Object.keys(process.env)) {
    if (KNOWN_VARIABLES.includes(name) || isServerVariable(name)) delete process.env[name];
  }
}

/** Instant answers would leave nothing to see; real ones take longer still. */
async function takeTimeLikeProviders(): Promise<void> {
  const settings = new URL('/_sim/settings', process.env.OPENAI_BASE_URL);
  await fetch(settings, { method: 'POST', body: JSON.stringify({ latencyMs: 500, jitterMs: 500 }) });
}
