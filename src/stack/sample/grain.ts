import { dice } from './random.ts';

const FIELD = 1 << 20;
const SIGMA = 5;

/** Film grain of a field that is made once: no two photos take it from the same place. */
export function grained(pixels: Buffer, number: number): Buffer {
  const field = (noise ??= noiseField());
  const mask = FIELD - 1;
  let at = dice('grain', number).int(0, mask);
  for (let index = 0; index + 2 < pixels.length; index += 3) {
    const grain = field[at] ?? 0;
    at = (at + 1) & mask;
    pixels[index] = clamp((pixels[index] ?? 0) + grain);
    pixels[index + 1] = clamp((pixels[index + 1] ?? 0) + grain);
    pixels[index + 2] = clamp((pixels[index + 2] ?? 0) + grain);
  }
  return pixels;
}

let noise: Int8Array | undefined;

/** Near enough to a normal distribution: the sum of four uniform ones. */
function noiseField(): Int8Array {
  const { next } = dice('grain');
  return Int8Array.from({ length: FIELD }, () =>
    Math.round((next() + next() + next() + next() - 2) * SIGMA * 1.73),
  );
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
