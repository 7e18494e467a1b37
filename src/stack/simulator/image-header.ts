import sharp from 'sharp';

export interface ImageHeader {
  format: 'jpeg' | 'png' | 'gif' | 'webp';
  width: number;
  height: number;
}

const END_OF_JPEG = Buffer.from([0xff, 0xd9]);

/**
 * Format and size of a whole image; null for anything else, and for one that breaks off. JPEG and PNG, all
 * that comes in numbers, are read here: asking a decoder costs more than the rest of a call.
 */
export async function readHeader(bytes: Buffer): Promise<ImageHeader | null> {
  if (bytes.length > 24 && bytes.readUInt32BE(0) === 0x89504e47) return pngHeader(bytes);
  if (bytes.length > 4 && bytes.readUInt16BE(0) === 0xffd8) return jpegHeader(bytes);
  try {
    const { format, width, height } = await sharp(bytes).metadata();
    return format === 'gif' || format === 'webp' ? { format, width, height } : null;
  } catch {
    return null;
  }
}

function pngHeader(bytes: Buffer): ImageHeader | null {
  if (bytes.lastIndexOf('IEND') < 0) return null;
  return { format: 'png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** Walks the segments to the start of frame (C0 to CF without C4, C8, CC), which holds the size. */
function jpegHeader(bytes: Buffer): ImageHeader | null {
  if (bytes.lastIndexOf(END_OF_JPEG) < 0) return null;
  let offset = 2;
  while (offset + 9 <= bytes.length) {
    if (bytes[offset] !== 0xff) return null;
    const marker = bytes[offset + 1] ?? 0;
    if (marker === 0xff) {
      offset += 1;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc)
      return {
        format: 'jpeg',
        height: bytes.readUInt16BE(offset + 5),
        width: bytes.readUInt16BE(offset + 7),
      };
    offset += 2 + bytes.readUInt16BE(offset + 2);
  }
  return null;
}
