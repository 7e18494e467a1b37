import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imageQuality } from '../../src/backfills/image-quality/index.ts';
import type { Run } from '../../src/domain/run.ts';
import type { PlannedBirdPhoto } from '../../src/stack/birds/plan.ts';
import {
  categoryOf,
  contrastOf,
  type ExpectedQuality,
  expectedQuality,
  type Look,
  lumaOf,
  scoreOf,
} from '../support/bird-truth.ts';
import { type BirdWorld, openBirdWorld, QUALITY } from '../support/bird-world.ts';
import { freshName } from '../support/gated-stores.ts';
import { type ImageHost, startImageHost } from '../support/image-host.ts';
import { createDatabase } from '../support/vehicle-world.ts';
import { writeTinyYolo } from '../unit/image-quality/yolo.ts';
import { launch, type Outcome } from './cli-world.ts';

/** So many that each kind of photo is among them. */
const IMAGES = 100;

interface Row {
  id: string;
  score: number | null;
  details: {
    score: number | null;
    category: string | null;
    partial: boolean;
    remark: string | null;
    detector: string;
    birds: number | null;
    criteria: { name: string; weight: number; points: number | null; reason: string }[];
  } | null;
}

let world: BirdWorld;
let folder: string;
/** Those that can be read. */
let sound: PlannedBirdPhoto[];
let planted: PlannedBirdPhoto[];
const lumas = new Map<string, number>();

beforeAll(async () => {
  world = await openBirdWorld(IMAGES);
  folder = fileURLToPath(world.config.IMAGE_BASE_URL ?? '');
  planted = world.photos.filter(({ plant }) => plant !== null);
  sound = world.photos.filter(({ plant }) => plant === null);
  for (const { id, key } of sound) lumas.set(id, await lumaOf(path.join(folder, key)));
  await world.hire();
}, 120_000);
afterAll(() => world.close());

describe('without a detector', () => {
  test('nothing is scored, and each image keeps what could be measured', async () => {
    const run = await world.run({ options: { detector: 'none' }, selection: { only: 'missing' }, limit: 12 });
    const rows = await rowsOf(await writtenBy(run));
    expect(rows).toHaveLength(run.counts.written);
    for (const row of rows) {
      expect(row.score, row.id).toBeNull();
      expect(row.details?.remark).toBe('not scored: no detector has looked for birds');
      expectAsTruth(row, 'none');
    }
    expect(await countWithoutScores()).toBe(IMAGES);
  });

  test('with --allow-partial resolution and contrast alone make the score, and it says so', async () => {
    const run = await world.run({ options: { detector: 'none', allowPartial: true }, limit: 12 });
    const rows = await rowsOf(await writtenBy(run));
    expect(rows).toHaveLength(run.counts.written);
    for (const row of rows) {
      expect(row.details?.partial, row.id).toBe(true);
      expectAsTruth(row, 'none, partial');
    }
    expect(await countWithoutScores()).toBe(IMAGES - rows.length);
    expect((await world.simulator.bill()).billedCalls).toBe(0);
  });

  test('a score that is there already stays, and so do its reasons', async () => {
    const before = await allRows();
    const scored = before.filter(({ score }) => score !== null).map(({ id }) => id);
    const run = await world.run({
      options: { detector: 'none' },
      selection: { only: 'all' },
      ids: scored,
    });
    expect(run.counts).toMatchObject({ written: 0, skipped: scored.length });
    expect(await allRows()).toEqual(before);
  });
});

