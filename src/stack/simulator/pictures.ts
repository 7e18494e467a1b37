import { hash } from 'node:crypto';
import { isBirdPhoto } from '../birds/kind.ts';
import { type BirdTruth, birdTruthOf } from '../birds/truth.ts';
import { readStrip } from '../sample/strip.ts';
import type { Truth } from '../sample/truth.ts';
import { truthOf } from '../sample/truth.ts';
import type { ImageHeader } from './image-header.ts';
import { readHeader } from './image-header.ts';

export interface Picture extends ImageHeader {
  /** `photo:123` where the picture carries a number, else `bytes:<sha-256 of what was received>`. */
  content: string;
  number: number | null;
  /** What is to be seen. For a picture without a number: something plausible, the same for the same bytes. */
  truth: Truth;
  /** On a bird photo: what is to be seen instead. */
  birds?: BirdTruth;
}

/** The strip has 64 cells; below this width they cannot be told apart. */
const NARROWEST_STRIP = 192;

/** Pictures whose answers are kept: each comes at least twice, for its labels and for a question. */
const KEPT = 2_000;

/** Least recently used first. Promises, so that a picture that comes twice at once is decoded once. */
const pictures = new Map<string, Promise<Picture | null>>();

/** `base64`: the image as it was sent. Null when the bytes are no image that can be decoded. */
export function lookAt(base64: Buffer): Promise<Picture | null> {
  const fingerprint = hash('sha1', base64);
  const known = pictures.get(fingerprint);
  if (known) pictures.delete(fingerprint);
  const picture = known ?? recognise(Buffer.from(base64.toString('latin1'), 'base64'));
  pictures.set(fingerprint, picture);
  if (pictures.size > KEPT) pictures.delete(pictures.keys().next().value as string);
  return picture;
}

async function recognise(bytes: Buffer): Promise<Picture | null> {
  const header = await readHeader(bytes);
  if (header === null) return null;
  const number = header.width < NARROWEST_STRIP ? null : await readStrip(bytes);
  if (number !== null) {
    const birds = isBirdPhoto(number) && { birds: birdTruthOf(number) };
    return { ...header, number, content: `photo:${number}`, truth: truthOf(number), ...birds };
  }
  const digest = hash('sha256', bytes);
  const truth = truthOf(Number.parseInt(digest.slice(0, 5), 16));
  return { ...header, number, content: `bytes:${digest}`, truth };
}
