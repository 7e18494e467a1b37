import { stat } from 'node:fs/promises';
import { ARCHIVE_LIMITS, type Archive, type ArchiveLimits, UnreadableArchive } from './archive.ts';
import { openFolder } from './folder.ts';
import { openZip } from './zip.ts';

/**
 * A zip or a directory, read in place. Throws UnreadableArchive: it is missing, may not be read, is no zip, is cut off or
 * damaged where its entries are listed, is a part of several, or has too many entries.
 *
 * @example
 * const archive = await openArchive('/photos/Average Patricia.zip');
 * for (const { name } of archive.images) await archive.read(name);
 */
export async function openArchive(path: string, limits: Partial<ArchiveLimits> = {}): Promise<Archive> {
  const all = { ...ARCHIVE_LIMITS, ...limits };
  try {
    const found = await stat(path);
    if (found.isDirectory()) return await openFolder(path, all);
    if (found.isFile()) return await openZip(path, all);
  } catch (error) {
    throw error instanceof UnreadableArchive ? error : unreadable(path, error as NodeJS.ErrnoException);
  }
  throw new UnreadableArchive(`${path} is neither a zip nor a directory`, 'name a zip or a directory');
}

function unreadable(path: string, error: NodeJS.ErrnoException): UnreadableArchive {
  const [what, hint] = explained(error);
  return new UnreadableArchive(`${path} ${what}`, hint, { cause: error });
}

function explained({ code, message, path }: NodeJS.ErrnoException): [what: string, hint: string] {
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return ['does not exist', 'correct its source in the catalogue, or mount the volume it is on'];
  if (code === 'EACCES' || code === 'EPERM')
    return [`may not be read (${code}${path ? ` at ${path}` : ''})`, 'give this user the right to read it'];
  if (code && !code.startsWith('ERR_'))
    return [`could not be read: ${message}`, 'try again when the disk or network share answers'];
  if (/multi-disk/.test(message))
    return ['is one part of a zip in several', 'join them: zip -s 0 parts.zip --out whole.zip'];
  if (/signature not found/.test(message))
    return ['is no zip, or its end is cut off', 'copy it again from where it came from'];
  return [
    `has a damaged list of entries: ${message}`,
    'copy it again from where it came from, or pack it anew',
  ];
}
