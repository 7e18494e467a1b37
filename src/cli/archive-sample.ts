import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { makeModels } from '../stack/predictions/models.ts';
import { makeProjects } from '../stack/predictions/projects.ts';
import { say } from './output.ts';
import { formatCount } from './table.ts';

/** Of the plan's 191,216 images. */
export const ONE_IN = 20;
const LEAST = 12;

/**
 * Makes zips of drawn photos, and models with random weights, where `zip-predictions` looks for them; what is there stays
 * as it is.
 */
export async function makeArchiveSample(oneIn: number, dataDir: string): Promise<void> {
  const folder = path.join(dataDir, 'original');
  if (existsSync(folder)) say(`${folder} is there already`);
  else {
    const unfinished = `${folder}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    const projects = await makeProjects({ folder: unfinished, scale: 1 / oneIn, least: LEAST, seed: 1 });
    await rename(unfinished, folder);
    const images = projects.reduce((sum, project) => sum + project.images, 0);
    say(`${projects.length} projects with ${formatCount(images)} drawn photos in ${folder}`);
  }
  const models = path.join(dataDir, 'data', 'ai_data', 'models');
  if (existsSync(models)) say(`${models} is there already`);
  else {
    await makeModels(models, { seed: 1, size: 'small' });
    say(`models with random weights, good for trying things only, in ${models}`);
  }
}
