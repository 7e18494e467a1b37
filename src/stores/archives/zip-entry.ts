import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { type FailureClass, ItemFailure } from '../../domain/failure.ts';
import type { ArchiveLimits } from './archive.ts';
import type { ZipEntry } from './zip-directory.ts';

export interface OpenZip {
  path: string;
  file: FileHandle;
  /** Of the file, in bytes. */
  size: number;
  limits: ArchiveLimits;
}

/**
 * One entry's bytes, of exactly the declared length and checksum. What is declared is believed only as far as bytes of the
 * file stand behind it, so that a lie costs no memory. Throws ItemFailure.
 */
export async function readZipEntry(zip: OpenZip, name: string, entry: ZipEntry): Promise<Buffer> {
  const fault = refusal(zip, entry);
  if (fault) throw failure(zip, name, ...fault);
  try {
    const packed = await packedBytes(zip, entry);
    const bytes = entry.method === STORED ? packed : await unpacked(entry, packed);
    if (bytes.length !== entry.bytes)
      throw new Broken(`it unpacks to ${bytes.length} bytes of ${entry.bytes}`);
    if (crc32(bytes) !== entry.crc32) throw new Broken('its bytes do not match its checksum');
    return bytes;
  } catch (error) {
    if (error instanceof Broken) throw failure(zip, name, 'archive-entry-broken', error.message, error.cause);
    throw failure(zip, name, 'image-unreachable', (error as Error).message, error);
  }
}

const STORED = 0;
const DEFLATED = 8;

/** Deflate adds a few bytes in a thousand to what it cannot pack; nobody needs twice the size. */
const MOST_GROWTH = 2;
const PACKING_BYTES = 64 * 1024;

/** What can be told before any byte is read. */
function refusal({ limits }: OpenZip, entry: ZipEntry): [FailureClass, string] | null {
  const { bytes, packedBytes, method } = entry;
  if (entry.encrypted) return ['archive-entry-encrypted', 'it is encrypted; pack it anew without a password'];
  if (method !== STORED && method !== DEFLATED)
    return ['archive-entry-broken', `it is packed by method ${method}; pack it anew with deflate`];
  if (bytes === 0) return ['image-undecodable', 'it has no bytes'];
  if (bytes > limits.imageBytes)
    return ['image-too-large', `it unpacks to ${bytes} bytes, and ${limits.imageBytes} are allowed`];
  if (bytes > limits.ratioFrom && bytes > limits.ratio * packedBytes)
    return ['image-too-large', `${packedBytes} bytes unpack to ${bytes}: no photo is packed so well`];
  const misfit =
    method === STORED ? bytes !== packedBytes : packedBytes > MOST_GROWTH * bytes + PACKING_BYTES;
  return misfit ? ['archive-entry-broken', `it has ${packedBytes} bytes packed for ${bytes} unpacked`] : null;
}

const HEADER_BYTES = 30;
const HEADER_SIGNATURE = 0x04034b50;

async function packedBytes({ file, size }: OpenZip, { offset, packedBytes }: ZipEntry): Promise<Buffer> {
  const header = await exactly(file, size, offset, HEADER_BYTES);
  if (header.readUInt32LE() !== HEADER_SIGNATURE) throw new Broken('it is not where the archive says');
  const start = offset + HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  return exactly(file, size, start, packedBytes);
}

async function exactly(file: FileHandle, size: number, start: number, length: number): Promise<Buffer> {
  if (start + length > size) throw new Broken('it goes beyond the end of the archive');
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, start + done);
    if (bytesRead === 0) throw new Broken('the archive was cut off while it was open');
    done += bytesRead;
  }
  return bytes;
}

const inflate = promisify(inflateRaw) as (
  packed: Buffer,
  options: { maxOutputLength: number; chunkSize: number },
) => Promise<Buffer>;

/** Inflating stops at the declared length, whatever else would come. */
async function unpacked({ bytes }: ZipEntry, packed: Buffer): Promise<Buffer> {
  try {
    const chunkSize = Math.min(Math.max(bytes, 1024), 1024 * 1024);
    return await inflate(packed, { maxOutputLength: bytes, chunkSize });
  } catch (error) {
    const tooMuch = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    const message = tooMuch
      ? `it unpacks to more than the ${bytes} bytes it declares`
      : `it cannot be unpacked: ${(error as Error).message}`;
    throw new Broken(message, { cause: error });
  }
}

/** The entry is to blame, not the disk. */
class Broken extends Error {}

function failure(
  { path }: OpenZip,
  name: string,
  code: FailureClass,
  why: string,
  cause?: unknown,
): ItemFailure {
  return new ItemFailure(code, `${name} in ${path} cannot be read: ${why}`, { cause });
}
