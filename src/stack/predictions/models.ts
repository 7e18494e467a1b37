import { mkdir, open, rename } from 'node:fs/promises';
import path from 'node:path';
import { cropperModel, rankerModel } from './heads.ts';
import type { Message } from './protobuf.ts';
import { smallEncoder } from './small-encoder.ts';
import { vitB32 } from './vit-b-32.ts';

export interface RandomModels {
  seed: number;
  /** `vit-b-32`: an encoder of CLIP's size (350 MB), to measure speed with. */
  size: 'small' | 'vit-b-32';
  /** Images that one call takes; any number unless said. */
  batch?: number;
}

/**
 * Writes the three models that predictions need, under their usual names, with random weights made from the seed:
 * right in shape and type, for tests and demos, and good for nothing else. The same seed gives the same bytes.
 */
export async function makeModels(folder: string, { seed, size, batch }: RandomModels): Promise<void> {
  await mkdir(folder, { recursive: true });
  const encoder = size === 'small' ? smallEncoder : vitB32;
  await write(path.join(folder, 'clip_vit_b32.onnx'), encoder(seed, batch ?? null));
  await write(path.join(folder, 'ranker_v4.onnx'), rankerModel(seed, batch ?? null));
  await write(path.join(folder, 'crop_proposer_v3.onnx'), cropperModel(seed, batch ?? null));
}

async function write(name: string, content: Message): Promise<void> {
  const unfinished = `${name}.${process.pid}.unfinished`;
  const file = await open(unfinished, 'w');
  try {
    // One after the other: a single writev takes 1,024 pieces and 2 GB at most.
    for (const piece of content) await file.writeFile(piece);
  } finally {
    await file.close();
  }
  await rename(unfinished, name);
}
