import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startStack } from '../src/stack/stack.ts';

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

/** For clients that tests open themselves; the embedded servers take anyone. */
const AWS_IDENTITY = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'embedded',
  AWS_SECRET_ACCESS_KEY: 'embedded',
};

/** Starts the real servers once for all tests of the run, and tells their addresses by the usual variables. */
export default async function startServers(): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'temporal-backfill-test-'));
  const env = Object.fromEntries(HARMLESS.map((name) => [name, process.env[name]]));
  const stack = await startStack({ dataDir, env, say: (line) => console.error(line) });
  for (const name of Object.keys(process.env)) {
    if (/^(AWS|OPENAI|TEMPORAL|BACKFILL)_|^DATABASE_URL$/.test(name)) delete process.env[name];
  }
  Object.assign(process.env, stack.env, AWS_IDENTITY);
  return async () => {
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
