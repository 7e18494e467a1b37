/**
 * `node bench/listing-features-command.ts [--listings 1588] [--runs 3]`: how long `start-backfill listing-features --yes`
 * takes over the sample, as a person waits for it, with servers and a worker that run already; each run over an index as
 * it was loaded. Ends with one line of JSON, in seconds.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client } from '@opensearch-project/opensearch';
import { Connection, Client as Temporal } from '@temporalio/client';
import { loadListingSample } from '../src/cli/listing-sample.ts';
import { startWorkerProcess } from '../src/cli/worker-process.ts';
import { connect } from '../src/client.ts';
import { readConfig } from '../src/config.ts';
import { withStack } from './measured-run.ts';

const { values } = parseArgs({
  options: { listings: { type: 'string', default: '1588' }, runs: { type: 'string', default: '3' } },
});

const INDEX = 'listings-v2';
const FEATURES = ['exterior', 'interior', 'amenities'].map((kind) => `${kind}_visual_features`);

await withStack(
  async ({ env }, dataDir) => {
    await loadListingSample(Number(values.listings), dataDir);
    const opensearch = new Client({ node: env.OPENSEARCH_URL ?? '' });
    const worker = await startWorkerProcess();
    const connection = await Connection.connect({ address: env.TEMPORAL_ADDRESS ?? '' });
    const temporal = new Temporal({ connection });
    const client = await connect(readConfig());

    const runs: object[] = [];
    for (let run = 0; run < Number(values.runs); run++) {
      await takeFieldsAway(opensearch);
      const command = await timed('start-backfill.ts', ['listing-features', '--yes', '--data-dir', dataDir]);
      const of = await client.run('listing-features');
      const { startTime } = await temporal.workflow.getHandle(of.workflowId).describe();
      const pages = await pagesOf(opensearch, of.runId);
      const verify = await timed('backfill.ts', ['verify', 'listing-features', '--data-dir', dataDir]);
      const steps = {
        'command, survey, checks': Date.parse(of.createdAt) - command.began,
        'stores, list of listings': startTime.getTime() - Date.parse(of.createdAt),
        'to the first write': pages.first - startTime.getTime(),
        'first write to last': pages.last - pages.first,
        'to the end of the run': Date.parse(of.finishedAt ?? '') - pages.last,
        'report, end of the command': command.ended - Date.parse(of.finishedAt ?? ''),
      };
      runs.push({
        counts: of.counts,
        whole: seconds(command.ended - command.began),
        ...Object.fromEntries(Object.entries(steps).map(([step, ms]) => [step, seconds(ms)])),
        verify: seconds(verify.ended - verify.began),
        verified: verify.code === 0,
      });
      console.error(JSON.stringify(runs.at(-1)));
    }
    console.log(JSON.stringify({ runs, workerPeakMb: await worker.peakMemory() }));
    await client.close();
    await connection.close();
    await opensearch.close();
    await worker.stop();
  },
  ['temporal', 'dynamodb', 'opensearch'],
);

/** Runs a command to its end. Throws where it fails, but for a `verify` that does not pass. */
async function timed(program: string, args: string[]) {
  const file = fileURLToPath(new URL(`../src/cli/${program}`, import.meta.url));
  const began = Date.now();
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0 && !(args[0] === 'verify' && code === 1))
    throw new Error(`${program} ended with ${code}: ${said}`);
  return { began, ended: Date.now(), code };
}

/** When the journal's first entry of a run was made, and its last. */
async function pagesOf(opensearch: Client, runId: string) {
  const index = 'temporal-backfill-entries';
  await opensearch.indices.refresh({ index });
  const request = {
    size: 0,
    query: { term: { run_id: runId } },
    aggs: { first: { min: { field: 'written_at' } }, last: { max: { field: 'written_at' } } },
  };
  const { body } = await opensearch.search({ index, body: request } as never);
  const { first, last } = body.aggregations as unknown as Record<'first' | 'last', { value: number }>;
  return { first: first.value, last: last.value };
}

async function takeFieldsAway(opensearch: Client): Promise<void> {
  const source = FEATURES.map((field) => `ctx._source.remove('${field}');`).join(' ');
  await opensearch.updateByQuery({
    index: INDEX,
    refresh: true,
    body: { query: { match_all: {} }, script: { lang: 'painless', source } },
  });
}

function seconds(ms: number): number {
  return Number((ms / 1000).toFixed(2));
}
