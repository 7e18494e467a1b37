import { crc32 } from 'node:zlib';
import type { OutputInfo } from 'sharp';
import sharp from 'sharp';

/**
 * A coded strip along the top edge of a picture: 64 cells, dark or light, as wide as the picture. They say
 * a 32-bit number and 24 bits of its CRC, between two fixed marks. Large cells of neutral grey survive
 * scaling and JPEG, and the strip is a fraction of the width, so that it is found at any scale.
 */
const CELLS = 64;
const START = [0, 1, 0, 1];
const END = [1, 0, 1, 0];
const DARK = '#1a1a1a';
const LIGHT = '#e6e6e6';

/** Height of the strip in a picture of this width, both in pixels. */
export function stripHeight(width: number): number {
  return width / 48;
}

/** The strip as an SVG fragment, to be drawn last. `number`: 0 to 2^32 - 1. */
export function stripSvg(number: number, width: number): string {
  const cell = width / CELLS;
  const height = stripHeight(width);
  const bars = cellsOf(number).flatMap((light, index) =>
    light === 1 ? [`M${index * cell} 0h${cell}v${height}h${-cell}z`] : [],
  );
  return (
    `<g shape-rendering="crispEdges"><rect width="${width}" height="${height}" fill="${DARK}"/>` +
    `<path d="${bars.join('')}" fill="${LIGHT}"/></g>`
  );
}

/** The number in an upright picture's strip; null where there is none that can be trusted. */
export async function readStrip(image: Buffer): Promise<number | null> {
  const levels = await cellLevels(image);
  if (levels === null) return null;
  const marks = [...START, ...END];
  const marked = [...levels.slice(0, START.length), ...levels.slice(-END.length)];
  const dark = mean(marked.filter((_, index) => marks[index] === 0));
  const light = mean(marked.filter((_, index) => marks[index] === 1));
  if (light - dark < 40) return null;
  const cells = levels.map((level) => (level * 2 > dark + light ? 1 : 0));
  const number = Number.parseInt(cells.slice(START.length, START.length + 32).join(''), 2);
  return cells.join('') === cellsOf(number).join('') ? number : null;
}

function cellsOf(number: number): number[] {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return [...START, ...bits(number, 32), ...bits(crc32(bytes) >>> 8, 24), ...END];
}

function bits(value: number, count: number): number[] {
  return [...value.toString(2).padStart(count, '0')].map(Number);
}

/**
 * Mean brightness of the middle of each cell. Only the rows down to the strip's middle are decoded.
 * Anything that is no picture has no levels.
 */
async function cellLevels(image: Buffer): Promise<number[] | null> {
  try {
    const { width } = await sharp(image).metadata();
    const height = stripHeight(width);
    const top = Math.floor(height * 0.4);
    const band = { left: 0, top, width, height: Math.max(1, Math.min(8, Math.floor(height * 0.7) - top)) };
    const { data, info } = await sharp(image, { sequentialRead: true })
      .extract(band)
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return Array.from({ length: CELLS }, (_, cell) => cellLevel(data, info, cell));
  } catch {
    return null;
  }
}

function cellLevel(data: Buffer, info: OutputInfo, cell: number): number {
  const from = Math.floor(((cell + 0.3) * info.width) / CELLS);
  const to = Math.max(from + 1, Math.floor(((cell + 0.7) * info.width) / CELLS));
  let sum = 0;
  for (let y = 0; y < info.height; y++)
    for (let x = from; x < to; x++) sum += data[(y * info.width + x) * info.channels] ?? 0;
  return sum / (info.height * (to - from));
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
