import sharp from 'sharp';
import type { Box } from '../../domain/box.ts';
import type { PreparedImage } from '../vision.ts';
import type { FoundBox } from './yolo-boxes.ts';

/** The grey that YOLO models are trained with around images. */
const GREY = { r: 114, g: 114, b: 114 };

/** An image within a square, centred, in its own proportions. */
export interface Letterbox {
  /** 3×S×S, colour by colour, 0 to 1. */
  pixels: Float32Array<ArrayBuffer>;
  /** From pixels of the square to fractions of the image. */
  place(found: FoundBox): Box;
}

export async function letterboxed({ jpeg, original }: PreparedImage, side: number): Promise<Letterbox> {
  // The original's proportions: a prepared image has a least side.
  const scale = side / Math.max(original.width, original.height);
  const width = Math.max(1, Math.round(original.width * scale));
  const height = Math.max(1, Math.round(original.height * scale));
  const [left, top] = [Math.floor((side - width) / 2), Math.floor((side - height) / 2)];
  const rgb = await sharp(jpeg, { failOn: 'error' })
    .resize(width, height, { fit: 'fill' })
    .extend({ left, top, right: side - width - left, bottom: side - height - top, background: GREY })
    .raw()
    .toBuffer();
  return {
    pixels: byColour(rgb),
    place: (found) => ({
      left: (found.centreX - found.width / 2 - left) / width,
      top: (found.centreY - found.height / 2 - top) / height,
      width: found.width / width,
      height: found.height / height,
    }),
  };
}

function byColour(rgb: Uint8Array): Float32Array<ArrayBuffer> {
  const area = rgb.length / 3;
  const pixels = new Float32Array(rgb.length);
  for (let at = 0; at < area; at++) {
    for (let colour = 0; colour < 3; colour++)
      pixels[colour * area + at] = (rgb[at * 3 + colour] as number) / 255;
  }
  return pixels;
}
