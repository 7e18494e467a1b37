import { buffer } from 'node:stream/consumers';
import { crc32, createDeflate } from 'node:zlib';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

/** A valid black PNG of `side` × `side` pixels: 110 kB for 30,000, which unpack to gigabytes. */
export async function blankPng(side: number): Promise<Buffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.writeUInt8(1, 8);
  const pixels = await blankRows(side);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** One bit per pixel, and a byte before each row that names its filter. */
function blankRows(side: number): Promise<Buffer> {
  const deflate = createDeflate({ level: 9 });
  const packed = buffer(deflate);
  const row = Buffer.alloc(1 + Math.ceil(side / 8));
  for (let index = 0; index < side; index++) deflate.write(row);
  deflate.end();
  return packed;
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'ascii'), data]);
  const frame = Buffer.alloc(4);
  frame.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(typed));
  return Buffer.concat([frame, typed, check]);
}
