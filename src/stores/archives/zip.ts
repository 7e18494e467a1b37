import { type FileHandle, open } from 'node:fs/promises';
import { ItemFailure } from '../../domain/failure.ts';
import type { Archive, ArchiveLimits } from './archive.ts';
import { readZipDirectory } from './zip-directory.ts';
import { readZipEntry } from './zip-entry.ts';

/** Throws UnreadableArchive, or an Error that says what is wrong with the file. */
export async function openZip(path: string, limits: ArchiveLimits): Promise<Archive> {
  const file = await open(path, 'r');
  try {
    return await listed(path, file, limits);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The list of entries is walked once; after that each read goes straight to its bytes. */
async function listed(path: string, file: FileHandle, limits: ArchiveLimits): Promise<Archive> {
  const { size } = await file.stat();
  const { entries, skipped } = await readZipDirectory(path, file, size, limits);
  const images = [...entries].map(([name, { bytes }]) => ({ name, bytes }));
  images.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    images,
    skipped,
    read: async (name) => {
      const entry = entries.get(name);
      if (!entry) throw new ItemFailure('image-not-found', `${path} has no image ${name}`);
      return readZipEntry({ path, file, size, limits }, name, entry);
    },
    close: () => file.close(),
  };
}
