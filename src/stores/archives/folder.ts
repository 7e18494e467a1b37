import { constants, type Dirent } from 'node:fs';
import { type FileHandle, lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type FailureClass, ItemFailure } from '../../domain/failure.ts';
import { type Archive, type ArchiveLimits, UnreadableArchive } from './archive.ts';
import { type SkipReason, skipReasonOf, tallySkipped } from './skip-reason.ts';

interface Listed {
  bytes: number;
  modifiedMs: number;
}

/** Throws UnreadableArchive for too many entries, and the errors of the file system. */
export async function openFolder(root: string, limits: ArchiveLimits): Promise<Archive> {
  const files = new Map<string, Listed>();
  const skipped: Record<string, number> = {};
  let entries = 0;
  for await (const { folder, children } of folders(root, skipped)) {
    entries += children.length;
    if (entries > limits.entries)
      throw new UnreadableArchive(
        `${root} has more than the ${limits.entries} entries that are allowed`,
        'split it into several projects',
      );
    for (const child of children) {
      const name = folder + child.name;
      const reason = skipReasonOfFile(name, child);
      const listed = reason ? null : await look(join(root, name));
      if (listed) files.set(name, listed);
      else if (reason) tallySkipped(skipped, reason);
      else if (name.includes(UNREADABLE)) tallySkipped(skipped, 'unsafe-name');
    }
  }
  const images = [...files].map(([name, { bytes }]) => ({ name, bytes }));
  images.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    images,
    skipped,
    read: (name) => readListed(root, name, files.get(name), limits),
  };
}

/** Stands in a name for bytes that are no UTF-8: by that name the file cannot be found again. */
const UNREADABLE = '\uFFFD';

interface Folder {
  /** '' or ending with '/'. */
  folder: string;
  /** What is no folder. */
  children: Dirent[];
}

/** A folder that is skipped counts once and is not entered: some of macOS's hidden ones may not even be read. */
async function* folders(root: string, skipped: Record<string, number>): AsyncGenerator<Folder> {
  const ahead = [''];
  for (let folder = ahead.pop(); folder !== undefined; folder = ahead.pop()) {
    const children: Dirent[] = [];
    for (const child of await readdir(join(root, folder), { withFileTypes: true })) {
      if (!child.isDirectory()) {
        children.push(child);
        continue;
      }
      const reason = skipReasonOf(folder + child.name);
      if (reason && reason !== 'not-an-image') tallySkipped(skipped, reason);
      else ahead.push(`${folder}${child.name}/`);
    }
    yield { folder, children };
  }
}

function skipReasonOfFile(name: string, child: Dirent): SkipReason | null {
  const reason = skipReasonOf(name);
  if (reason && reason !== 'not-an-image') return reason;
  if (child.isSymbolicLink()) return 'symlink';
  return child.isFile() ? reason : 'special-file';
}

/** Null: gone since its folder was read. */
async function look(path: string): Promise<Listed | null> {
  try {
    const { size, mtimeMs } = await lstat(path);
    return { bytes: size, modifiedMs: mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function readListed(
  root: string,
  name: string,
  listed: Listed | undefined,
  { imageBytes }: ArchiveLimits,
): Promise<Buffer> {
  const fail = (code: FailureClass, why: string, cause?: unknown) =>
    new ItemFailure(code, `${name} in ${root} cannot be read: ${why}`, { cause });
  if (!listed) throw fail('image-not-found', 'there was no such image when the folder was listed');
  if (listed.bytes === 0) throw fail('image-undecodable', 'it has no bytes');
  if (listed.bytes > imageBytes)
    throw fail('image-too-large', `it has ${listed.bytes} bytes, and ${imageBytes} are allowed`);
  try {
    await using file = await open(join(root, name), constants.O_RDONLY | constants.O_NOFOLLOW);
    const bytes = await unchanged(file, listed);
    if (bytes) return bytes;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw fail(FAILURES[code] ?? 'image-unreachable', code || (error as Error).message, error);
  }
  throw fail('image-not-found', 'it has changed since the folder was listed');
}

const FAILURES: Record<string, FailureClass> = {
  ENOENT: 'image-not-found',
  ENOTDIR: 'image-not-found',
  EISDIR: 'image-not-found',
  ELOOP: 'image-not-found',
  EACCES: 'image-forbidden',
  EPERM: 'image-forbidden',
};

/** Null: it is not the file that was listed. */
async function unchanged(file: FileHandle, { bytes, modifiedMs }: Listed): Promise<Buffer | null> {
  const now = await file.stat();
  if (!now.isFile() || now.size !== bytes || now.mtimeMs !== modifiedMs) return null;
  const held = Buffer.allocUnsafeSlow(bytes);
  for (let done = 0; done < bytes; ) {
    const { bytesRead } = await file.read(held, done, bytes - done, done);
    if (bytesRead === 0) return null;
    done += bytesRead;
  }
  return held;
}
