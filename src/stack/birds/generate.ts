import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fileSample } from '../sample/files.ts';
import { drawBirdPhoto } from './photo.ts';
import { type PlannedBirdPhoto, planBirds } from './plan.ts';
import { fillImages } from './table.ts';

export interface BirdSampleOptions {
  images: number;
  databaseUrl: string;
  /** Where the photos are kept; what is there already is not drawn again. */
  dir: string;
  /** Where rows say that photos are, where a server has them: a URL that ends with `/`. */
  base?: string;
  /** Told now and then what goes on. */
  say?: (line: string) => void;
}

export interface BirdSample {
  photos: PlannedBirdPhoto[];
  /** Files written by this call, and those that were there. */
  drawn: number;
  kept: number;
}

/**
 * Draws the photos and fills `images`. Rows that are there stay as they are, so that doing it again changes
 * nothing. Throws UsageError where the table holds data that is not the sample's.
 */
export async function generateBirds(options: BirdSampleOptions): Promise<BirdSample> {
  const { images, databaseUrl, dir, say = () => {} } = options;
  const { base = pathToFileURL(join(dir, sep)).href } = options;
  const photos = planBirds(images);
  const files = await fileSample({ images: photos, draw: drawBirdPhoto, dir, say });
  await fillImages({ plan: photos, databaseUrl, base });
  return { photos, ...files };
}
