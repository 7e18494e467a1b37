import { createWriteStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { crc32, deflateRawSync } from 'node:zlib';
import { ZipFile } from 'yazl';

/** A well-formed zip. */
export function zipOf(files: Record<string, string | Buffer>, options?: { forceZip64Format?: boolean }) {
  return buffer(packed(files, options).outputStream as NodeJS.ReadableStream & AsyncIterable<Buffer>);
}

export async function writeZip(path: string, files: Record<string, string | Buffer>): Promise<void> {
  await pipeline(packed(files).outputStream, createWriteStream(path));
}

function packed(files: Record<string, string | Buffer>, options = {}): ZipFile {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name, options);
  zip.end();
  return zip;
}

/** An entry whose list and header say what they like. */
export interface RawEntry {
  name: string | Buffer;
  content?: string | Buffer;
  /** 0 stored (default), 8 deflated; of others the content is taken as packed. */
  method?: number;
  flags?: number;
  /** What the list declares instead of the truth. */
  bytes?: number;
  packedBytes?: number;
  crc?: number;
  offset?: number;
  /** Of Unix, with the file's type. */
  mode?: number;
}

interface End {
  /** Entries that it declares. */
  count?: number;
  zip64?: boolean;
}

/** A zip byte by byte, so that it can lie. */
export function rawZip(
  entries: readonly RawEntry[],
  { count = entries.length, zip64 = false }: End = {},
): Buffer {
  const bodies: Buffer[] = [];
  const list: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const [body, listed] = rawEntry(entry, offset);
    bodies.push(body);
    list.push(listed);
    offset += body.length;
  }
  const directory = Buffer.concat(list);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(zip64 ? 0xffff : count % 65_536, 8);
  end.writeUInt16LE(zip64 ? 0xffff : count % 65_536, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : offset, 16);
  const large = zip64 ? [largeEnd(count, directory.length, offset)] : [];
  return Buffer.concat([...bodies, directory, ...large, end]);
}

/** What zip64 puts before the end, and where that is. */
function largeEnd(count: number, length: number, offset: number): Buffer {
  const end = Buffer.alloc(56 + 20);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeBigUInt64LE(BigInt(count), 24);
  end.writeBigUInt64LE(BigInt(count), 32);
  end.writeBigUInt64LE(BigInt(length), 40);
  end.writeBigUInt64LE(BigInt(offset), 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(BigInt(offset + length), 64);
  end.writeUInt32LE(1, 72);
  return end;
}

export const UTF8 = 0x800;
export const ENCRYPTED = 0x1;

function rawEntry(entry: RawEntry, at: number): [body: Buffer, listed: Buffer] {
  const name = Buffer.from(entry.name);
  const content = Buffer.from(entry.content ?? 'content');
  const { method = 0, flags = 0, mode = 0o100644 } = entry;
  const data = method === 8 ? deflateRawSync(content) : content;
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(flags, 2);
  common.writeUInt16LE(method, 4);
  common.writeUInt32LE(entry.crc ?? crc32(content), 10);
  common.writeUInt32LE(entry.packedBytes ?? data.length, 14);
  common.writeUInt32LE(entry.bytes ?? content.length, 18);
  common.writeUInt16LE(name.length, 22);
  const header = Buffer.concat([Buffer.from('PK\x03\x04'), common, name]);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE((mode << 16) >>> 0, 6);
  rest.writeUInt32LE(entry.offset ?? at, 10);
  const madeByUnix = Buffer.from([30, 3]);
  const listed = Buffer.concat([Buffer.from('PK\x01\x02'), madeByUnix, common, rest, name]);
  return [Buffer.concat([header, data]), listed];
}
