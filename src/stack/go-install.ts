import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { type Command, runTool } from './child-process.ts';
import { freeBytes } from './data-folder.ts';
import { reportEvery } from './progress.ts';
import type { Surroundings } from './server.ts';

export interface GoProgram {
  name: string;
  /** Import path and version, as `go install` takes them. */
  module: string;
  /** The Go version that it asks for. */
  go: string;
  /** Where it goes, below the cache folder. */
  program: string;
}

/** Go's own caches while the server compiles. */
const NEEDED_BYTES = 5e9;

/**
 * Compiles a program from its published source. Go's caches live in `work`, which the caller removes. The
 * program appears in the cache in one step, so half of one is never found there.
 */
export async function goInstall(
  wanted: GoProgram,
  { cache, work, ...surroundings }: Surroundings & { cache: string; work: string },
): Promise<string> {
  const target = path.join(cache, wanted.program);
  if (existsSync(target)) return target;
  const { env, guard, signal, say } = surroundings;
  await checkToolchain(wanted, surroundings);
  const free = await freeBytes(work);
  if (free < NEEDED_BYTES) {
    throw new Error(
      `compiling ${wanted.name} takes 5 GB in ${cache} for some minutes; ${(free / 1e9).toFixed(1)} GB are free`,
    );
  }
  say(`compiling ${wanted.name}: some minutes, this once`);
  const counted = { downloaded: 0, compiled: 0 };
  const progress = reportEvery(5_000, say, () => {
    const { downloaded, compiled } = counted;
    const done = compiled ? `${compiled} packages compiled` : `${downloaded} modules downloaded`;
    return `compiling ${wanted.name}: ${done}`;
  });
  try {
    await runTool(install(wanted, work, env), {
      guard,
      signal,
      onLine: (line) => counted[line.startsWith('go: downloading') ? 'downloaded' : 'compiled']++,
    });
  } finally {
    progress.end();
  }
  await mkdir(path.dirname(target), { recursive: true });
  // `go install` names a program after its folder, which is `server` in both modules.
  await rename(path.join(work, 'bin', 'server'), target);
  return target;
}

function install(wanted: GoProgram, work: string, env: NodeJS.ProcessEnv): Command {
  return {
    file: 'go',
    args: ['install', '-v', '-ldflags=-s -w', wanted.module],
    cwd: work,
    env: {
      ...env,
      GOPATH: path.join(work, 'path'),
      GOCACHE: path.join(work, 'cache'),
      GOBIN: path.join(work, 'bin'),
      GOTMPDIR: work,
      // The module cache is read-only otherwise, and could not be removed.
      GOFLAGS: `${env.GOFLAGS ?? ''} -modcacherw`.trim(),
      GOTOOLCHAIN: env.GOTOOLCHAIN ?? 'auto',
      GOWORK: 'off',
    },
  };
}

/** From 1.21 on, Go fetches the version that a module asks for. */
async function checkToolchain(wanted: GoProgram, { env, guard, signal, say }: Surroundings): Promise<void> {
  const said = await runTool({ file: 'go', args: ['version'], env }, { guard, signal }).catch(
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new Error('there is no `go` on the PATH');
      throw error;
    },
  );
  const installed = /\bgo(\d+\.\d+(?:\.\d+)?)/.exec(said)?.[1] ?? '0.0';
  if (compareVersions(installed, wanted.go) >= 0) return;
  if (compareVersions(installed, '1.21') < 0) {
    throw new Error(`Go ${installed} is too old for ${wanted.name}, which needs Go ${wanted.go}`);
  }
  say(
    `${wanted.name} needs Go ${wanted.go}; Go ${installed} is installed, and fetches the newer one by itself`,
  );
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number)) as [number[], number[]];
  const at = [0, 1, 2].find((index) => (left[index] ?? 0) !== (right[index] ?? 0));
  return at === undefined ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}
