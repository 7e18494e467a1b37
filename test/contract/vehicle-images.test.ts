import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Backfill } from '../../src/backfills/define.ts';
import { vehicleImages } from '../../src/backfills/vehicle-images/index.ts';
import { UsageError } from '../../src/domain/failure.ts';
import type { PageClaim, Selection } from '../../src/domain/page.ts';
import { createPostgresJournal } from '../../src/stores/postgres-journal/index.ts';
import { APPRAISAL, type Canned, canned, label, SPID } from '../unit/vehicle-images/canned.ts';

const server = new pg.Client({ connectionString: process.env.DATABASE_URL });
const name = `vehicle_images_${randomUUID().replaceAll('-', '')}`;
let db: pg.Pool;

beforeAll(async () => {
  await server.connect();
});
afterAll(async () => {
  await server.end();
});
beforeEach(async () => {
  await server.query(`CREATE DATABASE ${name}`);
  const address = new URL(process.env.DATABASE_URL ?? '');
  address.pathname = name;
  db = new pg.Pool({ connectionString: address.href, max: 8 });
});
afterEach(async () => {
  await db.end();
  await server.query(`DROP DATABASE ${name}`);
});

const ALL: Selection = { only: 'all', watermark: '2100-01-01T00:00:00Z' };
const MISSING: Selection = { ...ALL, only: 'missing' };

describe('prepare', () => {
  test('names the database and the table when there are no images', async () => {
    await expect(open().prepare()).rejects.toThrow(`table vehicle_images not found in database ${name}`);
    await expect(open().verify()).rejects.toThrow(UsageError);
  });

  test('adds what is missing once, also when two processes do it at the same moment', async () => {
    await minimalTables();
    await Promise.all([open().prepare(), open().prepare(), open().prepare()]);
    expect(await relations()).toEqual([
      'component_conditions',
      'image_tags',
      'paint_quality_assessments',
      'vehicle_ai_profile',
      'vehicle_component_index',
      'vehicle_images',
      'vehicle_images_by_angle',
      'vehicle_spid_contradictions',
      'vehicle_spid_data',
      'vehicle_valuation_inputs',
      'vehicles',
    ]);
  });

  test('takes no lock when nothing is missing: it passes while a transaction holds the table', async () => {
    await minimalTables();
    await open().prepare();
    const holder = await db.connect();
    await holder.query('BEGIN; LOCK TABLE vehicle_images IN ROW EXCLUSIVE MODE');
    await open().prepare();
    await holder.query('ROLLBACK');
    holder.release();
  });

  test('keeps tables, rows and views that are there, and only adds columns', async () => {
    await minimalTables();
    await db.query(`
      CREATE TABLE image_tags (id uuid PRIMARY KEY, image_id uuid, tag_name text, confidence integer);
      INSERT INTO image_tags VALUES (gen_random_uuid(), gen_random_uuid(), 'mine', 50);
      CREATE VIEW vehicle_ai_profile AS SELECT 1 AS mine`);
    await open().prepare();
    expect((await db.query('SELECT tag_name, confidence, step FROM image_tags')).rows).toEqual([
      { tag_name: 'mine', confidence: 50, step: null },
    ]);
    expect((await db.query('SELECT * FROM vehicle_ai_profile')).rows).toEqual([{ mine: 1 }]);
    const told = (await open().verify()).find(({ title }) => title.startsWith('Views left'));
    expect(told?.rows).toEqual([['vehicle_ai_profile']]);
  });

  test.each([
    ['CREATE TABLE image_tags (id bigint PRIMARY KEY)', 'image_tags.id is bigint, not uuid'],
    ['CREATE TABLE image_tags (id uuid PRIMARY KEY, tag text NOT NULL)', 'image_tags.tag must have a value'],
    [
      'CREATE TABLE vehicle_spid_data (id uuid PRIMARY KEY, vehicle_id uuid UNIQUE)',
      'unique index vehicle_spid_data_vehicle_id_key on vehicle_spid_data',
    ],
    ['ALTER TABLE vehicle_images ADD COLUMN ai_scan_metadata text', 'ai_scan_metadata is text, not jsonb'],
    ['ALTER TABLE vehicle_images ADD COLUMN is_document text', 'is_document is text, not boolean'],
    ['ALTER TABLE vehicle_images DROP CONSTRAINT vehicle_images_pkey', 'vehicle_images.id is no primary key'],
    ['ALTER TABLE vehicle_images DROP COLUMN image_url', 'neither image_url nor storage_path'],
  ])('refuses with a hint what could not take the findings: %s', async (statement, message) => {
    await minimalTables();
    await db.query(statement);
    const refusal = await open()
      .prepare()
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(UsageError);
    expect(refusal).toMatchObject({ message: expect.stringContaining(message), hint: expect.any(String) });
  });
});

