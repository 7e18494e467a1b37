import { hash } from 'node:crypto';
import { ItemFailure } from '../domain/failure.ts';
import type { HostPace } from '../domain/host-pace.ts';
import { KEPT_ORIGINAL_BYTES, ORIGINAL_BYTES } from './limits.ts';
import { measure } from './measure.ts';
import { MemoryBudget } from './memory-budget.ts';
import { type ImageSource, type Original, openFile, openHttp } from './originals.ts';
import { prepare } from './prepare.ts';
import { resolveReference } from './reference.ts';
import type { ImageMeasures, PreparedImage, SourceImage } from './vision.ts';

/** Makes {@link Vision.load}. */
export function imageLoader(
  source: ImageSource,
): (reference: string, hosts?: HostPace) => Promise<SourceImage> {
  const memory = new MemoryBudget(ORIGINAL_BYTES);
  return async (reference, hosts) => {
    const url = resolveReference(reference, source.base);
    const original =
      url.protocol === 'file:' ? await openFile(url, source) : await download(url, source, hosts);
    return memory.spend(original.expectedBytes, () => read(reference, original), url.host || undefined);
  };
}

async function download(url: URL, source: ImageSource, hosts: HostPace | undefined): Promise<Original> {
  await hosts?.turn(url.host);
  try {
    return await openHttp(url, source);
  } catch (error) {
    if (error instanceof ItemFailure && error.retryAfterMs !== undefined)
      await hosts?.throttled(url.host, error.retryAfterMs);
    throw error;
  }
}

async function read(reference: string, original: Original): Promise<SourceImage> {
  const bytes = await original.read();
  const image = new LoadedImage(reference, bytes);
  // A failure is remembered, and told to whoever asks for the prepared image.
  if (bytes.length > KEPT_ORIGINAL_BYTES) await image.prepared().catch(() => {});
  return image;
}

/** Lets the original go when it is prepared. */
class LoadedImage implements SourceImage {
  readonly reference: string;
  readonly size: number;
  readonly hash: string;
  #original: Buffer | null;
  #prepared: Promise<PreparedImage> | null = null;
  #measured: Promise<ImageMeasures> | null = null;

  constructor(reference: string, original: Buffer) {
    this.reference = reference;
    this.size = original.length;
    this.hash = hash('sha256', original, 'hex');
    this.#original = original;
  }

  prepared(): Promise<PreparedImage> {
    if (this.#prepared === null && this.#original !== null) {
      this.#prepared = prepare(this.reference, this.#original);
      this.#original = null;
    }
    return this.#prepared as Promise<PreparedImage>;
  }

  measured(): Promise<ImageMeasures> {
    this.#measured ??= this.prepared().then((prepared) => measure(this.reference, prepared));
    return this.#measured;
  }
}
