import { existsSync } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../domain/failure.ts';
import { runTool } from './child-process.ts';
import { type GoProgram, goInstall } from './go-install.ts';
import { madeOnce } from './made-once.ts';
import { reportEvery } from './progress.ts';
import type { Surroundings } from './server.ts';

export type TemporalPrograms = { kind: 'cli'; cli: string } | { kind: 'server'; server: string; ui: string };

/** The newest server that Go 1.26.8 compiles, and the Web UI of its time. */
const SERVER: GoProgram = {
  name: 'Temporal server 1.32.1',
  module: 'go.temporal.io/server/cmd/server@v1.32.1',
  go: '1.26.8',
  program: path.join('temporal-server-1.32.1', 'temporal-server'),
};
const UI: GoProgram = {
  name: 'Temporal Web UI 2.54.1',
  module: 'github.com/temporalio/ui-server/v2/cmd/server@v2.54.1',
  go: '1.26.5',
  program: path.join('temporal-ui-2.54.1', 'temporal-ui'),
};
const DOWNLOAD_LIMIT_MS = 5 * 60_000;

/**
 * The first that works: `temporal` on the PATH, what an earlier start left in the user's cache, the SDK's
 * download, the Go toolchain. Throws UsageError telling what each said.
 */
export async function temporalPrograms(surroundings: Surroundings): Promise<TemporalPrograms> {
  const attempts: string[] = [];
  const onPath = await cliOnPath(surroundings);
  if (typeof onPath !== 'string') return onPath;
  attempts.push(onPath);
  return await madeOnce('temporal', surroundings, {
    find: cachedPrograms,
    make: (cache, work) => firstThatWorks(surroundings, cache, work, attempts),
  });
}

async function firstThatWorks(
  surroundings: Surroundings,
  cache: string,
  work: string,
  attempts: string[],
): Promise<TemporalPrograms> {
  const { signal, say } = surroundings;
  for (const way of [download, compile]) {
    try {
      return await way(surroundings, cache, work);
    } catch (error) {
      signal.throwIfAborted();
      const outcome = (error as Error).message;
      attempts.push(outcome);
      say(`Temporal: ${outcome.split('\n')[0]}`);
    }
  }
  throw noTemporal(attempts);
}

async function cliOnPath({ env, guard, signal }: Surroundings): Promise<TemporalPrograms | string> {
  try {
    await runTool({ file: 'temporal', args: ['--version'], env }, { guard, signal });
    return { kind: 'cli', cli: 'temporal' };
  } catch (error) {
    signal.throwIfAborted();
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return `\`temporal\` on the PATH: ${missing ? 'there is none' : (error as Error).message}`;
  }
}

function cachedPrograms(cache: string): TemporalPrograms | null {
  const [cli, server, ui] = [downloadedCli(), SERVER.program, UI.program].map((file) =>
    path.join(cache, file),
  ) as [string, string, string];
  if (existsSync(cli)) return { kind: 'cli', cli };
  return existsSync(server) && existsSync(ui) ? { kind: 'server', server, ui } : null;
}

function downloadedCli(): string {
  const { version } = createRequire(import.meta.url)('@temporalio/testing/package.json') as {
    version: string;
  };
  return path.join(`temporal-cli-for-sdk-${version}`, 'temporal');
}

async function download(surroundings: Surroundings, cache: string, work: string): Promise<TemporalPrograms> {
  const { env, guard, say } = surroundings;
  const signal = AbortSignal.any([surroundings.signal, AbortSignal.timeout(DOWNLOAD_LIMIT_MS)]);
  const program = fileURLToPath(new URL('temporal-download.ts', import.meta.url));
  const progress = reportEvery(5_000, say, () => 'downloading the Temporal CLI');
  try {
    await runTool({ file: process.execPath, args: [program, work], env }, { guard, signal });
    const [file] = (await readdir(work)).filter((name) => name.startsWith('temporal'));
    if (!file) throw new Error('it left no program');
    const cli = path.join(cache, downloadedCli());
    await mkdir(path.dirname(cli), { recursive: true });
    await rename(path.join(work, file), cli);
    return { kind: 'cli', cli };
  } catch (error) {
    throw new Error(`the download by the Temporal SDK: ${(error as Error).message}`, { cause: error });
  } finally {
    progress.end();
  }
}

async function compile(surroundings: Surroundings, cache: string, work: string): Promise<TemporalPrograms> {
  try {
    const server = await goInstall(SERVER, { ...surroundings, cache, work });
    const ui = await goInstall(UI, { ...surroundings, cache, work });
    return { kind: 'server', server, ui };
  } catch (error) {
    throw new Error(`the Go toolchain: ${(error as Error).message}`, { cause: error });
  }
}

function noTemporal(attempts: string[]): UsageError {
  return new UsageError(
    `No Temporal server could be had. What was tried:\n${attempts.map((one) => `  - ${one}`).join('\n')}`,
    'Install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on the PATH, or Go ' +
      `${SERVER.go} or newer (https://go.dev/dl), or set TEMPORAL_ADDRESS to a server of yours.`,
  );
}