describe('a run over what has no score or a partial one', () => {
  let outcome: Outcome;
  let progress: string;
  beforeAll(async () => {
    progress = path.join(await mkdtemp(path.join(tmpdir(), 'quality-')), '.backfill-progress.json');
    const flags = ['--only', 'incomplete', '--rps', 'rekognition=none', '--progress-file', progress];
    outcome = await launch('start-backfill', [QUALITY, ...flags, '--yes', '--json'], world.env).outcome;
  }, 120_000);
  afterAll(() => rm(path.dirname(progress), { recursive: true }));

  test('asks Rekognition once for each image that can be read, and ends with exit code 3: some failed', async () => {
    expect(outcome, outcome.stderr).toMatchObject({ code: 3 });
    expect(outcome.json()).toMatchObject({
      counts: { total: IMAGES, written: sound.length, failed: planted.length, pending: 0 },
    });
    const purchases = await world.simulator.purchases();
    expect([...purchases.values()]).toEqual(sound.map(() => 1));
    expect(purchases.size).toBe(sound.length);
  });

  test('gives every image the score, category and criteria that the truth demands', async () => {
    const rows = new Map((await allRows()).map((row) => [row.id, row]));
    for (const { id } of sound) expectAsTruth(rows.get(id), 'rekognition');
    for (const { id } of planted) expect(rows.get(id), id).toMatchObject({ score: null });
  });

  test('fails the broken ones with their classes, and nothing else', async () => {
    const failures = await failuresOf(outcome.json().runId as string);
    expect(failures).toEqual(Object.fromEntries(planted.map(({ id, plant }) => [id, plant?.failure])));
  });

  test('leaves a checkpoint with the eight fields, whose failed images jq finds', async () => {
    const text = await readFile(progress, 'utf8');
    const checkpoint = JSON.parse(text);
    expect(Object.keys(checkpoint)).toEqual([
      'total',
      'processed',
      'succeeded',
      'failed',
      'startTime',
      'lastProcessedId',
      'estimatedTimeRemaining',
      'failedImages',
    ]);
    expect(checkpoint).toMatchObject({
      total: IMAGES,
      processed: IMAGES,
      succeeded: sound.length,
      failed: planted.length,
      lastProcessedId: expect.any(String),
    });
    expect(new Date(checkpoint.startTime).toISOString()).toBe(checkpoint.startTime);
    const { rows } = await world.postgres.query<{ id: string; url: string }>('SELECT id, url FROM images');
    const urls = new Map(rows.map(({ id, url }) => [id, url]));
    expect(failedImagesIn(progress, text).toSorted(byId)).toEqual(
      planted
        .map(({ id, plant }) => ({
          id,
          url: urls.get(id),
          error: expect.stringMatching(`^${plant?.failure}: `),
        }))
        .toSorted(byId),
    );
  });

  test('answers the queries by which people watch it', async () => {
    expect(await countWithoutScores()).toBe(planted.length);
    const { rows } = await world.postgres.query(`
      -- Check score distribution
      SELECT
        CASE
          WHEN quality_score >= 80 THEN 'high'
          WHEN quality_score >= 60 THEN 'medium'
          ELSE 'low'
        END as category,
        COUNT(*) as count
      FROM images
      WHERE quality_score IS NOT NULL
      GROUP BY category`);
    const expected = Map.groupBy(await allRows(), ({ score }) => categoryOf(score));
    expected.delete(null);
    expect(new Map(rows.map(({ category, count }) => [category, Number(count)]))).toEqual(
      new Map([...expected].map(([category, own]) => [category, own.length])),
    );
    expect(expected.size).toBe(3);
  });

  test('is the last one: a next run finds the broken ones only', async () => {
    const selection = { only: 'incomplete' as const };
    expect(
      await world.client.survey({ backfill: QUALITY, options: {}, selection, settings: { rates: {} } }),
    ).toMatchObject({ items: planted.length });
  });
});

