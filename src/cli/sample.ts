import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import envPaths from 'env-paths';
import { readConfig, requireVariable } from '../config.ts';
import { generateSample, type SampleSummary } from '../stack/sample/generate.ts';
import type { SampleSize } from '../stack/sample/plan.ts';
import { say } from './output.ts';

/** Photos are drawn once, and kept for the next sample. */
export const SAMPLE_PHOTOS = path.join(envPaths('temporal-backfill', { suffix: '' }).cache, 'sample');

const IMAGES_PER_VEHICLE = 24;

export function sampleSize(images: number): SampleSize {
  return { images, vehicles: Math.max(1, Math.round(images / IMAGES_PER_VEHICLE)) };
}

/** Fills the database of the stack over this data folder, and lets image keys resolve to the drawn photos. */
export async function loadSample(images: number, dataDir: string): Promise<SampleSummary> {
  const databaseUrl = requireVariable(readConfig(), 'DATABASE_URL');
  await useSamplePhotos(dataDir);
  return generateSample({ ...sampleSize(images), databaseUrl, dir: SAMPLE_PHOTOS, say });
}

/** Lets workers over this data folder read the drawn photos. */
export async function useSamplePhotos(dataDir: string): Promise<void> {
  const base = pathToFileURL(`${SAMPLE_PHOTOS}${path.sep}`).href;
  await writeFile(baseFile(dataDir), base);
  process.env.IMAGE_BASE_URL = base;
}

/** Where the images of this data folder's sample are; nothing where it has none. */
export async function sampleVariables(dataDir: string): Promise<Record<string, string>> {
  try {
    return { IMAGE_BASE_URL: await readFile(baseFile(dataDir), 'utf8') };
  } catch {
    return {};
  }
}

function baseFile(dataDir: string): string {
  return path.join(dataDir, 'sample-images.txt');
}
