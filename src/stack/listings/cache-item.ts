import { dice } from '../sample/random.ts';
import type { PlannedPhoto } from './photos.ts';

/** What the uploader put into `hearth-vision-cache`; small where nobody looks. */
export interface CacheItem {
  image_url: string;
  /** A map, or the same as JSON; sometimes neither. */
  analysis: unknown;
  image_hash: string;
  llm_response: string;
  embedding: number[];
  embedding_model: string;
  analysis_model: string;
  cached_at: string;
}

/** Depends on nothing but the photo: two listings that show it mean the same item. */
export function cacheItem({ url, analysis, ...instead }: PlannedPhoto): CacheItem {
  const choose = dice(url);
  const json = choose.chance(1 / 3);
  const said = 'held' in instead ? instead.held : analysis;
  return {
    image_url: url,
    analysis: json && !('held' in instead) ? JSON.stringify(said) : said,
    image_hash: choose.int(0x1000_0000, 0xffff_ffff).toString(16),
    llm_response: `{"image_type": ${JSON.stringify(analysis.image_type) ?? null}, …`,
    embedding: [choose.int(-99, 99) / 100, choose.int(-99, 99) / 100],
    embedding_model: 'amazon.titan-embed-image-v1',
    analysis_model: 'claude-3-haiku',
    cached_at: new Date(Date.UTC(2025, choose.int(0, 8), choose.int(1, 28), choose.int(0, 23))).toISOString(),
  };
}
