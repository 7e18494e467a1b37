import type { FileHandle } from 'node:fs/promises';
import { type Entry, fromRandomAccessReaderPromise, getFileNameLowLevel, type ZipFile } from 'yauzl';
import { type ArchiveLimits, UnreadableArchive } from './archive.ts';
import { BlockReader } from './block-reader.ts';
import { type SkipReason, skipReasonOf, tallySkipped } from './skip-reason.ts';

/** What the list of entries says of one. Any of it may be a lie. */
export interface ZipEntry {
  bytes: number;
  packedBytes: number;
  /** Of its header, in the file. */
  offset: number;
  method: number;
  encrypted: boolean;
  crc32: number;
}

export interface ZipDirectory {
  /** The images, by name. */
  entries: Map<string, ZipEntry>;
  skipped: Record<string, number>;
}

/** Throws UnreadableArchive for too many entries, and whatever yauzl finds wrong. */
export async function readZipDirectory(
  path: string,
  file: FileHandle,
  size: number,
  limits: ArchiveLimits,
): Promise<ZipDirectory> {
  const reader = new BlockReader(file);
  // Names and sizes are judged entry by entry, here and when one is read: a bad one must not cost its neighbours.
  const options = { autoClose: false, decodeStrings: false, validateEntrySizes: false };
  const zip = await fromRandomAccessReaderPromise(reader, size, options);
  const entries = new Map<string, ZipEntry>();
  const skipped: Record<string, number> = {};
  refuseTooMany(path, zip, limits);
  for await (const entry of zip.eachEntry()) {
    const name = nameOf(entry);
    if (!name.endsWith('/')) {
      const reason = skipReasonOfEntry(name, entry);
      if (reason) tallySkipped(skipped, reason);
      else if (entries.has(name)) tallySkipped(skipped, 'duplicate-name');
      if (!reason) entries.set(name, placeOf(entry));
    }
    if (zip.entriesRead === zip.entryCount && (await anotherFollows(reader, zip))) {
      zip.entryCount += COUNT_WRAPS_AT;
      refuseTooMany(path, zip, limits);
    }
  }
  return { entries, skipped };
}

/** Without zip64 the count has 16 bits; what macOS packs has more entries than it says, and no zip64. */
const COUNT_WRAPS_AT = 65_536;

const ENTRY_SIGNATURE = 0x02014b50;

async function anotherFollows(reader: BlockReader, zip: ZipFile): Promise<boolean> {
  const start = await reader.peek(4, Number(zip.readEntryCursor));
  return start.length === 4 && start.readUInt32LE() === ENTRY_SIGNATURE;
}

function refuseTooMany(path: string, { entryCount }: ZipFile, limits: ArchiveLimits): void {
  if (entryCount <= limits.entries) return;
  throw new UnreadableArchive(
    `${path} has ${entryCount} entries, and ${limits.entries} are allowed`,
    'split it into several projects',
  );
}

/** UTF-8 where the entry says so, else code page 437. Backslashes stay, so that they can be told. */
function nameOf({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string {
  return getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
}

const UNIX = 3;
const MACOS = 19;
const FILE_TYPE = 0o170000;
const SYMLINK = 0o120000;

function skipReasonOfEntry(name: string, entry: Entry): SkipReason | null {
  const madeBy = entry.versionMadeBy >>> 8;
  const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
  const reason = skipReasonOf(name);
  if (reason && reason !== 'not-an-image') return reason;
  return (madeBy === UNIX || madeBy === MACOS) && type === SYMLINK ? 'symlink' : reason;
}

function placeOf(entry: Entry): ZipEntry {
  return {
    bytes: entry.uncompressedSize,
    packedBytes: entry.compressedSize,
    offset: entry.relativeOffsetOfLocalHeader,
    method: entry.compressionMethod,
    encrypted: entry.isEncrypted(),
    crc32: entry.crc32,
  };
}
