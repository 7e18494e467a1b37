import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../domain/failure.ts';

const names = z.array(z.string().min(1)).min(1);

/** `models.json`: what differs from the usual. Names are those of files without their ending. */
const Manifest = z.strictObject({
  /** The first that is there is used. */
  encoder: names.default(['clip_vit_b32']),
  ranker: names.default(['ranker_v4', 'ranker_v3_w10']),
  cropper: names.default(['crop_proposer_v3']),
  /** What width and height are divided by before the crop proposer sees them. */
  dimensionScale: z.number().positive().default(10_000),
  /**
   * Embeddings whose line does not name an encoder were made by another program: `trust` says that its encoder is
   * this one.
   */
  cacheOfUnknownEncoder: z.enum(['ignore', 'trust']).default('ignore'),
});

export type Manifest = z.infer<typeof Manifest>;

/** Throws UsageError with what is wrong in it. */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = path.join(folder, 'models.json');
  let content = '{}';
  try {
    content = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new UsageError(`${file} cannot be read: ${(cause as Error).message}`, undefined, { cause });
    }
  }
  let values: unknown;
  try {
    values = JSON.parse(content);
  } catch (cause) {
    throw new UsageError(`${file} is not JSON: ${(cause as Error).message}`, undefined, { cause });
  }
  const parsed = Manifest.safeParse(values);
  if (parsed.success) return parsed.data;
  throw new UsageError(
    `${file} does not fit: ${z.prettifyError(parsed.error)}`,
    'docs/zip-predictions.md shows one.',
  );
}
