import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { namesOf } from './names.ts';
import { painter } from './pictures.ts';
import { SEED_PROJECTS, type SeedProject } from './seed-projects.ts';
import { zipWriter } from './zip-writer.ts';

export interface MadeProject {
  id: string;
  source: string;
  images: number;
  done: boolean;
}

/**
 * Writes the plan's 21 projects into a new or empty folder, and `catalogue.yaml` beside them. Each has its number of images times
 * `scale`, and `least` at the least. The same `seed` gives the same bytes; no two images are the same.
 */
export async function makeProjects(wanted: {
  folder: string;
  scale: number;
  least: number;
  seed: number;
}): Promise<MadeProject[]> {
  const { folder, scale, least, seed } = wanted;
  await mkdir(folder, { recursive: true });
  const paint = await painter(seed);
  const made: MadeProject[] = [];
  for (const project of SEED_PROJECTS) {
    const images = Math.max(least, Math.round(project.images * scale));
    const source = join(folder, project.source);
    const names = namesOf(project, images, seed);
    if (project.source.endsWith('.zip')) await writeZip(source, project, names, paint);
    else await writeFolder(source, project, names, paint);
    made.push({ id: project.id, source, images, done: project.done ?? false });
  }
  await writeFile(join(folder, 'catalogue.yaml'), stringify(SEED_PROJECTS.map(entryOf)));
  return made;
}

function entryOf({ id, source, done }: SeedProject) {
  return { id, source, ...(done && { done }) };
}

type Paint = (what: string, jpeg: boolean) => Promise<Buffer>;

/** Encoded side by side: sharp has threads of its own. */
const AT_ONCE = 32;

async function* painted({ id }: SeedProject, names: readonly string[], paint: Paint) {
  for (let start = 0; start < names.length; start += AT_ONCE) {
    const batch = names.slice(start, start + AT_ONCE);
    yield await Promise.all(
      batch.map(async (name) => ({ name, bytes: await paint(`${id}/${name}`, name.endsWith('.jpg')) })),
    );
  }
}

async function writeZip(path: string, project: SeedProject, names: readonly string[], paint: Paint) {
  const zip = await zipWriter(path);
  // In an order of its own, as packed by a camera or a script: who reads must sort.
  const shuffled = names.toSorted((a, b) => Buffer.compare(digest(a), digest(b)));
  for await (const batch of painted(project, project.mac ? names : shuffled, paint)) {
    for (const { name, bytes } of batch) {
      await zip.add(name, bytes);
      if (project.mac) await zip.add(`__MACOSX/${dirname(name)}/._${name.split('/').at(-1)}`, APPLE_DOUBLE);
    }
  }
  if (project.mac) await zip.add('.DS_Store', APPLE_DOUBLE);
  await zip.end();
}

function digest(name: string): Buffer {
  return createHash('sha1').update(name).digest();
}

const APPLE_DOUBLE = Buffer.from('000516070002000000000000000000000000000000000000', 'hex');

async function writeFolder(path: string, project: SeedProject, names: readonly string[], paint: Paint) {
  for (const folder of new Set(names.map((name) => dirname(join(path, name)))))
    await mkdir(folder, { recursive: true });
  for await (const batch of painted(project, names, paint))
    await Promise.all(batch.map(({ name, bytes }) => writeFile(join(path, name), bytes)));
}