describe('the source', () => {
  test('reads every image of every vehicle once, in pages, whatever the page size', async () => {
    const backfill = await prepared();
    const expected = await sample(7, [3, 1, 12]);
    for (const limit of [1, 4, 100]) expect(await readAll(backfill, ALL, limit)).toEqual(expected);
  });

  test('counts images and vehicles, and images without a vehicle as skipped', async () => {
    const backfill = await prepared();
    await sample(7, [3, 1, 12]);
    await db.query(
      `INSERT INTO vehicle_images (id, image_url) SELECT gen_random_uuid(), 'x' FROM generate_series(1, 5)`,
    );
    const survey = await backfill.source.survey('r', ALL);
    expect(survey).toEqual({ items: 16, units: 3, skipped: { 'no-vehicle': 5 }, selection: ALL });
  });

  test('a limit takes the first images of the order, and holds while they leave the selection', async () => {
    const backfill = await prepared();
    const expected = await sample(7, [3, 1, 12]);
    const { items, skipped, selection } = await backfill.source.survey('r', MISSING, 5);
    expect({ items, skipped }).toEqual({ items: 5, skipped: {} });
    expect(await readAll(backfill, selection, 2)).toEqual(expected.slice(0, 5));
    await db.query('UPDATE vehicle_images SET ai_last_scanned = now() WHERE id = ANY ($1)', [
      expected.slice(0, 3),
    ]);
    expect(await readAll(backfill, selection, 2)).toEqual(expected.slice(3, 5));
    expect((await backfill.source.survey('r', ALL, 99)).items).toBe(16);
    expect((await backfill.source.survey('r', { ...ALL, unit: randomUUID() }, 5)).items).toBe(0);
  });

  test('missing, incomplete, failed, a unit, a list of ids and the watermark each select what they say', async () => {
    const backfill = await prepared();
    const journal = createPostgresJournal(db);
    const [a, b, c, d, e] = (await sample(1, [5])) as [string, string, string, string, string];
    const whole = `'{"rekognition":null,"appraiser":null,"spid":null,"scanned_at":null}'`;
    await db.query(
      `UPDATE vehicle_images SET ai_last_scanned = now(), ai_scan_metadata = ${whole} WHERE id <> $1`,
      [a],
    );
    await db.query(`UPDATE vehicle_images SET ai_scan_metadata = ai_scan_metadata - 'spid' WHERE id = $1`, [
      b,
    ]);
    await db.query(`UPDATE vehicle_images SET ai_scan_metadata = NULL WHERE id = $1`, [c]);
    await db.query(`UPDATE vehicle_images SET created_at = '2200-01-01' WHERE id = $1`, [e]);
    await journal.openRun({ runId: 'listed', backfill: 'vehicle-images', ids: [d, a, 'no id at all'] });
    await failedItems(journal, 'earlier', [a, d]);

    expect(await readAll(backfill, MISSING)).toEqual([a]);
    expect(await readAll(backfill, { ...ALL, only: 'incomplete' })).toEqual([a, b, c]);
    expect(await readAll(backfill, { ...ALL, only: 'failed' })).toEqual([a, d]);
    await db.query('UPDATE vehicle_images SET ai_last_scanned = now() WHERE id = $1', [d]);
    expect(await readAll(backfill, { ...ALL, only: 'failed' })).toEqual([a]);
    expect(await readAll(backfill, { ...ALL, ids: true }, 9, 'listed')).toEqual([a, d]);
    expect(await readAll(backfill, { ...ALL, watermark: '2300-01-01T00:00:00Z' })).toEqual([a, b, c, d, e]);
    expect(await readAll(backfill, ALL)).toEqual([a, b, c, d]);
  });

  test('a unit that is no uuid is refused with what it should be', async () => {
    const backfill = await prepared();
    const refusal = backfill.source.survey('r', { ...ALL, unit: 'mustang' });
    await expect(refusal).rejects.toThrow('--unit mustang is no vehicle id');
  });

  test('rows are found again by id; those that are gone are left out', async () => {
    const backfill = await prepared();
    const [first, second] = await sample(1, [2]);
    const found = await backfill.source.readByIds('r', [second!, randomUUID(), first!]);
    expect(found.map(({ id }) => id).sort()).toEqual([first, second]);
  });

  test('an image is found by its URL, else by its storage key', async () => {
    await minimalTables();
    await db.query('ALTER TABLE vehicle_images ADD COLUMN storage_path text');
    await open().prepare();
    const [first] = await sample(1, [1]);
    await db.query(`UPDATE vehicle_images SET image_url = '', storage_path = 'photos/1.jpg'`);
    const [item] = await open().source.readByIds('r', [first!]);
    expect(item?.row).toMatchObject({ reference: 'photos/1.jpg', hasKeys: true });
  });
});

