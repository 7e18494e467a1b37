/**
 * What the providers take, and what one worker may spend on pictures. The prepared image fits every
 * provider, so that one decoding serves all questions about it.
 */

/** OpenAI, `detail: high`: larger images are scaled down to this by OpenAI, so more pixels only cost time. */
export const LONG_SIDE = 2048;
export const SHORT_SIDE = 768;

/** Rekognition refuses images with a side below 80 pixels (and raw bytes above 5 MB, which q85 cannot reach here). */
export const MINIMUM_SIDE = 80;

export const JPEG_QUALITY = 85;

/** Part of every call key: changes whenever the same original would be sent as other pixels. */
export const PREPARATION_VERSION = '2';

/** A JPEG that needs no change is sent as it is up to here; larger ones are encoded anew, which makes them small. */
export const PLAIN_JPEG_BYTES = 2 * 1024 * 1024;

/** Larger images are refused from their header, before anything is decoded (libvips' own default). */
export const MAX_PIXELS = 268_402_689;

/** Memory that all decoders of a process may take at the same time; what needs more alone is refused. */
export const DECODER_BYTES = 192 * 1024 * 1024;

/** Memory for originals that are being read; one image host has half of it at most. */
export const ORIGINAL_BYTES = 32 * 1024 * 1024;

/** Larger originals are prepared while they are read, because 64 of them in flight would fill the memory. */
export const KEPT_ORIGINAL_BYTES = 1024 * 1024;

/** Assumed for a download that does not tell its length. */
export const UNTOLD_LENGTH_BYTES = 8 * 1024 * 1024;