describe('what people ask of the result', () => {
  test('verify passes, and says the same as the queries', async () => {
    const { code, json } = await ask('verify', QUALITY, '--json');
    expect(code).toBe(0);
    const tables = json().tables as { title: string; rows: unknown[][]; passed?: boolean }[];
    const table = (title: string) => tables.find((one) => one.title === title);
    expect(table('Progress')?.rows).toEqual([[IMAGES, sound.length, planted.length, sound.length]]);
    const categories = Map.groupBy(await allRows(), ({ score }) => categoryOf(score));
    for (const [category, count] of table('Score distribution')?.rows ?? [])
      expect(count, String(category)).toBe(categories.get(category as 'high')?.length);
    expect(table('Scores that contradict their details')).toMatchObject({ rows: [], passed: true });
  });

  test('verify finds a score that was changed by hand beside its details', async () => {
    const [{ id } = { id: '' }] = sound;
    const { rows } = await world.postgres.query(
      'UPDATE images SET quality_score = 100 - quality_score WHERE id = $1 RETURNING 100 - quality_score AS score',
      [id],
    );
    const { code, stdout } = await ask('verify', QUALITY);
    await world.postgres.query('UPDATE images SET quality_score = $2 WHERE id = $1', [id, rows[0].score]);
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`NOT PASSED[\\s\\S]*${id}`));
  });

  test('explain tells of each criterion its points and why, also that an image is not scored', async () => {
    const [{ id } = { id: '' }] = sound;
    const [missing] = planted;
    const { code, stdout } = await ask('explain', QUALITY, id, missing?.id ?? '');
    expect(code).toBe(0);
    const [row] = await rowsOf([id]);
    expect(stdout).toContain(`${id}: ${row?.score}, ${row?.details?.category} (detector rekognition, `);
    for (const { name, reason } of row?.details?.criteria ?? []) {
      expect(stdout).toContain(name.replaceAll('_', ' '));
      expect(stdout).toContain(reason);
    }
    expect(stdout).toContain(missing?.id);
    expect(stdout).toContain('not scored yet');
    expect(await ask('explain', QUALITY, '00000000-0000-4000-8000-000000000000')).toMatchObject({ code: 2 });
  });

  test('the trend has a row for each month in which images came, with their mean', async () => {
    const { code, json } = await ask('report', QUALITY, '--trend', '--by', 'month', '--json');
    expect(code).toBe(0);
    const { rows } = await world.postgres.query<{ created_at: Date; quality_score: number }>(
      'SELECT created_at, quality_score FROM images WHERE quality_score IS NOT NULL',
    );
    const months = Map.groupBy(rows, ({ created_at }) => `${created_at.toISOString().slice(0, 7)}-01`);
    const [table] = json().tables as { rows: (string | number)[][] }[];
    expect(table?.rows.map(([from]) => from)).toEqual([...months.keys()].toSorted());
    for (const [from, images, mean, ...shares] of table?.rows ?? []) {
      const scores = (months.get(String(from)) ?? []).map((row) => row.quality_score);
      expect(images).toBe(scores.length);
      expect(mean).toBeCloseTo(scores.reduce((sum, score) => sum + score, 0) / scores.length, 0);
      const high = (100 * scores.filter((score) => score >= 80).length) / scores.length;
      expect(Math.abs(Number(shares[0]) - high)).toBeLessThanOrEqual(0.05);
    }
  });
});

describe('a part of the images', () => {
  test('--order priority:desc takes the images of highest priority first, and a limit those alone', async () => {
    const order = { units: 'priority:desc', items: 'priority:desc' };
    const run = await world.run({ selection: { only: 'all', order }, limit: 9 });
    const { rows } = await world.postgres.query<{ id: string }>(
      `SELECT id FROM (SELECT id, priority, left(id::text, 1) AS unit,
                              max(priority) OVER (PARTITION BY left(id::text, 1)) AS highest FROM images) AS placed
        ORDER BY highest DESC NULLS LAST, unit, priority DESC NULLS LAST, id LIMIT 9`,
    );
    const unreadable = new Set(planted.map(({ id }) => id));
    expect(run.counts.total).toBe(9);
    expect((await writtenBy(run)).toSorted()).toEqual(
      rows
        .map(({ id }) => id)
        .filter((id) => !unreadable.has(id))
        .toSorted(),
    );
  });

  test('--unit takes the images whose id begins with a digit', async () => {
    const run = await world.run({ selection: { only: 'all', unit: 'a' } });
    expect((await writtenBy(run)).toSorted()).toEqual(
      sound.flatMap(({ id }) => (id.startsWith('a') ? id : [])).toSorted(),
    );
    const { code, stderr } = await launch('start-backfill', [QUALITY, '--unit', 'xy', '--yes'], world.env)
      .outcome;
    expect(code).toBe(2);
    expect(stderr).toContain('A unit is the first digit of the ids, 0 to f.');
  });
});

