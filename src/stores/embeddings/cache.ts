import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openIndexFile } from './index-file.ts';
import type { Line } from './line.ts';
import { EMBEDDING_LENGTH, fromNpy, toNpy } from './npy.ts';

export interface CachedEmbedding {
  /** 512 numbers of length 1. */
  embedding: Float32Array;
  /** Of the upright image, in pixels. */
  width: number;
  height: number;
}

/**
 * Embeddings by the sha-256 of the image file's bytes, made by one encoder; others' are never given. Several processes
 * may use the same files.
 */
export interface EmbeddingCache {
  /** Null when it is not there, or cannot be used. */
  get(contentHash: string): Promise<CachedEmbedding | null>;
  /** `source`: where the image is, for people. */
  put(contentHash: string, entry: CachedEmbedding & { source: string }): Promise<void>;
  close(): Promise<void>;
}

export interface CachePlace {
  /** Holds `{hash}.npy`. */
  folder: string;
  /** `processed_images.jsonl`. */
  index: string;
  /** sha-256 of the encoder's file. */
  encoder: string;
  /** What to do with lines that name no encoder. Default: ignore. */
  cacheOfUnknownEncoder?: 'ignore' | 'trust';
}

export async function openEmbeddingCache(place: CachePlace): Promise<EmbeddingCache> {
  const { folder, encoder, cacheOfUnknownEncoder = 'ignore' } = place;
  await mkdir(folder, { recursive: true });
  const known = await openIndexFile(place.index, (line) =>
    line.encoder === undefined ? cacheOfUnknownEncoder === 'trust' : line.encoder === encoder,
  );
  return {
    get: async (hash) => {
      const line = await known.find(hash);
      if (line === null) return null;
      const embedding = usable(await numbersOf(folder, line));
      return embedding && { embedding, width: line.width, height: line.height };
    },
    // The file before its line: a line always has its file.
    put: async (hash, { embedding, width, height, source }) => {
      const embedding_file = await keep(folder, { hash, encoder, content: toNpy(embedding) });
      const processed_at = new Date().toISOString();
      await known.append({ hash, image_path: source, embedding_file, width, height, encoder, processed_at });
    },
    close: known.close,
  };
}

async function numbersOf(folder: string, line: Line): Promise<Float32Array | null> {
  if (line.embedding) return Float32Array.from(line.embedding);
  // Other machines wrote other paths; the name is what counts.
  const name = path.basename((line.embedding_file ?? `${line.hash}.npy`).replaceAll('\\', '/'));
  const file = await readFile(path.join(folder, name)).catch(() => null);
  return file && fromNpy(file);
}

/** Other programs may not have scaled it to length 1; ours are given back to the bit. */
function usable(embedding: Float32Array | null): Float32Array | null {
  if (embedding?.length !== EMBEDDING_LENGTH) return null;
  const length = Math.sqrt(embedding.reduce((sum, value) => sum + value * value, 0));
  if (!Number.isFinite(length) || length === 0) return null;
  return Math.abs(length - 1) < 1e-5 ? embedding : embedding.map((value) => value / length);
}

/**
 * `{hash}.npy` belongs to who makes it first and is never written again; who comes later (another encoder, or this one
 * after a crash) takes a name with the encoder in it. Returns the file's name.
 */
async function keep(
  folder: string,
  { hash, encoder, content }: { hash: string; encoder: string; content: Buffer },
): Promise<string> {
  const unfinished = path.join(folder, `.${hash}.${process.pid}.${crypto.randomUUID()}.unfinished`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(unfinished, content);
    const plain = `${hash}.npy`;
    if (await linked(unfinished, path.join(folder, plain))) return plain;
    const own = `${hash}.${encoder.slice(0, 16)}.npy`;
    await rename(unfinished, path.join(folder, own));
    return own;
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** In contrast to a rename, a link never replaces a file. Some file systems have none: then the other name serves. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (['EEXIST', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code ?? '')) return false;
    throw error;
  }
}
