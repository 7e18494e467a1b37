import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { PARTS, type Stack, startStack } from '../src/stack/stack.ts';

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

/** OpenSearch lives for minutes here: compiled in a hurry, it starts in half of the time. */
const JDK_JAVA_OPTIONS = '-XX:TieredStopAtLevel=1';

/** Starts the real servers once for each test process: files that run side by side do not see each other. */
export default async function startServers({ config, provide }: TestProject): Promise<() => Promise<void>> {
  const harmless = HARMLESS.map((name) => [name, process.env[name]]);
  const env = { ...Object.fromEntries(harmless), JDK_JAVA_OPTIONS };
  const started: Stack[] = [];
  const dataDirs: string[] = [];
  const stop = async () => {
    await Promise.all(started.map((stack) => stack.stop()));
    await Promise.all(dataDirs.map((dataDir) => rm(dataDir, { recursive: true, force: true })));
  };
  const start = async (number: number) => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'temporal-backfill-test-'));
    dataDirs.push(dataDir);
    started[number] = await startStack({ dataDir, env, parts: PARTS, say: (line) => console.error(line) });
  };
  const starts = Array.from({ length: Number(config.maxWorkers) }, (_, number) => start(number));
  const failure = (await Promise.allSettled(starts)).find((outcome) => outcome.status === 'rejected');
  if (failure) {
    await stop();
    throw failure.reason;
  }
  provide(
    'stacks',
    started.map(({ env }) => ({ ...env, JDK_JAVA_OPTIONS })),
  );
  return stop;
}
