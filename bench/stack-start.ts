/**
 * `node bench/stack-start.ts`: how long the second start of the whole embedded stack takes, once the Temporal
 * programs are in the cache and the data folder exists. Ends with one line of JSON.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startStack } from '../src/stack/stack.ts';

const dataDir = await mkdtemp(path.join(tmpdir(), 'stack-start-'));
const first = await timed();
const second = await timed();
await rm(dataDir, { recursive: true, force: true });
console.log(JSON.stringify({ firstStartMs: first, secondStartMs: second }));

/** Milliseconds until every server answers. */
async function timed(): Promise<number> {
  const began = performance.now();
  const stack = await startStack({
    dataDir,
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    say: console.error,
  });
  const ms = Math.round(performance.now() - began);
  for (const { name, startedInMs } of stack.services) console.error(`${name.padEnd(12)} ${startedInMs} ms`);
  await stack.stop();
  return ms;
}