describe('what is written, with the journal', () => {
  const photo: Canned = { labels: [label('Engine', 96, 2), label('Motor')], appraisal: APPRAISAL };
  const sheet: Canned = { labels: [label('Document', 98), label('Label')], document: SPID };

  test('is in the database as it was found, and nothing of it is a conflict', async () => {
    const backfill = await prepared();
    const [image] = await sample(1, [1]);
    expect(await run(backfill, 'first', image!, photo)).toMatchObject({ written: 1, conflicts: 0 });
    const row = await imageRow(image!);
    expect(row).toMatchObject({
      ai_component_count: 2,
      ai_avg_confidence: 82,
      is_document: false,
      document_category: null,
      ai_scan_metadata: {
        appraiser: APPRAISAL,
        spid: null,
        rekognition: { kind: 'engine', labels: photo.labels },
      },
    });
    expect(new Date(row.ai_scan_metadata.scanned_at)).toEqual(new Date(row.ai_last_scanned));
    const average = await db.query('SELECT round(avg(confidence), 2)::float8 AS mean FROM image_tags');
    expect(average.rows[0].mean).toBe(row.ai_avg_confidence);
    expect(await findingCounts()).toEqual({
      image_tags: 6,
      component_conditions: 2,
      paint_quality_assessments: 1,
      vehicle_spid_data: 0,
    });
  });

  test('is the same after a second analysis, and replaces findings that are gone', async () => {
    const backfill = await prepared();
    const [image] = await sample(1, [1]);
    await run(backfill, 'first', image!, photo);
    expect(await run(backfill, 'second', image!, photo)).toMatchObject({ written: 1, conflicts: 0 });
    expect((await findingCounts()).image_tags).toBe(6);
    await run(backfill, 'third', image!, sheet);
    expect(await findingCounts()).toEqual({
      image_tags: 2,
      component_conditions: 0,
      paint_quality_assessments: 0,
      vehicle_spid_data: 1,
    });
    expect(await imageRow(image!)).toMatchObject({
      is_document: true,
      ai_scan_metadata: { appraiser: null },
    });
  });

  test('is a conflict when somebody else changed a field after it was read', async () => {
    const backfill = await prepared();
    const [image] = await sample(1, [1]);
    const counts = await run(backfill, 'first', image!, photo, () =>
      db.query('UPDATE vehicle_images SET is_document = true'),
    );
    expect(counts).toMatchObject({ written: 0, conflicts: 1 });
    expect((await findingCounts()).image_tags).toBe(0);
  });

  test('fills in only what the vehicle lacks; what contradicts it is shown', async () => {
    const backfill = await prepared();
    const [image] = await sample(1, [1]);
    await db.query(`UPDATE vehicles SET vin = '', paint_code = '99'`);
    await run(backfill, 'first', image!, sheet);
    expect((await db.query('SELECT vin, paint_code FROM vehicles')).rows).toEqual([
      { vin: SPID.spid?.vin, paint_code: '99' },
    ]);
    expect(
      (await db.query('SELECT field, vehicle_value, sheet_value FROM vehicle_spid_contradictions')).rows,
    ).toEqual([{ field: 'paint_code', vehicle_value: '99', sheet_value: '41' }]);
  });

  test('fits an older table with whole numbers', async () => {
    await minimalTables();
    await db.query(
      'CREATE TABLE component_conditions (id uuid PRIMARY KEY, confidence integer, condition_score integer)',
    );
    await createPostgresJournal(db).migrate();
    await open().prepare();
    const [image] = await sample(1, [1]);
    const halves = APPRAISAL.components.map((component) => ({ ...component, confidence: 70.6 }));
    await run(open(), 'first', image!, { ...photo, appraisal: { ...APPRAISAL, components: halves } });
    expect((await db.query('SELECT confidence FROM component_conditions')).rows[0]).toEqual({
      confidence: 71,
    });
  });

  test('feeds the views: profile, valuation, components by words, images by angle', async () => {
    const backfill = await prepared();
    const [first, second] = await sample(1, [2]);
    await run(backfill, 'first', first!, photo);
    await db.query(
      `UPDATE vehicle_images SET ai_scan_metadata = '{"appraiser": {"condition": {"score": "old form"}}}' WHERE id = $1`,
      [second],
    );
    expect((await db.query('SELECT * FROM vehicle_ai_profile')).rows[0]).toMatchObject({
      images: 2,
      analysed_images: 1,
      build_quality: 'professional',
      components: ['carburetor', 'radiator'],
      modifications: ['headers'],
    });
    const valuation = (await db.query('SELECT to_jsonb(v) AS row FROM vehicle_valuation_inputs v')).rows[0]
      .row;
    expect(valuation).toMatchObject({
      condition_score: 84,
      professional_build: 0.15,
      custom_features: 0.1,
      condition_adjustment: 0.1,
      multiplier: 1.35,
    });
    const words = `SELECT component_name FROM vehicle_component_index WHERE search @@ websearch_to_tsquery('english', 'bent fin')`;
    expect((await db.query(words)).rows).toEqual([{ component_name: 'radiator' }]);
    expect((await db.query('SELECT kind, angle, images FROM vehicle_images_by_angle')).rows).toEqual([
      { kind: 'engine', angle: 'engine-bay', images: 1 },
    ]);
  });

  test('is what verify tells, from the database alone', async () => {
    const backfill = await prepared();
    const [first, second] = await sample(1, [3]);
    await run(backfill, 'first', first!, photo);
    await run(backfill, 'second', second!, {
      ...sheet,
      document: { ...SPID, spid: { ...SPID.spid!, vin: 'X' } },
    });
    const tables = Object.fromEntries((await backfill.verify()).map((table) => [table.title, table]));
    expect(tables.Progress).toMatchObject({
      columns: ['total', 'analyzed', 'remaining', 'percent', 'incomplete'],
      rows: [[3, 2, 1, 66.7, 0]],
    });
    expect(tables['Top vehicles by images remaining']?.rows).toEqual([
      ['1987', 'Chevrolet', 'Corvette', 3, 2, 1],
    ]);
    expect(tables['VINs that fail their check']?.rows).toEqual([
      [second, 'X', expect.stringContaining('it has 1 places')],
    ]);
    expect(tables['Latest analyses']?.rows).toHaveLength(2);
  });
});

