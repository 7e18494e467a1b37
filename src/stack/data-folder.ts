import { access, constants, mkdir, rename, statfs, writeFile } from 'node:fs/promises';
import { UsageError } from '../domain/failure.ts';

/** What the servers need to start; below it they fail half-way, in ways that are hard to read. */
const NEEDED_BYTES = 200 * 1024 * 1024;

/** Creates the folder where it is missing. Throws UsageError when it cannot hold our data. */
export async function openDataFolder(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw folderFailure(dataDir, error);
  }
  const free = await freeBytes(dataDir);
  if (free < NEEDED_BYTES)
    throw diskFull(dataDir, `${megabytes(free)} MB are free, ${megabytes(NEEDED_BYTES)} are needed`);
}

export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Replaces a file in one step, readable by this user only: connection strings have passwords in them. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const next = `${file}.${process.pid}.next`;
  await writeFile(next, text, { mode: 0o600 });
  await rename(next, file);
}

/** Turns an error, or what a server said before it died, into one that a person can act on. */
export function folderFailure(dataDir: string, error: unknown): unknown {
  if (error instanceof UsageError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (/ENOSPC|no space left on device|database or disk is full/i.test(message))
    return diskFull(dataDir, 'no space is left', error);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EEXIST') {
    return new UsageError(
      `The data folder ${dataDir} cannot be used: ${message}`,
      'Choose a folder that this user may create and write, or change its owner or permissions.',
      { cause: error },
    );
  }
  return error;
}

function diskFull(dataDir: string, detail: string, cause?: unknown): UsageError {
  return new UsageError(
    `The disk that holds ${dataDir} is full: ${detail}.`,
    'Free some space there, or choose a data folder on another disk.',
    { cause },
  );
}

function megabytes(bytes: number): number {
  return Math.floor(bytes / 1024 / 1024);
}
