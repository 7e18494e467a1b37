/** Eight bits a sample, three samples a pixel (red, green, blue), row by row from the top. */
export interface RgbImage {
  data: Uint8Array;
  width: number;
  height: number;
}

/** A square cut out of an image that was scaled to `width` × `height`. */
export interface Square {
  width: number;
  height: number;
  left: number;
  top: number;
  side: number;
}

/**
 * Scales by bicubic interpolation (a = -0.5, widened by the scale when shrinking) and cuts a square out, computing
 * nothing outside of it: an image one pixel high scales to a giant. The arithmetic is Pillow's, because models are
 * trained on that: columns first, then rows, with coefficients of 22 bits and rounding to 8 bits in between. Bit for bit
 * the same, but where Pillow 13 takes rows first (some tall images): there up to two of 256 levels differ.
 */
export function bicubicSquare(image: RgbImage, square: Square): Uint8Array {
  const { side } = square;
  const columns = kernels(image.width, square.width, square.left, side);
  const rows = kernels(image.height, square.height, square.top, side);
  const firstRow = rows.first[0] as number;
  const lastRow = (rows.first[side - 1] as number) + (rows.count[side - 1] as number);
  const narrow = scaleColumns(image, columns, { firstRow, lastRow, side });
  return scaleRows(narrow, rows, { firstRow, side });
}

const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

interface Kernels {
  /** Of each output sample: the first input sample that counts, how many do, and their weights. */
  first: Int32Array;
  count: Int32Array;
  weights: Int32Array;
  /** Weights set aside for each output sample. */
  taps: number;
}

function kernels(from: number, to: number, offset: number, samples: number): Kernels {
  const scale = from / to;
  const widened = Math.max(scale, 1);
  const support = 2 * widened;
  const taps = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(samples);
  const count = new Int32Array(samples);
  const weights = new Int32Array(samples * taps);
  for (let sample = 0; sample < samples; sample++) {
    const center = (offset + sample + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(from, Math.trunc(center + support + 0.5));
    const exact = Array.from({ length: end - begin }, (_, at) =>
      cubic((at + begin - center + 0.5) / widened),
    );
    const sum = exact.reduce((total, weight) => total + weight, 0);
    first[sample] = begin;
    count[sample] = end - begin;
    exact.forEach((weight, at) => {
      const share = (weight / sum) * 2 ** PRECISION_BITS;
      weights[sample * taps + at] = Math.trunc(share + (share < 0 ? -0.5 : 0.5));
    });
  }
  return { first, count, weights, taps };
}

function cubic(distance: number): number {
  const a = -0.5;
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

function scaleColumns(
  { data, width }: RgbImage,
  { first, count, weights, taps }: Kernels,
  { firstRow, lastRow, side }: { firstRow: number; lastRow: number; side: number },
): Uint8Array {
  const narrow = new Uint8Array((lastRow - firstRow) * side * 3);
  let to = 0;
  for (let row = firstRow; row < lastRow; row++) {
    const start = row * width * 3;
    for (let column = 0; column < side; column++) {
      const end = column * taps + (count[column] as number);
      let from = start + (first[column] as number) * 3;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      for (let tap = column * taps; tap < end; tap++) {
        const weight = weights[tap] as number;
        red = (red + Math.imul(data[from] as number, weight)) | 0;
        green = (green + Math.imul(data[from + 1] as number, weight)) | 0;
        blue = (blue + Math.imul(data[from + 2] as number, weight)) | 0;
        from += 3;
      }
      narrow[to] = clamped(red);
      narrow[to + 1] = clamped(green);
      narrow[to + 2] = clamped(blue);
      to += 3;
    }
  }
  return narrow;
}

function scaleRows(
  narrow: Uint8Array,
  { first, count, weights, taps }: Kernels,
  { firstRow, side }: { firstRow: number; side: number },
): Uint8Array {
  const stride = side * 3;
  const result = new Uint8Array(side * stride);
  const sums = new Int32Array(stride);
  for (let row = 0; row < side; row++) {
    sums.fill(HALF);
    let from = ((first[row] as number) - firstRow) * stride;
    const end = row * taps + (count[row] as number);
    // Memory is walked through in its order, which is what takes the time here.
    for (let tap = row * taps; tap < end; tap++, from += stride) {
      const weight = weights[tap] as number;
      for (let at = 0; at < stride; at++) {
        sums[at] = (sums[at] as number) + Math.imul(narrow[from + at] as number, weight);
      }
    }
    for (let at = 0; at < stride; at++) result[row * stride + at] = clamped(sums[at] as number);
  }
  return result;
}

function clamped(sum: number): number {
  const value = sum >> PRECISION_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
