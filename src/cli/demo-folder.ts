import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UsageError } from '../domain/failure.ts';
import { findStack } from '../stack/stack.ts';

export interface DemoFolder {
  dataDir: string;
  /** Removes what nobody asked to keep. */
  leave(): Promise<void>;
}

const MARK = 'made-by-the-demo';

/**
 * A folder for the demo's servers: a fresh one under the system's folder for temporary files, or the one
 * that was named. A demo begins anew, so a folder that holds anything else than an earlier demo is refused.
 */
export async function openDemoFolder(named: string | undefined, keep: boolean): Promise<DemoFolder> {
  if (named === undefined) {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'backfill-demo-'));
    const leave = async () => {
      if (!keep) await rm(dataDir, { recursive: true, force: true });
    };
    return { dataDir, leave };
  }
  const dataDir = path.resolve(named);
  const earlier = existsSync(dataDir) ? await readdir(dataDir) : [];
  if (earlier.length > 0 && !earlier.includes(MARK)) {
    throw new UsageError(
      `${dataDir} holds something else than an earlier demo, and a demo begins by emptying its folder`,
      'name an empty folder, or leave --data-dir out',
    );
  }
  if (await findStack(dataDir)) {
    throw new UsageError(`a demo is running over ${dataDir}`, 'end it with Ctrl-C, or name another folder');
  }
  await rm(dataDir, { recursive: true, force: true });
  await mkdir(dataDir, { recursive: true });
  await writeFile(path.join(dataDir, MARK), 'The next demo with this --data-dir empties this folder.\n');
  return { dataDir, leave: async () => {} };
}