describe('other detectors', () => {
  test('--detector openai also counts how much of the bird is in view', async () => {
    await world.run({ options: { detector: 'openai' }, selection: { only: 'all' } });
    const rows = new Map((await allRows()).map((row) => [row.id, row]));
    for (const { id } of sound) expectAsTruth(rows.get(id), 'openai');
    const { byOperation } = await world.simulator.bill();
    expect(byOperation.locate_birds).toMatchObject({ provider: 'openai', billedCalls: sound.length });
  });

  test('--detector onnx looks with a model of its own, and buys nothing', async () => {
    const model = path.join(folder, 'yolo.onnx');
    await writeTinyYolo(model, { side: 64, classes: 3, birdClass: 1 });
    const plain = (width: number, height: number, background: string) => ({
      create: { width, height, channels: 3 as const, background },
    });
    const red = {
      input: await sharp(plain(160, 160, '#ff0000'))
        .png()
        .toBuffer(),
      left: 160,
      top: 320,
    };
    await sharp(plain(640, 640, '#0000ff'))
      .composite([red])
      .png()
      .toFile(path.join(folder, 'red.png'));
    const id = await inserted('red.png');
    const billed = (await world.simulator.bill()).billedCalls;
    await world.run({ options: { detector: 'onnx', detectorModel: model, birdClass: 1 }, ids: [id] });

    // A sixteenth of the picture; blue has a luma of 18.4, red of 54.2.
    const contrast = contrastOf((15 * 0.0722 * 255 + 0.2126 * 255) / 16);
    const [row] = await rowsOf([id]);
    const { contrast: measured, ...others } = pointsIn(row);
    expect(others).toEqual({ bird_size: 41.7, positioning: 100, resolution: 100, primary_subject: 100 });
    expect(Math.abs((measured ?? Number.NaN) - contrast)).toBeLessThan(3);
    expect(row).toMatchObject({
      score: scoreOf({ ...others, contrast: measured ?? null }),
      details: { detector: 'onnx', birds: 1 },
    });
    expect((await world.simulator.bill()).billedCalls).toBe(billed);
  });

  test('--detector onnx without a model, or with something else, is refused before a run starts', async () => {
    const given = [QUALITY, '--detector', 'onnx', '--yes'];
    const without = await launch('start-backfill', given, world.env).outcome;
    expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('--detector-model FILE') });
    const nonsense = path.join(folder, 'none.onnx');
    await writeFile(nonsense, 'no model');
    const wrong = await launch(
      'start-backfill',
      [...given, '--detector-model', nonsense, '--only', 'all'],
      world.env,
    ).outcome;
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is no ONNX model that can be loaded'),
    });
  });
});

