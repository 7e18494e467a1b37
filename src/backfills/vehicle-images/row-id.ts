import { createHash } from 'node:crypto';

/** Random once, fixed for ever: rows of earlier analyses are found again by the ids made from it. */
const NAMESPACE = Buffer.from('5c0f0a3e9d0b4a3f8a7be1f6c2d4e917', 'hex');

/** The id of the row that one image's step has at a position: the same in every run (UUID version 5, RFC 9562). */
export function rowId(table: string, image: string, step: string, position: number): string {
  const name = [table, image, step, position].join('/');
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
