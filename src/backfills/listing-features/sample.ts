import { createHash } from 'node:crypto';
import type { JsonObject } from '../../domain/json.ts';
import type { ListingIndex } from './listing-index.ts';

/** The most that a search gives at once. */
const MOST_HITS = 10_000;

export interface Draw {
  query: JsonObject;
  size: number;
  /** The same seed draws the same listings. */
  seed: number;
}

/** Ids of listings drawn by chance, each as likely as any other. */
export async function draw(index: ListingIndex, { query, size, seed }: Draw): Promise<string[]> {
  const by = await index.by();
  if (size > MOST_HITS) return drawFromAll(index, { query, size, seed });
  const { hits } = await index.search({
    size,
    query: { function_score: { query, random_score: { seed, field: by }, boost_mode: 'replace' } },
    sort: [{ _score: 'desc' }, { [by]: 'asc' }],
  });
  return hits.map(({ id }) => id);
}

async function drawFromAll(index: ListingIndex, { query, size, seed }: Draw): Promise<string[]> {
  const chances: { id: string; chance: string }[] = [];
  for await (const { id } of index.every(query)) {
    chances.push({ id, chance: createHash('sha1').update(`${seed} ${id}`).digest('hex') });
  }
  chances.sort((a, b) => (a.chance < b.chance ? -1 : 1));
  return chances.slice(0, size).map(({ id }) => id);
}
