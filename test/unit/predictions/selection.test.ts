import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SCHEMA } from '../../../src/backfills/zip-predictions/decisions-file.ts';
import { openedProjects } from '../../../src/backfills/zip-predictions/opened-projects.ts';
import { options } from '../../../src/backfills/zip-predictions/options.ts';
import { placesIn } from '../../../src/backfills/zip-predictions/places.ts';
import { knownProjects } from '../../../src/backfills/zip-predictions/projects.ts';
import { imageSource } from '../../../src/backfills/zip-predictions/source.ts';
import { createFileJournal } from '../../../src/stores/file-journal/index.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'selection-'));
  for (const id of ['dalia', 'Smith, Anna']) {
    const photos = path.join(folder, 'original', id);
    await mkdir(photos, { recursive: true });
    for (const name of ['a.jpg', 'b.jpg', 'c.jpg']) await writeFile(path.join(photos, name), 'photo');
  }
});
afterEach(() => rm(folder, { recursive: true }));

function sourceOf(projects?: string, force = false) {
  const given = options.parse({ projects });
  const places = placesIn(folder, given);
  const journal = createFileJournal(path.join(folder, 'journal.db'));
  return imageSource({
    projects: () => knownProjects(places, given.projects),
    opened: openedProjects('auto'),
    force,
    journal,
  });
}

const everything = { only: 'missing' as const, watermark: '' };

describe('a run over a part of a project', () => {
  test('is told to make no database, with the name of the project', async () => {
    const { items, notes } = await sourceOf().survey('r', everything, 4);
    expect(items).toBe(4);
    expect(notes).toEqual([expect.stringMatching(/part of 'dalia'.* makes no database/)]);
  });

  test('is told so where a list names single photos', async () => {
    const { notes } = await sourceOf().survey('r', { ...everything, ids: true }, undefined, ['dalia/b.jpg']);
    expect(notes).toEqual([expect.stringContaining("part of 'dalia'")]);
  });

  test('is not told of, where projects are selected as a whole', async () => {
    expect((await sourceOf().survey('r', everything, 6)).notes).toEqual([]);
    expect((await sourceOf('dalia').survey('r', everything)).notes).toEqual([]);
  });
});

describe('--projects', () => {
  test('names a project whose id has a comma', async () => {
    expect(await sourceOf('Smith\\, Anna').survey('r', everything)).toMatchObject({ units: 1, items: 3 });
    expect(await sourceOf('dalia, Smith\\, Anna').survey('r', everything)).toMatchObject({ units: 2 });
  });

  test('with a name that nobody has tells the names as they are to be written', async () => {
    const refused = sourceOf('Smith').survey('r', everything);
    await expect(refused).rejects.toMatchObject({ hint: 'those there are: Smith\\, Anna, dalia' });
  });

  test('is read again as it was read before', () => {
    const once = options.parse({ projects: 'dalia,Smith\\, Anna' });
    expect(once.projects).toEqual(['dalia', 'Smith, Anna']);
    expect(options.parse(once)).toEqual(once);
  });
});

test('an archive with as many other photos is told before a page of it begins at the wrong place', async () => {
  const source = sourceOf('dalia');
  await source.fix?.({ runId: 'r', selection: everything });
  const scope = { id: 's', firstUnit: 'dalia', lastUnit: 'dalia', units: 1, items: 3 };
  const page = { runId: 'r', selection: everything, scope, limit: 10 };
  const after = { unit: 'dalia', id: 'dalia/a.jpg' };
  expect((await source.read({ ...page, after })).map(({ id }) => id)).toEqual(['dalia/b.jpg', 'dalia/c.jpg']);
  const photos = path.join(folder, 'original', 'dalia');
  await rename(path.join(photos, 'a.jpg'), path.join(photos, 'd.jpg'));
  await expect(source.read({ ...page, after })).rejects.toThrow(/Project dalia is not as it was: .*a\.jpg/);
});

test('what failed is every project without predictions, and with --force those of which a photo has failed', async () => {
  const databases = path.join(folder, 'data', 'training', 'ai_training_decisions');
  await mkdir(databases, { recursive: true });
  const db = new DatabaseSync(path.join(databases, 'dalia.db'));
  db.exec(`${SCHEMA}; INSERT INTO predictions VALUES ('dalia', 'r', '1', 's', 'stage', 3, 1, 1, 0)`);
  db.close();
  const failed = { only: 'failed' as const, watermark: '' };
  expect(await sourceOf().survey('r', failed)).toMatchObject({
    items: 3,
    skipped: { 'has-predictions-and-no-force': 3 },
  });
  expect(await sourceOf(undefined, true).survey('r', failed)).toMatchObject({ items: 6, skipped: {} });
});