function open(): Backfill {
  const { vision } = canned({ labels: [] });
  const options = vehicleImages.options.parse({});
  return vehicleImages.open({ postgres: db, vision, journal: createPostgresJournal(db) } as never, options);
}

async function prepared(): Promise<Backfill> {
  await minimalTables();
  await createPostgresJournal(db).migrate();
  const backfill = open();
  await backfill.prepare();
  return backfill;
}

async function minimalTables(): Promise<void> {
  await db.query(`
    CREATE TABLE vehicles (id uuid PRIMARY KEY, year int, make text, model text, vin text, paint_code text);
    CREATE TABLE vehicle_images (id uuid PRIMARY KEY, vehicle_id uuid, image_url text, created_at timestamptz DEFAULT now())`);
}

/** Adds vehicles with so many images each; returns the images' ids in the order of the source. */
async function sample(seed: number, sizes: number[]): Promise<string[]> {
  const vehicles = sizes.map((_, n) => `${seed}0000000-0000-4000-8000-00000000000${sizes.length - n}`);
  const images = vehicles.flatMap((vehicle, n) =>
    Array.from({ length: sizes[n] ?? 0 }, () => ({ id: randomUUID(), vehicle })),
  );
  for (const vehicle of vehicles) {
    await db.query(
      `INSERT INTO vehicles (id, year, make, model) VALUES ($1, 1987, 'Chevrolet', 'Corvette')`,
      [vehicle],
    );
  }
  for (const { id, vehicle } of images) {
    await db.query(`INSERT INTO vehicle_images (id, vehicle_id, image_url) VALUES ($1, $2, 'file:a.jpg')`, [
      id,
      vehicle,
    ]);
  }
  const order = ({ id, vehicle }: { id: string; vehicle: string }) => `${vehicle} ${id}`;
  return images.toSorted((a, b) => (order(a) < order(b) ? -1 : 1)).map(({ id }) => id);
}

