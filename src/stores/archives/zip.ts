import { type FileHandle, open } from 'node:fs/promises';
import { ItemFailure } from '../../domain/failure.ts';
import type { Archive, ArchiveLimits } from './archive.ts';
import { readZipDirectory } from './zip-directory.ts';
import { readZipEntry } from './zip-entry.ts';

/**
 * The list of entries is walked once; after that each read goes straight to its bytes. The file is open only while it is
 * read: archives are many, and a worker keeps the lists of several. Throws UnreadableArchive, or an Error that says what is
 * wrong with the file.
 */
export async function openZip(path: string, limits: ArchiveLimits): Promise<Archive> {
  const file = await open(path, 'r');
  try {
    return await listed(path, file, limits);
  } finally {
    await file.close();
  }
}

async function listed(path: string, file: FileHandle, limits: ArchiveLimits): Promise<Archive> {
  const { size, mtimeMs } = await file.stat();
  const { entries, skipped } = await readZipDirectory(path, file, size, limits);
  const images = [...entries].map(([name, { bytes }]) => ({ name, bytes }));
  images.sort((a, b) => (a.name < b.name ? -1 : 1));

  async function reopened(name: string): Promise<FileHandle> {
    const again = await open(path, 'r').catch((cause: Error) => {
      throw new ItemFailure('image-unreachable', `${name} in ${path} cannot be read: ${cause.message}`, {
        cause,
      });
    });
    const now = await again.stat();
    if (now.size === size && now.mtimeMs === mtimeMs) return again;
    await again.close();
    throw new ItemFailure(
      'image-not-found',
      `${path} has changed since its images were listed: ${name} was not read`,
    );
  }

  return {
    images,
    skipped,
    read: async (name) => {
      const entry = entries.get(name);
      if (!entry) throw new ItemFailure('image-not-found', `${path} has no image ${name}`);
      const again = await reopened(name);
      try {
        return await readZipEntry({ path, file: again, size, limits }, name, entry);
      } finally {
        await again.close();
      }
    },
  };
}
