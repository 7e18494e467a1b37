import sharp, { type Metadata, type OutputInfo } from 'sharp';
import { ItemFailure } from '../../domain/failure.ts';
import { foreignKind } from '../foreign-bytes.ts';
import { MAX_PIXELS } from '../limits.ts';
import { MemoryBudget } from '../memory-budget.ts';
import type { RgbImage } from './bicubic.ts';

/** Memory that decoded images of a process may take at the same time; one that needs more is decoded alone. */
const DECODED_BYTES = 64 * 1024 * 1024;

/** An image that needs more is refused. */
const LARGEST_DECODED = 192 * 1024 * 1024;

const PHOTO_FORMATS = new Set(['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif', 'avif', 'jp2', 'jxl']);

const decoders = new MemoryBudget(DECODED_BYTES);

/**
 * Hands over the image upright and in full size, as Python's Pillow sees it: colour profiles are not applied, alpha is
 * dropped (colours under it stay), of 16 bits the upper eight are kept, CMYK is multiplied out. `use` ends with the
 * image's memory. Throws ItemFailure `image-undecodable` or `image-too-large`.
 */
export async function decoded<T>(bytes: Uint8Array, use: (image: RgbImage) => T): Promise<T> {
  const header = await readHeader(bytes);
  const { width, height } = header;
  const memory = width * height * (header.channels + 3);
  if (width * height > MAX_PIXELS || memory > LARGEST_DECODED) {
    throw new ItemFailure(
      'image-too-large',
      `the image has ${width}×${height} pixels (${header.format}), more than can be decoded safely`,
    );
  }
  return decoders.spend(memory, async () => use(await decode(bytes, header)));
}

async function readHeader(bytes: Uint8Array): Promise<Metadata> {
  if (bytes.length === 0) throw undecodable('it is empty');
  const foreign = foreignKind(bytes);
  if (foreign !== null) throw undecodable(`it is ${foreign}`);
  let header: Metadata;
  try {
    header = await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (cause) {
    throw undecodable(reason(cause), cause);
  }
  if (!PHOTO_FORMATS.has(header.format)) throw undecodable(`${header.format} is no photo format`);
  return header;
}

async function decode(bytes: Uint8Array, header: Metadata): Promise<RgbImage> {
  // `error`: truncated files fail, harmless warnings (stray bytes between markers) do not.
  let pipeline = sharp(bytes, { failOn: 'error', limitInputPixels: MAX_PIXELS, ignoreIcc: true })
    .autoOrient()
    .removeAlpha();
  // Kept as it is: libvips would convert by a profile.
  if (header.space === 'cmyk') pipeline = pipeline.pipelineColourspace('cmyk').toColourspace('cmyk');
  let raw: { data: Buffer; info: OutputInfo };
  try {
    raw = await pipeline.raw().toBuffer({ resolveWithObject: true });
  } catch (cause) {
    throw undecodable(reason(cause), cause);
  }
  const { width, height, channels } = raw.info;
  return { data: inRgb(raw.data, channels), width, height };
}

function inRgb(data: Buffer, channels: number): Uint8Array {
  if (channels === 3) return data;
  const rgb = new Uint8Array((data.length / channels) * 3);
  const colourOf = channels === 4 ? multipliedOut : (grey: Buffer, at: number) => grey[at] as number;
  for (let from = 0, to = 0; to < rgb.length; from += channels, to += 3) {
    for (let colour = 0; colour < 3; colour++) rgb[to + colour] = colourOf(data, from, colour);
  }
  return rgb;
}

/** What a colour's ink and black leave of white, rounded as Pillow does. */
function multipliedOut(cmyk: Buffer, at: number, colour: number): number {
  const white = 255 - (cmyk[at + 3] as number);
  const product = (cmyk[at + colour] as number) * white + 128;
  return white - (((product >> 8) + product) >> 8);
}

function undecodable(why: string, cause?: unknown): ItemFailure {
  return new ItemFailure('image-undecodable', `the image cannot be decoded: ${why}`, { cause });
}

function reason(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split('\n')[0] ?? cause.message) : String(cause);
}
