import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { type Dice, dice } from '../sample/random.ts';

const WIDTH = 96;
const HEIGHT = 128;
const COLORS = 16;
const SHAPES = 48;

/**
 * Pictures of 96 × 128 pixels, the same for the same words. Few shapes are drawn and packed once; each picture has one of them
 * in colors of its own, so a PNG costs microseconds, and what a model sees differs from picture to picture.
 */
export async function painter(seed: number): Promise<(what: string, jpeg: boolean) => Promise<Buffer>> {
  const shapes = Array.from({ length: SHAPES }, (_, index) => packedShape(dice('shape', seed, index)));
  return async (what, jpeg) => {
    const bits = createHash('sha512').update(`${seed}/${what}`).digest();
    const shape = shapes[bits.readUInt16LE(COLORS * 3) % SHAPES] ?? Buffer.alloc(0);
    const png = pngOf(shape, bits.subarray(0, COLORS * 3));
    return jpeg ? sharp(png).jpeg({ quality: 82 }).toBuffer() : png;
  };
}

/** Rectangles and discs over one another: the number of a color for each pixel, as a PNG packs it. */
function packedShape(choose: Dice): Buffer {
  const rows = Buffer.alloc((WIDTH + 1) * HEIGHT);
  for (let color = 1; color < COLORS; color++) {
    const round = choose.chance(0.5);
    const [x, y] = [choose.int(0, WIDTH), choose.int(0, HEIGHT)];
    const [across, down] = [choose.int(6, 40), choose.int(6, 40)];
    for (let row = Math.max(0, y - down); row < Math.min(HEIGHT, y + down); row++) {
      const reach = round ? across * Math.sqrt(1 - ((row - y) / down) ** 2) : across;
      const from = Math.max(0, Math.round(x - reach));
      const to = Math.min(WIDTH, Math.round(x + reach));
      // The first byte of a row names its filter: 0, none.
      if (from < to) rows.fill(color, row * (WIDTH + 1) + 1 + from, row * (WIDTH + 1) + 1 + to);
    }
  }
  return deflateSync(rows);
}

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const HEADER = header();

function pngOf(shape: Buffer, palette: Buffer): Buffer {
  const end = Buffer.alloc(0);
  const chunks = [HEADER, chunk('PLTE', palette), chunk('IDAT', shape), chunk('IEND', end)];
  return Buffer.concat([SIGNATURE, ...chunks]);
}

function header(): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(WIDTH, 0);
  data.writeUInt32BE(HEIGHT, 4);
  data.writeUInt8(8, 8);
  // A palette.
  data.writeUInt8(3, 9);
  return chunk('IHDR', data);
}

function chunk(type: string, data: Buffer): Buffer {
  const frame = Buffer.alloc(8 + data.length + 4);
  frame.writeUInt32BE(data.length, 0);
  frame.write(type, 4, 'ascii');
  data.copy(frame, 8);
  frame.writeUInt32BE(crc32(frame.subarray(4, 8 + data.length)), 8 + data.length);
  return frame;
}
