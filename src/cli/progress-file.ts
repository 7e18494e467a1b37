import { lstat, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../domain/failure.ts';
import { type Checkpoint, isCheckpoint } from './checkpoint.ts';

/** No progress file is larger. */
const LARGEST = 64 * 1024 * 1024;

/** Throws UsageError where the file cannot be written, or is there and is none of ours. Leaves nothing behind. */
export async function checkProgressFile(file: string): Promise<void> {
  try {
    await refuseForeign(file);
    await writeBeside(file, '');
    await rm(besideOf(file));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const folder = path.dirname(path.resolve(file));
    if (code === 'ENOENT')
      throw refusal(`there is no folder ${folder}`, 'make it first, or name another file', error);
    throw refusal(`cannot write ${file}: ${message}`, 'name a file in a folder that you may write', error);
  }
}

/** Who reads the file sees this or what was there before, and never half of it. */
export async function writeProgressFile(file: string, progress: Checkpoint): Promise<void> {
  try {
    await writeBeside(file, `${JSON.stringify(progress, null, 2)}\n`);
    await rename(besideOf(file), file);
  } catch (error) {
    await rm(besideOf(file), { force: true }).catch(() => undefined);
    throw error;
  }
}

function besideOf(file: string): string {
  return `${file}.${process.pid}.part`;
}

/** Durable. A link of that name is not followed. */
async function writeBeside(file: string, text: string): Promise<void> {
  await rm(besideOf(file), { force: true });
  const handle = await open(besideOf(file), 'wx');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function refuseForeign(file: string): Promise<void> {
  const found = await lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!found) return;
  const another = 'name another file';
  if (found.isDirectory())
    throw refusal(`${file} is a folder`, `name a file in it: ${path.join(file, 'progress.json')}`);
  if (found.isSymbolicLink())
    throw refusal(
      `${file} is a symbolic link, which the file would replace`,
      'name the file that it leads to',
    );
  if (!found.isFile()) throw refusal(`${file} is no file`, another);
  if (found.size > LARGEST || !isCheckpoint(await readFile(file, 'utf8')))
    throw refusal(`${file} is there, and is no progress file: it stays as it is`, another);
}

function refusal(what: string, hint: string, cause?: unknown): UsageError {
  return new UsageError(`--progress-file: ${what}`, hint, { cause });
}
