import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadBirdSample } from '../../src/cli/bird-sample.ts';
import { sampleVariables } from '../../src/cli/sample.ts';
import { type BirdSample, generateBirds } from '../../src/stack/birds/generate.ts';
import { readStrip } from '../../src/stack/sample/strip.ts';
import { createVision } from '../../src/vision/create.ts';
import { freshName } from '../support/gated-stores.ts';
import { createDatabase } from '../support/vehicle-world.ts';

const IMAGES = 40;

let dir: string;
let databaseUrl: string;
let db: pg.Pool;
let sample: BirdSample;

describe('The sample of bird photos in a real PostgreSQL', () => {
  test('is a table as people have it, without scores', async () => {
    const { rows } = await db.query(
      `SELECT column_name AS name, data_type AS type FROM information_schema.columns
        WHERE table_name = 'images' ORDER BY ordinal_position`,
    );
    expect(rows.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'id uuid',
      'url text',
      'title text',
      'photographer text',
      'created_at timestamp with time zone',
      'priority integer',
    ]);
  });

  test('has, under the URL of each row, the photo of its number; but for the planted ones', async () => {
    const { rows } = await db.query<{ id: string; url: string }>('SELECT id, url FROM images');
    expect(rows).toHaveLength(IMAGES);
    const urls = new Map(rows.map(({ id, url }) => [id, url]));
    for (const { id, number, plant } of sample.photos) {
      const url = urls.get(id) ?? '';
      expect(fileURLToPath(url).startsWith(dir)).toBe(true);
      const shown = createVision({ images: { baseUrl: pathToFileURL(join(dir, '/')).href } })
        .load(url)
        .then((image) => image.prepared())
        .then(({ jpeg }) => readStrip(jpeg));
      if (plant) await expect(shown, plant.name).rejects.toMatchObject({ code: plant.failure });
      else expect(await shown, url).toBe(number);
    }
    const planted = sample.photos.flatMap(({ plant }) => plant?.name ?? []);
    expect(planted).toEqual(['missing-file', 'truncated', 'html-page']);
  });

  test('is neither drawn nor changed when it is made again, also where scores were added', async () => {
    await db.query(`ALTER TABLE images ADD COLUMN quality_score integer`);
    await db.query(`UPDATE images SET title = 'by hand', quality_score = 7`);
    const files = await readdir(dir, { recursive: true });
    expect(await generate()).toMatchObject({ drawn: 0, kept: IMAGES - 1 });
    expect(await readdir(dir, { recursive: true })).toEqual(files);
    const { rows } = await db.query(
      `SELECT count(*)::int AS images FROM images WHERE title = 'by hand' AND quality_score = 7`,
    );
    expect(rows).toEqual([{ images: IMAGES }]);
  });

  test('names a server instead of the folder where one has the photos', async () => {
    const elsewhere = await createDatabase(freshName('birds_http'));
    await generate({ databaseUrl: elsewhere, base: 'http://127.0.0.1:8080/photos/' });
    const client = new pg.Client({ connectionString: elsewhere });
    await client.connect();
    const { rows } = await client.query('SELECT url FROM images').finally(() => client.end());
    expect(rows.map(({ url }) => url).toSorted()).toEqual(
      sample.photos.map(({ key }) => `http://127.0.0.1:8080/photos/${key}`).toSorted(),
    );
  });

  test('lies, where a stack has filled its database with it, in a folder that its workers read', async () => {
    const usual = process.env.DATABASE_URL;
    const dataDir = await mkdtemp(join(tmpdir(), 'bird-stack-'));
    process.env.DATABASE_URL = await createDatabase(freshName('birds_stack'));
    const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
    try {
      await loadBirdSample(9, dataDir);
      await client.connect();
      const { rows } = await client.query<{ url: string }>('SELECT url FROM images');
      const { IMAGE_BASE_URL } = await sampleVariables(dataDir);
      const vision = createVision({ images: { baseUrl: IMAGE_BASE_URL } });
      expect(rows).toHaveLength(9);
      for (const { url } of rows) expect((await vision.load(url)).size, url).toBeGreaterThan(0);
    } finally {
      await client.end();
      process.env.DATABASE_URL = usual;
      delete process.env.IMAGE_BASE_URL;
      await rm(dataDir, { recursive: true });
    }
  });

  test('never comes between the rows of another sample', async () => {
    await expect(generate({ images: IMAGES + 1 })).rejects.toThrow('holds another sample');
  });

  test('never comes between data that people own', async () => {
    await db.query('COMMENT ON TABLE images IS NULL');
    await expect(generate()).rejects.toThrow('holds data of its own');
  });

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bird-sample-'));
    databaseUrl = await createDatabase(freshName('birds'));
    db = new pg.Pool({ connectionString: databaseUrl, max: 2 });
    sample = await generate();
  });

  afterAll(async () => {
    await db.end();
    await rm(dir, { recursive: true, force: true });
  });
});

function generate(unlike: Partial<Parameters<typeof generateBirds>[0]> = {}): Promise<BirdSample> {
  return generateBirds({ images: IMAGES, databaseUrl, dir, ...unlike });
}
