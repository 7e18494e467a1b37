import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { type Stack, startStack } from '../src/stack/stack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The variables of each stack; a test process takes the one of its number. */
    stacks: Record<string, string>[];
  }
}

/** Nothing that could lead a test to somebody's servers, or to a paid provider. */
const HARMLESS = [
  'PATH',
  'HOME',
  'XDG_CACHE_HOME',
  'TMPDIR',
  'LANG',
  'HTTPS_PROXY',
  'https_proxy',
  'GOPROXY',
  'GOFLAGS',
];

/** Starts the real servers once for each test process: files that run side by side do not see each other. */
export default async function startServers({ config, provide }: TestProject): Promise<() => Promise<void>> {
  const env = Object.fromEntries(HARMLESS.map((name) => [name, process.env[name]]));
  const started: { stack: Stack; dataDir: string }[] = [];
  const stop = async () => {
    await Promise.all(started.map(({ stack }) => stack.stop()));
    await Promise.all(started.map(({ dataDir }) => rm(dataDir, { recursive: true, force: true })));
  };
  try {
    for (let number = 1; number <= Number(config.maxWorkers); number += 1) {
      const dataDir = await mkdtemp(path.join(tmpdir(), 'temporal-backfill-test-'));
      const stack = await startStack({ dataDir, env, say: (line) => console.error(line) });
      started.push({ stack, dataDir });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  provide(
    'stacks',
    started.map(({ stack }) => stack.env),
  );
  return stop;
}
