import sharp from 'sharp';
import { undecodable } from './undecodable.ts';
import type { ImageMeasures, PreparedImage } from './vision.ts';

/** A mean needs no more pixels, and a JPEG is decoded at a fraction of its size for a fraction of the time. */
const LONGEST_SIDE = 128;

/** Rec. 709, whose primaries sRGB has. */
const [RED, GREEN, BLUE] = [0.2126, 0.7152, 0.0722] as const;

/**
 * The original's size, and the brightness of the prepared image: it is upright, in sRGB and small, so nothing waits
 * for memory and the original is decoded once. Throws ItemFailure `image-undecodable`.
 */
export async function measure(reference: string, { jpeg, original }: PreparedImage): Promise<ImageMeasures> {
  try {
    const pixels = await sharp(jpeg, { failOn: 'error' })
      .resize(LONGEST_SIDE, LONGEST_SIDE, { fit: 'inside', withoutEnlargement: true })
      .raw()
      .toBuffer();
    return { width: original.width, height: original.height, luma: meanLuma(pixels) };
  } catch (error) {
    throw undecodable(reference, error);
  }
}

/** Luma is a sum of the three values, so its mean is the luma of their means. */
function meanLuma(rgb: Uint8Array): number {
  let [red, green, blue] = [0, 0, 0];
  for (let at = 0; at < rgb.length; at += 3) {
    red += rgb[at] as number;
    green += rgb[at + 1] as number;
    blue += rgb[at + 2] as number;
  }
  return (RED * red + GREEN * green + BLUE * blue) / (rgb.length / 3);
}
