import { type Inference, startInference } from './inference.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { type Box, orderedBox, unitLength } from './model-answers.ts';
import { findModel, type ModelFile } from './model-file.ts';
import type { PreparedImage } from './prepare-image.ts';
import { checkSignature, type Role, SHAPES } from './signatures.ts';

/**
 * Calls may be made at the same time; they are answered in order, one image at a time, in a thread of their own. So an
 * image's numbers are the same to the bit, whatever is asked beside it.
 */
export interface LocalModels {
  encoder: ModelFile;
  ranker: ModelFile;
  cropper: ModelFile;
  cacheOfUnknownEncoder: Manifest['cacheOfUnknownEncoder'];
  /** 512 numbers of length 1. The image's pixels are handed over, and empty afterwards. */
  embed(image: PreparedImage): Promise<Float32Array>;
  /** One score per embedding. */
  score(embeddings: readonly Float32Array[]): Promise<number[]>;
  /** One box per image, ordered and within 0..1. Width and height: pixels of the upright image. */
  crop(images: readonly { embedding: Float32Array; width: number; height: number }[]): Promise<Box[]>;
  close(): Promise<void>;
}

/**
 * Encoder, ranker and crop proposer of a folder, by `models.json` or their usual names. Throws UsageError when a file
 * is missing, is no model, or has other shapes.
 */
export async function openModels(folder: string): Promise<LocalModels> {
  const manifest = await readManifest(folder);
  const encoder = await findModel(folder, manifest.encoder);
  const ranker = await findModel(folder, manifest.ranker);
  const cropper = await findModel(folder, manifest.cropper);
  const files = { encoder: encoder.file, ranker: ranker.file, cropper: cropper.file };
  const inference = await startInference(files, REMEDY);
  try {
    for (const [role, signature] of Object.entries(inference.signatures)) {
      checkSignature(role as Role, files[role as Role], signature);
    }
  } catch (error) {
    await inference.close();
    throw error;
  }
  return {
    encoder,
    ranker,
    cropper,
    cacheOfUnknownEncoder: manifest.cacheOfUnknownEncoder,
    ...questions(inference, manifest.dimensionScale),
    close: inference.close,
  };
}

const REMEDY = 'Make it anew with scripts/export-models.py, or copy it again.';

function questions(
  { run }: Inference<Role>,
  dimensionScale: number,
): Pick<LocalModels, 'embed' | 'score' | 'crop'> {
  return {
    embed: async ({ pixels }) =>
      unitLength(await run('encoder', pixels as Float32Array<ArrayBuffer>, SHAPES.encoder.input)),
    score: async (embeddings) => {
      if (embeddings.length === 0) return [];
      return [...(await run('ranker', joined(embeddings, 512), SHAPES.ranker.input))];
    },
    crop: async (images) => {
      if (images.length === 0) return [];
      const rows = images.map(({ embedding, width, height }) =>
        Float32Array.of(...embedding, width / dimensionScale, height / dimensionScale),
      );
      const boxes = await run('cropper', joined(rows, 514), SHAPES.cropper.input);
      return rows.map((_, at) => orderedBox(boxes.subarray(at * 4, at * 4 + 4)));
    },
  };
}

function joined(rows: readonly Float32Array[], width: number): Float32Array<ArrayBuffer> {
  const all = new Float32Array(rows.length * width);
  rows.forEach((row, at) => {
    if (row.length !== width) throw new RangeError(`row ${at} has ${row.length} numbers instead of ${width}`);
    all.set(row, at * width);
  });
  return all;
}
