import { bicubicSquare, type RgbImage } from './bicubic.ts';

/** The side of what the encoder sees, in pixels. */
export const CLIP_SIDE = 224;

const MEAN = [0.48145466, 0.4578275, 0.40821073] as const;
const DEVIATION = [0.26862954, 0.26130258, 0.27577711] as const;

/**
 * OpenCLIP's preprocessing of an upright image: the short side to 224 (bicubic), the square in the middle, each
 * colour by CLIP's mean and deviation. Colour by colour (3×224×224).
 */
export function clipPixels(image: RgbImage): Float32Array {
  const { width, height } = clipSize(image);
  const left = roundHalfToEven((width - CLIP_SIDE) / 2);
  const top = roundHalfToEven((height - CLIP_SIDE) / 2);
  const square = bicubicSquare(image, { width, height, left, top, side: CLIP_SIDE });
  const area = CLIP_SIDE * CLIP_SIDE;
  const pixels = new Float32Array(3 * area);
  LEVELS.forEach((levels, colour) => {
    for (let at = 0; at < area; at++) {
      pixels[colour * area + at] = levels[square[at * 3 + colour] as number] as number;
    }
  });
  return pixels;
}

/** Torchvision cuts the long side's fraction off. */
function clipSize({ width, height }: { width: number; height: number }): { width: number; height: number } {
  const long = Math.floor((CLIP_SIDE * Math.max(width, height)) / Math.min(width, height));
  return width < height ? { width: CLIP_SIDE, height: long } : { width: long, height: CLIP_SIDE };
}

/** As Python rounds, and so torchvision. */
function roundHalfToEven(value: number): number {
  const down = Math.floor(value);
  if (value - down !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}

/** What each of the 256 levels of a colour becomes. */
const LEVELS = MEAN.map((mean, colour) =>
  Float32Array.from({ length: 256 }, (_, level) => (level / 255 - mean) / (DEVIATION[colour] as number)),
);
