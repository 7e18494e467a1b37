import { UsageError } from '../../domain/failure.ts';

export interface ArchivedImage {
  /** Path inside, '/' between folders, as stored. Unique in the archive. */
  name: string;
  /** Unpacked, as the archive declares it. */
  bytes: number;
}

/** A project's photos where they are: nothing is unpacked to disk, and nothing is ever written. */
export interface Archive {
  /** In the order of their names (by code units). Counted without opening any image. */
  images: readonly ArchivedImage[];
  /** How many entries are no images, by SkipReason. Folders are no entries. */
  skipped: Record<string, number>;
  /** May be called by many at the same time. Throws ItemFailure. */
  read(name: string): Promise<Buffer>;
}

export interface ArchiveLimits {
  /** Of one image, unpacked. */
  imageBytes: number;
  /** Unpacked bytes per packed byte, for images above `ratioFrom` bytes. */
  ratio: number;
  ratioFrom: number;
  entries: number;
}

/** Photos are hardly ever packed to less than half; a blank PNG, which is, stays far below a ratio of 200. */
export const ARCHIVE_LIMITS: ArchiveLimits = {
  imageBytes: 200_000_000,
  ratio: 200,
  ratioFrom: 1_000_000,
  entries: 5_000_000,
};

/** None of the archive's images can be had: the project fails, and others go on. */
export class UnreadableArchive extends UsageError {
  override name = 'UnreadableArchive';
}
