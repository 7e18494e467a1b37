import path from 'node:path';
import { pathToFileURL } from 'node:url';
import envPaths from 'env-paths';
import { readConfig, requireVariable } from '../config.ts';
import { generateSample, type SampleSummary } from '../stack/sample/generate.ts';
import type { SampleSize } from '../stack/sample/plan.ts';
import { say } from './output.ts';

/** Photos are drawn once, and kept for the next sample. */
const PHOTOS = path.join(envPaths('temporal-backfill', { suffix: '' }).cache, 'sample');

const IMAGES_PER_VEHICLE = 12;

export function sampleSize(images: number): SampleSize {
  return { images, vehicles: Math.max(1, Math.round(images / IMAGES_PER_VEHICLE)) };
}

/** Fills the database and lets image keys resolve to the drawn photos. */
export async function loadSample(images: number): Promise<SampleSummary> {
  const databaseUrl = requireVariable(readConfig(), 'DATABASE_URL');
  process.env.IMAGE_BASE_URL = pathToFileURL(`${PHOTOS}${path.sep}`).href;
  return generateSample({ ...sampleSize(images), databaseUrl, dir: PHOTOS, say });
}
