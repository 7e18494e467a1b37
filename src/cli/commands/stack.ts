import type { Command } from 'commander';
import { z } from 'zod';
import { UsageError } from '../../domain/failure.ts';
import { PARTS, PARTS_WITHOUT_OPENSEARCH } from '../../stack/given.ts';
import { findStack, type Stack } from '../../stack/stack.ts';
import { EXIT } from '../exit-codes.ts';
import { addFlags, readFlags, wholeNumber } from '../flags.ts';
import { interruption, untilInterrupted } from '../interrupt.ts';
import { print, printJson, say } from '../output.ts';
import { act } from '../run-program.ts';
import { loadSample } from '../sample.ts';
import { provideServers } from '../servers.ts';
import { sessionFlags } from '../session.ts';
import { formatTable } from '../table.ts';
import { startWorkerProcess, type WorkerProcess } from '../worker-process.ts';

const flags = sessionFlags.extend({
  opensearch: z.boolean().default(true).describe('leave OpenSearch out, which takes seconds and 600 MB'),
  worker: z.boolean().default(true).describe('only the servers'),
  sample: wholeNumber(1, 100_000)
    .optional()
    .describe('fill the database with so many sample images, to try things on')
    .meta({ placeholder: 'images' }),
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

Example:
  backfill stack --sample 240        and in another terminal: start-backfill vehicle-images`,
  );
  command.action(
    act(async () => {
      const { json, dataDir, worker: wanted, sample, opensearch } = readFlags(command, flags);
      const signal = interruption();
      if (await findStack(dataDir)) {
        throw new UsageError(
          `a stack runs over ${dataDir} already`,
          'other commands find it; Ctrl-C ends it there',
        );
      }
      const servers = await provideServers({
        dataDir,
        own: 'always',
        asks: wanted,
        parts: opensearch ? PARTS : PARTS_WITHOUT_OPENSEARCH,
        optional: ['opensearch'],
        signal,
      });
      const stack = servers.origin === 'own' ? servers.stack : undefined;
      let worker: WorkerProcess | undefined;
      try {
        if (sample) await loadSample(sample, dataDir);
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
    }),
  );
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