/** Walks as a run does: units, then pages from a position. */
async function readAll(backfill: Backfill, selection: Selection, limit = 9, runId = 'r'): Promise<string[]> {
  const ids: string[] = [];
  let unit: string | null = null;
  for (;;) {
    const [next] = await backfill.source.units(runId, selection, unit, 1);
    if (!next) return ids;
    unit = next.unit;
    const scope = { id: unit, firstUnit: unit, lastUnit: unit, units: 1, items: next.items };
    let page = await backfill.source.read({ runId, selection, scope, after: null, limit });
    let found = 0;
    while (page.length > 0) {
      ids.push(...page.map(({ id }) => id));
      found += page.length;
      const last = page.at(-1)!;
      page = await backfill.source.read({
        runId,
        selection,
        scope,
        after: { unit: last.unit, id: last.id },
        limit,
      });
    }
    expect(found).toBe(next.items);
  }
}

/** One image, analysed and written as a page of its own. */
async function run(
  backfill: Backfill,
  runId: string,
  image: string,
  answers: Canned,
  meanwhile = async (): Promise<unknown> => undefined,
) {
  const journal = createPostgresJournal(db);
  await journal.openRun({ runId, backfill: 'vehicle-images' });
  const page = claim(runId);
  await journal.claim(page);
  const [item] = await backfill.source.readByIds(runId, [image]);
  const processed = await backfill.process(item!, canned(answers).ask);
  if (processed.kind === 'skip') throw new Error('nothing is skipped here');
  await meanwhile();
  const receipt = await journal.commit(page, {
    results: [{ item: image, unit: item!.unit, status: 'written', tries: 1 }],
    changes: new Map([[image, processed.changes]]),
    ...LAST_PAGE,
  });
  return receipt.counts;
}

async function failedItems(
  journal: ReturnType<typeof createPostgresJournal>,
  runId: string,
  items: string[],
): Promise<void> {
  await journal.openRun({ runId, backfill: 'vehicle-images' });
  await journal.claim(claim(runId));
  const results = items.map(
    (item) => ({ item, unit: 'u', status: 'failed', class: 'image-not-found', tries: 1 }) as const,
  );
  await journal.commit(claim(runId), { results, changes: new Map(), ...LAST_PAGE });
}

const LAST_PAGE = { position: null, done: true, read: 1, missing: 0, hold: 'hold' };

function claim(runId: string): PageClaim {
  return { runId, scope: 's', page: 's/0', fence: 1 };
}

async function relations(): Promise<string[]> {
  const { rows } = await db.query(
    `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') ORDER BY 1`,
  );
  return rows.map(({ relname }) => relname);
}

async function imageRow(id: string) {
  const { rows } = await db.query('SELECT to_jsonb(i) AS row FROM vehicle_images i WHERE id = $1', [id]);
  return rows[0].row;
}

async function findingCounts(): Promise<Record<string, number>> {
  const { rows } = await db.query(`
    SELECT (SELECT count(*)::int FROM image_tags) AS image_tags,
           (SELECT count(*)::int FROM component_conditions) AS component_conditions,
           (SELECT count(*)::int FROM paint_quality_assessments) AS paint_quality_assessments,
           (SELECT count(*)::int FROM vehicle_spid_data) AS vehicle_spid_data`);
  return rows[0];
}
