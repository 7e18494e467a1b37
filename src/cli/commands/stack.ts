import type { Command } from 'commander';
import { z } from 'zod';
import { UsageError } from '../../domain/failure.ts';
import { PARTS, PARTS_WITHOUT_OPENSEARCH } from '../../stack/given.ts';
import { KNOWN_LISTINGS } from '../../stack/listings/plan.ts';
import { findStack, type Stack } from '../../stack/stack.ts';
import { makeArchiveSample, ONE_IN } from '../archive-sample.ts';
import { BIRDS, loadBirdSample } from '../bird-sample.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { addFlags, readFlags, wholeNumber } from '../flags.ts';
import { interruption, untilInterrupted } from '../interrupt.ts';
import { print, printJson, say } from '../output.ts';
import { act } from '../run-program.ts';
import { loadSample } from '../sample.ts';
import { provideServers, type Servers } from '../servers.ts';
import { sessionFlags } from '../session.ts';
import { formatCount, formatTable } from '../table.ts';
import { startWorkerProcess, type WorkerProcess } from '../worker-process.ts';

const flags = sessionFlags.extend({
  opensearch: z.boolean().default(true).describe('leave OpenSearch out, which takes seconds and 600 MB'),
  worker: z.boolean().default(true).describe('only the servers'),
  sample: wholeNumber(1, 100_000)
    .optional()
    .describe('fill the database with so many sample images, to try things on')
    .meta({ placeholder: 'images' }),
  listings: z
    .preprocess((given) => (given === true ? KNOWN_LISTINGS : given), wholeNumber(1, 1_000_000))
    .optional()
    .describe(`fill OpenSearch and DynamoDB with so many sample listings (${formatCount(KNOWN_LISTINGS)})`)
    .meta({ placeholder: 'number', valueOptional: true }),
  archives: z
    .preprocess((given) => (given === true ? ONE_IN : given), wholeNumber(1, 1_000))
    .optional()
    .describe(`make 21 projects of drawn photos, one photo for so many of the plan (${ONE_IN})`)
    .meta({ placeholder: 'one-in', valueOptional: true }),
  birds: z
    .preprocess((given) => (given === true ? BIRDS : given), wholeNumber(1, 100_000))
    .optional()
    .describe(`fill the database with so many sample bird photos (${formatCount(BIRDS)})`)
    .meta({ placeholder: 'number', valueOptional: true }),
});

export function stackCommand(program: Command): void {
  const command = program
    .command('stack')
    .description('start all servers that are needed, and a worker; keep them running until Ctrl-C');
  addFlags(command, flags).addHelpText(
    'after',
    `
A server that the environment names (TEMPORAL_ADDRESS, DATABASE_URL, OPENSEARCH_URL, AWS_ENDPOINT_URL_DYNAMODB,
OPENAI_BASE_URL or OPENAI_API_KEY) is used, not started. Other commands over the same data folder find the stack by
themselves. OpenSearch needs Java and Maven, or Docker; where it cannot be had, the rest starts without it.

Examples:
  backfill stack --sample 240        and in another terminal: start-backfill vehicle-images
  backfill stack --listings          and in another terminal: start-backfill listing-features
  backfill stack --archives          and in another terminal: start-backfill zip-predictions
  backfill stack --birds             and in another terminal: start-backfill image-quality`,
  );
  command.action(act(() => keepStack(readFlags(command, flags), interruption())));
}

type StackFlags = z.infer<typeof flags>;

async function keepStack(given: StackFlags, signal: AbortSignal): Promise<ExitCode> {
  const { json, worker: wanted } = given;
  const servers = await startServers(given, signal);
  const stack = servers.origin === 'own' ? servers.stack : undefined;
  let worker: WorkerProcess | undefined;
  try {
    await loadSamples(given);
    if (wanted) worker = await startWorkerProcess();
    if (stack) printServices(stack, json);
    say(worker ? 'servers and worker run; Ctrl-C stops them' : 'servers run; Ctrl-C stops them');
    const interrupted = untilInterrupted(signal, 'stopping');
    await (worker ? Promise.race([interrupted, worker.failed]) : interrupted);
  } finally {
    await worker?.stop();
    await stack?.stop();
  }
  return EXIT.done;
}

async function startServers(given: StackFlags, signal: AbortSignal): Promise<Servers> {
  const { dataDir, worker, listings, opensearch } = given;
  if (listings && !opensearch) {
    throw new UsageError(
      '--listings fills OpenSearch, and --no-opensearch leaves it out',
      'give one of them',
    );
  }
  if (await findStack(dataDir)) {
    throw new UsageError(
      `a stack runs over ${dataDir} already`,
      'other commands find it; Ctrl-C ends it there',
    );
  }
  return provideServers({
    dataDir,
    own: 'always',
    asks: worker,
    parts: opensearch ? PARTS : PARTS_WITHOUT_OPENSEARCH,
    optional: listings ? [] : ['opensearch'],
    signal,
  });
}

async function loadSamples({ sample, listings, archives, birds, dataDir }: StackFlags): Promise<void> {
  if (sample) await loadSample(sample, dataDir);
  if (listings) {
    // With it comes OpenSearch's client, which no other command should wait for.
    const { loadListingSample } = await import('../listing-sample.ts');
    await loadListingSample(listings, dataDir);
  }
  if (archives) await makeArchiveSample(archives, dataDir);
  if (birds) await loadBirdSample(birds, dataDir);
}

function printServices({ services, env }: Stack, json: boolean): void {
  if (json) {
    printJson({ services, env });
    return;
  }
  const rows = services.map(({ name, version, address, origin, pid, startedInMs }) => [
    name,
    version,
    address,
    origin,
    pid ? String(pid) : null,
    pid ? `${startedInMs} ms` : null,
  ]);
  print(formatTable(['server', 'version', 'address', 'origin', 'process', 'started in'], rows));
}
