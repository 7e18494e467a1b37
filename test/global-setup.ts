import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Starts the real servers once for all tests of the run, and tells their addresses by the usual variables. */
export default async function startServers(): Promise<(() => Promise<void>) | undefined> {
  if (!process.env.BACKFILL_TEST_STACK) return undefined;
  const stackModule = join(import.meta.dirname, '../src/stack/stack.ts');
  const { startStack } = (await import(stackModule)) as { startStack: StartStack };
  const dataDir = await mkdtemp(join(tmpdir(), 'temporal-backfill-test-'));
  const stack = await startStack({ dataDir, say: (line) => console.error(line) });
  Object.assign(process.env, stack.env);
  return async () => {
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}

type StartStack = (options: {
  dataDir: string;
  say: (line: string) => void;
}) => Promise<{ env: Record<string, string>; stop(): Promise<void> }>;