describe('image hosts that play tricks', () => {
  let host: ImageHost;
  let inside: ImageHost;
  const ids = new Map<string, string>();
  const HOUR_AGO = new Date(Date.now() - 3_600_000).toISOString().replace(/[-:]|\.\d+/g, '');

  beforeAll(async () => {
    const photo = await readFile(path.join(folder, sound[0]?.key ?? ''));
    inside = await startImageHost({ '/secret.jpg': (_, response) => void response.end(photo) }, '127.0.0.2');
    host = await startImageHost({
      '/whole.jpg': (_, response) => void response.end(photo),
      '/also-whole.jpg': (_, response) => void response.end(photo),
      '/redirects.jpg': (_, response) =>
        void response.writeHead(302, { location: `${inside.origin}/secret.jpg` }).end(),
      '/endless.jpg': (_, response) => streamWithoutEnd(response),
      '/page.jpg': (_, response) =>
        void response
          .writeHead(200, { 'content-type': 'image/jpeg' })
          .end('<!doctype html><title>Sign in</title>'),
      '/signed.jpg': (_, response) => void response.writeHead(403).end(),
      '/forbidden.jpg': (_, response) => void response.writeHead(403).end(),
    });
    const names = ['whole', 'also-whole', 'redirects', 'endless', 'page', 'forbidden', 'gone'];
    for (const name of names) ids.set(name, await inserted(`${host.origin}/${name}.jpg`));
    const signature = `X-Amz-Date=${HOUR_AGO}&X-Amz-Expires=60&X-Amz-Signature=0a1b`;
    ids.set('signed', await inserted(`${host.origin}/signed.jpg?${signature}`));
  });
  afterAll(() => {
    host.close();
    inside.close();
  });

  test('none is asked where IMAGE_ALLOW_PRIVATE does not name it', async () => {
    const run = await world.run({ ids: [...ids.values()] });
    expect(run.counts).toMatchObject({ written: 0, failed: ids.size });
    expect(new Set(Object.values(await failuresOf(run.runId)))).toEqual(new Set(['image-private-address']));
    expect(host.asked).toEqual([]);
  });

  test('each fails with its class and no other place is reached, while the others are scored', async () => {
    await world.workers.at(-1)?.kill();
    world.env.IMAGE_ALLOW_PRIVATE = host.place;
    await world.hire();
    delete world.env.IMAGE_ALLOW_PRIVATE;
    const run = await world.run({ ids: [...ids.values()] });
    const failed = await failuresOf(run.runId);
    const classes = [...ids].map(([name, id]) => [name, failed[id] ?? 'written']);
    expect(Object.fromEntries(classes)).toEqual({
      whole: 'written',
      'also-whole': 'written',
      redirects: 'image-private-address',
      endless: 'image-too-large',
      page: 'image-wrong-type',
      forbidden: 'image-forbidden',
      signed: 'image-expired',
      gone: 'image-not-found',
    });
    expect(inside.asked).toEqual([]);
    const scores = await rowsOf([ids.get('whole') ?? '', ids.get('also-whole') ?? '', sound[0]?.id ?? '']);
    const { score } = expectedOf(sound[0] as PlannedBirdPhoto, 'rekognition');
    expect(scores.slice(0, 2).map((row) => row.score)).toEqual([score, score]);
    const messages = await world.client.surroundings.journalOf(QUALITY).failures(run.runId);
    expect(JSON.stringify(messages)).not.toContain('0a1b');
  });
});

describe('ids of other types', () => {
  test.each([
    ['bigint', `('x' || left(md5(id::text), 10))::bit(40)::bigint - 549755813888`],
    ['text', `'IMG ' || chr(65 + (abs(id) % 26)::int) || '/' || id`],
  ])('%s: every image is scored as before, and put back again', async (type, using) => {
    // A worker keeps the types of columns that it has written to.
    await world.workers.at(-1)?.kill();
    await world.hire();
    await opened(world.postgres).prepare();
    await world.postgres.query(`DELETE FROM images WHERE url IS NULL OR url NOT LIKE '%/birds-v%';
      ALTER TABLE images ALTER COLUMN id TYPE ${type} USING ${using};
      UPDATE images SET quality_score = NULL, quality_details = NULL`);
    const spent = (await world.simulator.bill()).billedCalls;
    const few = await world.run({ limit: 5 });
    expect(few.counts.total).toBe(5);
    const run = await world.run();
    const { rows } = await world.postgres.query<{ url: string; score: number | null }>(
      'SELECT url, quality_score AS score FROM images',
    );
    const scores = new Map(rows.map(({ url, score }) => [path.basename(url), score]));
    for (const photo of sound)
      expect(scores.get(path.basename(photo.key)), photo.key).toBe(expectedOf(photo, 'rekognition').score);
    expect((await world.simulator.bill()).billedCalls).toBe(spent);
    const id = (await writtenBy(run))[0] as string;
    expect((await ask('explain', QUALITY, '--', id)).stdout).toContain(`${id}: `);
    await world.rollBack(run);
    expect(await countWithoutScores()).toBe(IMAGES - few.counts.written - few.counts.cached);
  });
});

