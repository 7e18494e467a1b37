import { isNeeded } from './jpeg-needed.ts';

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const COM = 0xfe;
const ADOBE = 0xee;

/** Says that colours are YCbCr; without density and thumbnail. */
const PLAIN_JFIF = Buffer.from('ffe000104a46494600010100000100010000', 'hex');

/**
 * The same picture, bit for bit, without everything else that the file carries: EXIF, GPS, XMP, comments,
 * thumbnails, profiles, and whatever follows its end. Only segments that a decoder needs get through, and
 * only where they are built as such. Null when the file is not whole, or not of the plain kind: then it has
 * to be decoded to know.
 */
export function withoutMetadata(jpeg: Buffer): Buffer | null {
  if (jpeg[0] !== 0xff || jpeg[1] !== SOI) return null;
  const kept = [jpeg.subarray(0, 2)];
  let at = 2;
  while (at + 1 < jpeg.length) {
    const marker = jpeg[at + 1] as number;
    if (jpeg[at] !== 0xff) return null;
    if (marker === EOI) return Buffer.concat([...kept, jpeg.subarray(at, at + 2)]);
    const end = segmentEnd(jpeg, at, marker);
    if (end === null) return null;
    if (isJfif(jpeg, at, marker)) kept.push(PLAIN_JFIF);
    else if (isNeeded(marker, bodyOf(jpeg, at))) kept.push(jpeg.subarray(at, end));
    else if (!isDroppable(marker)) return null;
    at = end;
  }
  return null;
}

function isDroppable(marker: number): boolean {
  // Adobe's segment may say that colours are not YCbCr.
  return marker === COM || (marker >= 0xe0 && marker <= 0xef && marker !== ADOBE);
}

function isJfif(jpeg: Buffer, at: number, marker: number): boolean {
  return marker === 0xe0 && jpeg.toString('latin1', at + 4, at + 8) === 'JFIF';
}

/** Behind its length; without a scan's data. */
function bodyOf(jpeg: Buffer, at: number): Buffer {
  return jpeg.subarray(at + 4, at + 2 + jpeg.readUInt16BE(at + 2));
}

/** Where the next segment begins; a scan's data belongs to its header. */
function segmentEnd(jpeg: Buffer, at: number, marker: number): number | null {
  if (at + 4 > jpeg.length) return null;
  const length = jpeg.readUInt16BE(at + 2);
  const end = at + 2 + length;
  if (length < 2 || end > jpeg.length) return null;
  return marker === SOS ? scanEnd(jpeg, end) : end;
}

function scanEnd(jpeg: Buffer, from: number): number | null {
  for (let at = jpeg.indexOf(0xff, from); at >= 0 && at + 1 < jpeg.length; at = jpeg.indexOf(0xff, at)) {
    const next = jpeg[at + 1] as number;
    const isData = next === 0 || (next >= 0xd0 && next <= 0xd7);
    if (!isData && next !== 0xff) return at;
    at += isData ? 2 : 1;
  }
  return null;
}
