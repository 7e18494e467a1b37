import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import envPaths from 'env-paths';
import { tryLock } from './lock.ts';
import { reportEvery } from './progress.ts';
import type { Surroundings } from './server.ts';

/**
 * What takes long to get is got once, into the user's cache folder, for all data folders. `make` has a folder
 * to work in, and renames the finished thing into the cache in one step: so half of one is never found there.
 */
export async function madeOnce<Thing>(
  name: string,
  { signal, say }: Surroundings,
  {
    find,
    make,
  }: {
    find: (cache: string) => Thing | null;
    make: (cache: string, work: string) => Promise<Thing>;
  },
): Promise<Thing> {
  const cache = envPaths('temporal-backfill', { suffix: '' }).cache;
  const ready = find(cache);
  if (ready !== null) return ready;
  await mkdir(cache, { recursive: true });
  const release = await waitForLock(path.join(cache, `${name}.lock`), signal, () =>
    reportEvery(5_000, say, () => `waiting for another process that gets ${name}`),
  );
  const work = path.join(cache, `${name}.building`);
  try {
    const finished = find(cache);
    if (finished !== null) return finished;
    // Only the lock's holder works here: what is there was left by one that was killed.
    await rm(work, { recursive: true, force: true });
    await mkdir(work);
    return await make(cache, work);
  } finally {
    await rm(work, { recursive: true, force: true });
    release();
  }
}

async function waitForLock(
  file: string,
  signal: AbortSignal,
  report: () => { end(): void },
): Promise<() => void> {
  const progress = report();
  try {
    for (;;) {
      const release = tryLock(file);
      if (release) return release;
      await sleep(500, undefined, { signal });
    }
  } finally {
    progress.end();
  }
}