describe('columns, index and function', () => {
  const databases: pg.Pool[] = [];
  afterAll(async () => {
    for (const database of databases) await database.end();
  });

  test.each(['uuid', 'bigint', 'text'])('are added once, beside ids that are %s', async (type) => {
    const database = await databaseOf(`CREATE TABLE images (id ${type} PRIMARY KEY, url text)`);
    const quality = opened(database);
    expect(await quality.check()).toEqual([
      'column quality_score of images',
      'column quality_details of images',
      'index idx_images_quality_score',
      'function get_quality_category',
    ]);
    await quality.prepare();
    const added = await schemaOf(database);
    expect(added.columns).toEqual(['id', 'quality_details jsonb', 'quality_score integer', 'url text']);
    expect(added.indexes).toContainEqual(
      expect.stringMatching(/quality_score DESC\) WHERE \(?quality_score IS NOT NULL/),
    );
    const id = { uuid: '00000000-0000-4000-8000-000000000000', bigint: '-7', text: 'a' }[type];
    await database.query('INSERT INTO images (id, quality_score) VALUES ($1, 100)', [id]);
    for (const score of [-1, 101])
      await expect(database.query('UPDATE images SET quality_score = $1', [score])).rejects.toThrow(/check/);
    expect(await quality.check()).toEqual([]);
    await quality.prepare();
    expect(await schemaOf(database)).toEqual(added);
  });

  test('that the earlier migration has added stay as they are, and only the details are new', async () => {
    const database = await databaseOf(`CREATE TABLE images (id uuid PRIMARY KEY, url text);
      ALTER TABLE images ADD COLUMN quality_score INTEGER
        CHECK (quality_score IS NULL OR (quality_score >= 0 AND quality_score <= 100));
      CREATE INDEX idx_images_quality_score ON images(quality_score DESC) WHERE quality_score IS NOT NULL;
      CREATE OR REPLACE FUNCTION get_quality_category(score INTEGER) RETURNS VARCHAR(10) AS $$
      BEGIN
        IF score IS NULL THEN RETURN NULL;
        ELSIF score >= 80 THEN RETURN 'high';
        ELSIF score >= 60 THEN RETURN 'medium';
        ELSE RETURN 'low';
        END IF;
      END;
      $$ LANGUAGE plpgsql IMMUTABLE`);
    const before = await schemaOf(database);
    const quality = opened(database);
    expect(await quality.check()).toEqual(['column quality_details of images']);
    await quality.prepare();
    expect(await schemaOf(database)).toEqual({
      ...before,
      columns: ['id', 'quality_details jsonb', 'quality_score integer', 'url text'],
    });
  });

  test('the function tells categories as the scores do', async () => {
    const { rows } = await world.postgres.query(
      `SELECT score, get_quality_category(score) AS category FROM generate_series(0, 100) AS score
       UNION ALL SELECT NULL, get_quality_category(NULL)`,
    );
    for (const { score, category } of rows) expect(category, String(score)).toBe(categoryOf(score));
  });

  async function databaseOf(sql: string): Promise<pg.Pool> {
    const database = new pg.Pool({ connectionString: await createDatabase(freshName('quality')), max: 2 });
    databases.push(database);
    await database.query(sql);
    return database;
  }
});

function opened(postgres: pg.Pool) {
  return imageQuality.open({ postgres } as never, imageQuality.options.parse({}));
}

async function schemaOf(database: pg.Pool) {
  const columns = await database.query<{ name: string }>(
    `SELECT concat_ws(' ', column_name, CASE WHEN column_name <> 'id' THEN data_type END) AS name
       FROM information_schema.columns WHERE table_name = 'images' ORDER BY 1`,
  );
  const indexes = await database.query<{ definition: string }>(
    `SELECT indexdef AS definition FROM pg_indexes WHERE tablename = 'images' ORDER BY 1`,
  );
  const others = await database.query<{ text: string }>(
    `SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conrelid = 'images'::regclass
     UNION ALL SELECT pg_get_functiondef('get_quality_category(integer)'::regprocedure) ORDER BY 1`,
  );
  return {
    columns: columns.rows.map(({ name }) => name),
    indexes: indexes.rows.map(({ definition }) => definition),
    others: others.rows.map(({ text }) => text),
  };
}

