import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

export interface ZipWriter {
  add(name: string, bytes: Buffer): Promise<void>;
  end(): Promise<void>;
}

/** Written in pieces of this size, so that small entries do not each cost a write. */
const PIECE_BYTES = 1024 * 1024;

/** Entries are stored as they are: photos are packed already. Up to 65,535 of them, and 4 GB. */
export async function zipWriter(path: string): Promise<ZipWriter> {
  const file = await open(path, 'w');
  const list: Buffer[] = [];
  let ahead: Buffer[] = [];
  let waiting = 0;
  let offset = 0;
  const write = async (...pieces: Buffer[]) => {
    for (const piece of pieces) {
      ahead.push(piece);
      waiting += piece.length;
      offset += piece.length;
    }
    if (waiting >= PIECE_BYTES) await flush();
  };
  const flush = async () => {
    const pieces = Buffer.concat(ahead);
    ahead = [];
    waiting = 0;
    await file.writeFile(pieces);
  };
  return {
    add: async (name, bytes) => {
      const encoded = Buffer.from(name);
      const about = described(encoded, bytes);
      list.push(listed(about, encoded, offset));
      await write(LOCAL, about, encoded, bytes);
    },
    end: async () => {
      if (list.length > 0xffff || offset > 0xffffffff) throw new RangeError(`${path} would need zip64`);
      const start = offset;
      await write(...list);
      await write(endOf(list.length, offset - start, start));
      await flush();
      await file.close();
    },
  };
}

const LOCAL = Buffer.from('PK\x03\x04', 'latin1');
const MADE_BY_UNIX = Buffer.from('PK\x01\x02\x14\x03', 'latin1');
const UTF8 = 0x800;
/** 2025-07-05: what is made is the same on every day. */
const DATE = (45 << 9) | (7 << 5) | 5;

/** What an entry's header and its place in the list have in common. */
function described(name: Buffer, bytes: Buffer): Buffer {
  const about = Buffer.alloc(26);
  about.writeUInt16LE(20, 0);
  about.writeUInt16LE(UTF8, 2);
  about.writeUInt16LE(DATE, 8);
  about.writeUInt32LE(crc32(bytes), 10);
  about.writeUInt32LE(bytes.length, 14);
  about.writeUInt32LE(bytes.length, 18);
  about.writeUInt16LE(name.length, 22);
  return about;
}

function listed(about: Buffer, name: Buffer, offset: number): Buffer {
  const place = Buffer.alloc(14);
  place.writeUInt32LE((0o100644 << 16) >>> 0, 6);
  place.writeUInt32LE(offset, 10);
  return Buffer.concat([MADE_BY_UNIX, about, place, name]);
}

function endOf(count: number, length: number, start: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(length, 12);
  end.writeUInt32LE(start, 16);
  return end;
}
