import { z } from 'zod';

/** A line of `processed_images.jsonl`. */
const Line = z.object({
  /** sha-256 of the image file's bytes, hexadecimal. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  image_path: z.string().optional(),
  /** In the folder of embeddings; `{hash}.npy` when neither this nor `embedding` is given. */
  embedding_file: z.string().optional(),
  /** The numbers themselves. */
  embedding: z.array(z.number()).length(512).optional(),
  /** Of the upright image, in pixels. */
  width: z.int().positive().max(1e6),
  height: z.int().positive().max(1e6),
  /** sha-256 of the encoder's file; without it nobody knows which encoder it was. */
  encoder: z.string().optional(),
  processed_at: z.string().optional(),
});

export type Line = z.infer<typeof Line>;

/** Null for what is no such line: other programs, and writers that were killed, leave those. */
export function parseLine(text: string): Line | null {
  if (!text.startsWith('{')) return null;
  try {
    return Line.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