/** A level of brightness, which an encoder may cost, is 2.9 points; the score follows from the points as they are. */
function expectAsTruth(row: Row | undefined, look: Look): void {
  const photo = world.photos.find(({ id }) => id === row?.id);
  if (!row || !photo) throw new Error('there is no such row');
  const expected = expectedOf(photo, look);
  const points = pointsIn(row);
  const { contrast = null, ...others } = points;
  const { contrast: wanted = null, ...rest } = expected.points;
  expect(others, photo.key).toEqual(rest);
  const onSlope = wanted !== 0 && wanted !== 100;
  expect(Math.abs((contrast ?? Number.NaN) - (wanted ?? 0)), photo.key).toBeLessThanOrEqual(onSlope ? 3 : 0);
  const score = scoreOf(points, look === 'none, partial');
  expect(row, photo.key).toMatchObject({
    score,
    details: { score, category: categoryOf(score), birds: expected.birds, detector: look.split(',')[0] },
  });
  if (!onSlope) expect({ score, category: row.details?.category }).toEqual(nameScore(expected));
}

function nameScore({ score, category }: ExpectedQuality) {
  return { score, category };
}

function expectedOf({ id, number }: PlannedBirdPhoto, look: Look): ExpectedQuality {
  return expectedQuality(number, lumas.get(id) ?? Number.NaN, look);
}

function pointsIn(row: Row | undefined): Record<string, number | null> {
  return Object.fromEntries((row?.details?.criteria ?? []).map(({ name, points }) => [name, points]));
}

async function allRows(): Promise<Row[]> {
  const { rows } = await world.postgres.query<Row>(
    'SELECT id::text, quality_score AS score, quality_details AS details FROM images ORDER BY images.id',
  );
  return rows;
}

/** In the order of the ids given. */
async function rowsOf(ids: readonly string[]): Promise<Row[]> {
  const rows = new Map((await allRows()).map((row) => [row.id, row]));
  return ids.flatMap((id) => rows.get(id) ?? []);
}

async function writtenBy({ runId }: Run): Promise<string[]> {
  const { rows } = await world.postgres.query<{ id: string }>(
    'SELECT DISTINCT row_id AS id FROM temporal_backfill.journal WHERE run_id = $1',
    [runId],
  );
  return rows.map(({ id }) => id);
}

async function failuresOf(runId: string): Promise<Record<string, string | undefined>> {
  const failures = await world.client.surroundings.journalOf(QUALITY).failures(runId);
  return Object.fromEntries(failures.map((one) => [one.item, one.class]));
}

async function countWithoutScores(): Promise<number> {
  const { rows } = await world.postgres.query(`
    -- Count images without scores
    SELECT COUNT(*) FROM images WHERE quality_score IS NULL`);
  return Number(rows[0].count);
}

async function inserted(url: string): Promise<string> {
  const { rows } = await world.postgres.query<{ id: string }>(
    'INSERT INTO images (id, url) VALUES (gen_random_uuid(), $1) RETURNING id',
    [url],
  );
  return rows[0]?.id ?? '';
}

function ask(...args: string[]): Promise<Outcome> {
  return launch('backfill', args, world.env).outcome;
}

/** `jq` itself where there is one. */
function failedImagesIn(file: string, text: string): { id: string }[] {
  try {
    return JSON.parse(execFileSync('jq', ['.failedImages', file], { encoding: 'utf8' }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return JSON.parse(text).failedImages;
  }
}

function byId(one: { id: string }, other: { id: string }): number {
  return one.id < other.id ? -1 : 1;
}

function streamWithoutEnd(response: ServerResponse): void {
  const chunk = Buffer.alloc(256 * 1024, 0xff);
  const more = () => {
    while (response.write(chunk));
  };
  response.on('drain', more);
  more();
}
