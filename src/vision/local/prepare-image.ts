import { clipPixels } from './clip-pixels.ts';
import { decoded } from './decode.ts';

/** What the encoder sees of an image. */
export interface PreparedImage {
  /** 3×224×224, colour by colour, by CLIP's mean and deviation. */
  pixels: Float32Array;
  /** Of the whole upright image, in pixels. */
  width: number;
  height: number;
}

/** Decodes, turns upright, scales and cuts as OpenCLIP does. Throws ItemFailure `image-undecodable` or `image-too-large`. */
export function prepareImage(bytes: Uint8Array): Promise<PreparedImage> {
  return decoded(bytes, (image) => ({
    pixels: clipPixels(image),
    width: image.width,
    height: image.height,
  }));
}
