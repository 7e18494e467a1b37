import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { detectRule, groupImages } from '../../../src/domain/predictions/groups.ts';
import { type MadeProject, makeProjects } from '../../../src/stack/predictions/projects.ts';
import { readCatalogue } from '../../../src/stores/archives/catalogue.ts';
import { openArchive } from '../../../src/stores/archives/open.ts';

let parent: string;
let made: MadeProject[];
const wanted = { scale: 1 / 200, least: 12, seed: 7 };

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'projects-'));
  made = await makeProjects({ folder: join(parent, 'a'), ...wanted });
});

afterAll(() => rm(parent, { recursive: true }));

test("the plan's 21 projects are made, each with its images, and mojo3 alone is done", async () => {
  const projects = await readCatalogue(join(parent, 'a/catalogue.yaml'), join(parent, 'a'));
  expect(projects).toEqual(made.map(({ id, source, done }) => ({ id, source, done })));
  expect(projects).toHaveLength(21);
  expect(projects.filter(({ done }) => done).map(({ id }) => id)).toEqual(['mojo3']);
  expect(made.find(({ id }) => id === 'mojo1')?.images).toBe(192);
  expect(made.find(({ id }) => id === 'dalia')?.images).toBe(12);
  for (const { source, images } of made) {
    const archive = await openArchive(source);
    expect(archive.images).toHaveLength(images);
  }
});

test('every image can be decoded, and no two look the same', async () => {
  const seen = new Set<string>();
  let images = 0;
  for (const { source } of made) {
    const archive = await openArchive(source);
    for (const { name } of archive.images) {
      const { data, info } = await sharp(await archive.read(name))
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect(info).toMatchObject({ width: 96, height: 128, channels: 3 });
      seen.add(createHash('sha1').update(data).digest('hex'));
      images++;
    }
  }
  expect(seen.size).toBe(images);
});

test('most projects are grouped by stage, and all have groups of several images', async () => {
  const rules: Record<string, string> = {};
  for (const { id, source } of made) {
    const archive = await openArchive(source);
    const names = archive.images.map(({ name }) => name);
    const rule = detectRule(names);
    rules[id] = rule.name;
    const several = groupImages(names, rule).filter(({ images }) => images.length > 1);
    expect(several.length).toBeGreaterThan(1);
  }
  expect(Object.values(rules).filter((rule) => rule === 'stage')).toHaveLength(18);
  expect(rules).toMatchObject({ dalia: 'folder', 'mixed-0919': 'folder', 'jmlimages-random': 'folder' });
});

test('the same seed makes the same bytes, and another one others', async () => {
  const again = await makeProjects({ folder: join(parent, 'b'), ...wanted });
  const other = await makeProjects({ folder: join(parent, 'c'), ...wanted, seed: 8 });
  for (const id of ['Patricia', 'dalia']) {
    const [first, second, third] = await Promise.all(
      [made, again, other].map((projects) => readFile(String(projects.find((one) => one.id === id)?.source))),
    );
    expect(second).toEqual(first);
    expect(third).not.toEqual(first);
  }
});

test('other programs can read the zips', async () => {
  const zip = await readFile(join(parent, 'a', 'Average Patricia.zip'));
  const images = Object.entries(unzipSync(zip)).filter(([name]) => name.startsWith('Average Patricia/'));
  expect(images).toHaveLength(12);
  for (const [, bytes] of images) expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png' });
});
