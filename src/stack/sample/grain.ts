import { dice } from './random.ts';

const FIELD = 1 << 20;
const SIGMA = 5;

/** Film grain from a field that is made once; every photo begins at another place in it. */
export function grained(pixels: Buffer, number: number): Buffer {
  noise ??= noiseField();
  const levels = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.length);
  let at = dice('grain', number).int(0, FIELD - 1);
  for (let index = 0; index < levels.length; index++) {
    if (index % 3 === 0) at = (at + 1) % FIELD;
    levels[index] = (levels[index] ?? 0) + (noise[at] ?? 0);
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
