import { hash } from 'node:crypto';
import { ItemFailure } from '../../domain/failure.ts';
import type { CachedEmbedding, EmbeddingCache } from '../../stores/embeddings/cache.ts';
import type { LocalModels } from '../../vision/local/models.ts';
import { prepareImage } from '../../vision/local/prepare-image.ts';
import type { Processed } from '../define.ts';
import type { Work } from './source.ts';

/** What is known of one image, as a row until its project is complete. */
export interface Prediction {
  sha256: string;
  width: number;
  height: number;
  score: number;
  crop: number[];
  /** By role: name and sha-256 of the file. */
  models: Record<'encoder' | 'ranker' | 'cropper', [name: string, sha256: string]>;
}

/** Throws ItemFailure. */
export async function predict(
  work: Work,
  { models, embeddings }: { models: LocalModels; embeddings: EmbeddingCache },
): Promise<Processed> {
  if (work.kind === 'unreadable') throw new ItemFailure('archive-unreadable', work.why);
  const { project, place } = work;
  const { id, name } = project.images[place] as (typeof project.images)[number];
  const bytes = await project.read(name);
  const sha256 = hash('sha256', bytes);
  const known = await embeddings.get(sha256);
  const seen = known ?? (await embed(bytes, models));
  if (!known) await embeddings.put(sha256, { ...seen, source: id });
  const [[score], [crop]] = await Promise.all([models.score([seen.embedding]), models.crop([seen])]);
  if (score === undefined || !Number.isFinite(score) || crop === undefined)
    throw new ItemFailure('unexpected', `the models have no answer for ${id}: score ${score}, box ${crop}`);
  const { width, height } = seen;
  const { encoder, ranker, cropper } = models;
  const by = { encoder, ranker, cropper };
  const row = {
    ...{ sha256, width, height, score, crop },
    models: Object.fromEntries(Object.entries(by).map(([role, file]) => [role, [file.name, file.sha256]])),
  };
  return { kind: 'write', changes: [{ kind: 'part', row }], cached: known !== null };
}

async function embed(bytes: Buffer, models: LocalModels): Promise<CachedEmbedding> {
  const image = await prepareImage(bytes);
  const { width, height } = image;
  return { embedding: await models.embed(image), width, height };
}
