/**
 * `node bench/rates.ts`: how much of a provider's limit is used, and how often the limit refuses, at 5, 50
 * and 500 Rekognition requests a second. Ends with one line of JSON.
 */
import { fork } from 'node:child_process';
import path from 'node:path';
import type { BackfillDefinition } from '../src/backfills/define.ts';
import { connect } from '../src/client.ts';
import { readConfig } from '../src/config.ts';
import { createTinyTable } from '../test/support/tiny.ts';
import { labels, tinyImages } from './labels.ts';
import { measureRun, withStack } from './measured-run.ts';

const LIMITS = [5, 50, 500];
const SECONDS = 20;
const UNITS = 10;

interface Second {
  accepted: number;
  refused: number;
}

await withStack(async (_stack, dataDir) => {
  const addresses = await tinyImages(
    path.join(dataDir, 'images'),
    LIMITS.reduce((sum, limit) => sum + limit * SECONDS, 0),
  );
  const worker = fork(path.join(import.meta.dirname, 'labels.ts'), { execArgv: [] });
  await new Promise((resolve) => worker.once('message', resolve));
  const client = await connect(readConfig(), [labels as unknown as BackfillDefinition]);
  const { postgres } = client.surroundings;
  const results: object[] = [];
  for (const perSecond of LIMITS) {
    const table = `images_${perSecond}`;
    await createTinyTable(client.surroundings, table, UNITS, (perSecond * SECONDS) / UNITS);
    await postgres.query(
      `UPDATE ${table} t SET question = a.address
       FROM (SELECT id, row_number() OVER () AS n FROM ${table}) numbered, unnest($1::text[]) WITH ORDINALITY a(address, n)
       WHERE t.id = numbered.id AND a.n = numbered.n`,
      // Other images for every limit, so that nothing is answered from the ledger.
      [addresses.splice(0, perSecond * SECONDS)],
    );
    await simulator('reset', {});
    await simulator('settings', { limits: { rekognition: { requestsPerSecond: perSecond } } });
    await measureRun(
      client,
      {
        backfill: 'labels',
        options: { provider: 'http://127.0.0.1', table },
        selection: { only: 'missing' },
        settings: { rates: { rekognition: { perSecond } }, concurrency: 192 },
      },
      {},
    );
    results.push({ perSecond, ...usage(await rate(), perSecond) });
    console.error(JSON.stringify(results.at(-1)));
    await client.ended('labels');
  }
  console.log(JSON.stringify(results));
  await client.close();
  worker.kill('SIGKILL');
});

/** Of the whole seconds: the first and the last are not. */
function usage(
  seconds: Second[],
  perSecond: number,
): { usedPercent: number; refused: number; seconds: number } {
  const whole = seconds.slice(1, -1);
  const accepted = whole.reduce((sum, one) => sum + one.accepted, 0);
  return {
    usedPercent: Number(((100 * accepted) / (whole.length * perSecond)).toFixed(1)),
    refused: seconds.reduce((sum, one) => sum + one.refused, 0),
    seconds: whole.length,
  };
}

async function rate(): Promise<Second[]> {
  const reply = await fetch(`${process.env.SIMULATOR_URL}/_sim/rate?windowMs=600000`);
  return ((await reply.json()) as { rekognition: Second[] }).rekognition;
}

async function simulator(command: string, body: object): Promise<void> {
  const reply = await fetch(`${process.env.SIMULATOR_URL}/_sim/${command}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  if (!reply.ok) throw new Error(await reply.text());
}
