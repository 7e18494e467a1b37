import { readConfig, requireVariable } from '../config.ts';
import { generateBirds } from '../stack/birds/generate.ts';
import { say } from './output.ts';
import { SAMPLE_PHOTOS, useSamplePhotos } from './sample.ts';
import { formatCount } from './table.ts';

/** As many as the script had that `image-quality` replaces. */
export const BIRDS = 1_234;

/** Fills `images` in the database of the stack with drawn photos of birds; rows that are there stay as they are. */
export async function loadBirdSample(images: number, dataDir: string): Promise<void> {
  const databaseUrl = requireVariable(readConfig(), 'DATABASE_URL');
  await useSamplePhotos(dataDir);
  await generateBirds({ images, databaseUrl, dir: SAMPLE_PHOTOS, say });
  say(`${formatCount(images)} bird photos in table images, none of them scored`);
  say(
    `'start-backfill image-quality --dry-run' says what scoring them would cost, and without --dry-run it does it`,
  );
}
