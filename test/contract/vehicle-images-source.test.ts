import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Backfill, Item, Source } from '../../src/backfills/define.ts';
import { vehicleImages } from '../../src/backfills/vehicle-images/index.ts';
import { packUnits } from '../../src/domain/packing.ts';
import type { Order, Position, Scope, Selection } from '../../src/domain/page.ts';
import { createPostgresJournal } from '../../src/stores/postgres-journal/index.ts';
import { freshName } from '../support/gated-stores.ts';
import { createDatabase } from '../support/vehicle-world.ts';
import { canned } from '../unit/vehicle-images/canned.ts';

let db: pg.Pool;
const MISSING: Selection = { only: 'missing', watermark: '2100-01-01T00:00:00Z' };

beforeAll(async () => {
  db = new pg.Pool({ connectionString: await createDatabase(freshName('source')), max: 4 });
  await createPostgresJournal(db).migrate();
});
afterAll(() => db.end());
beforeEach(async () => {
  await db.query(`
    DROP TABLE IF EXISTS vehicles, vehicle_images CASCADE;
    CREATE TABLE vehicles (id uuid PRIMARY KEY);
    CREATE TABLE vehicle_images (id uuid PRIMARY KEY, vehicle_id uuid, image_url text,
      created_at timestamptz DEFAULT now(), stars int, "File Name" text, code uuid, sharp boolean, place point)`);
});

describe('a sample', () => {
  test('has exactly as many images as asked for, and all where there are no more', async () => {
    const backfill = open();
    const images = await insert([17, 1, 30, 5, 9, 41]);
    for (const size of [1, 2, 7, 50, 102, 103, 104, 500]) {
      const found = await sample(backfill, size);
      expect(new Set(found.map(({ id }) => id)).size, `${size}`).toBe(Math.min(size, images.length));
      expect(found).toHaveLength(Math.min(size, images.length));
    }
    expect(await sample(backfill, 10, 1, { ...MISSING, unit: randomUUID() })).toEqual([]);
  });

  test('hits every vehicle that has its share, whatever the seed', async () => {
    const backfill = open();
    await insert([17, 1, 30, 5, 9, 41]);
    const share = await unitsOfAtLeast(103 / 10);
    expect(share).toHaveLength(3);
    for (let seed = 0; seed < 20; seed++) {
      const units = new Set((await sample(backfill, 10, seed)).map(({ unit }) => unit));
      expect([...units]).toEqual(expect.arrayContaining(share));
    }
  });

  test('holds each kind of photo in proportion, within each vehicle', async () => {
    const backfill = open();
    await insert([40, 40]);
    await db.query(`UPDATE vehicle_images i SET image_url = 'https://a.example/' || i.id || n.ending
      FROM (SELECT id, CASE WHEN row_number() OVER (PARTITION BY vehicle_id ORDER BY id) % 4 = 0 THEN '.PDF?v=1.2' ELSE '.jpg' END AS ending
              FROM vehicle_images) n WHERE n.id = i.id`);
    for (let seed = 0; seed < 10; seed++) {
      const found = await sample(backfill, 16, seed);
      expect(found.filter(({ row }) => /PDF/.test((row as { reference: string }).reference))).toHaveLength(4);
    }
  });

  test('is the same for the same seed, and another for another', async () => {
    const backfill = open();
    await insert([50, 50]);
    const ids = async (seed: number) => (await sample(backfill, 10, seed)).map(({ id }) => id);
    expect(await ids(7)).toEqual(await ids(7));
    const all = await Promise.all([1, 2, 3, 4, 5].map(ids));
    expect(new Set(all.map(String)).size).toBe(5);
  });

  test('takes each image as often as any other, over many seeds', async () => {
    const backfill = open();
    const images = await insert([3, 25, 1, 11]);
    const times = new Map(images.map(({ id }) => [id, 0]));
    for (let seed = 0; seed < 400; seed++)
      for (const { id } of await sample(backfill, 8, seed)) times.set(id, (times.get(id) ?? 0) + 1);
    // 80 expected of each: 400 draws at 8 of 40, with a deviation of 8.
    expect(Math.min(...times.values())).toBeGreaterThan(80 - 5 * 8);
    expect(Math.max(...times.values())).toBeLessThan(80 + 5 * 8);
  });

  test('keeps to the selection: a list of ids, a vehicle, a limit, with an order or without', async () => {
    const backfill = open();
    const images = await insert([20, 20]);
    const listed = images.slice(5, 12).map(({ id }) => id);
    const request = { runId: 'r', selection: { ...MISSING, ids: true }, ids: listed, size: 100, seed: 1 };
    expect(idsOf(await backfill.source.sample(request)).sort()).toEqual(listed.toSorted());
    expect(await sample(backfill, 100, 1, { ...MISSING, unit: images[0]!.unit })).toHaveLength(20);
    for (const order of [undefined, { items: 'stars:desc' }]) {
      const { selection } = await backfill.source.survey('r', { ...MISSING, ...(order && { order }) }, 9);
      const first = images.toSorted(inOrder(images, order ?? {})).slice(0, 9);
      expect(idsOf(await sample(backfill, 100, 1, selection)).sort()).toEqual(idsOf(first).sort());
      expect(await sample(backfill, 4, 1, selection)).toHaveLength(4);
    }
  });

  test('is drawn from tables that no run has prepared, and changes nothing there', async () => {
    await insert([20, 20]);
    const before = await tables();
    expect(await sample(open(), 10)).toHaveLength(10);
    expect(await tables()).toEqual(before);
  });

  test('of two hundred out of 200,000 images takes seconds at most', async () => {
    await db.query(`INSERT INTO vehicle_images (id, vehicle_id, image_url)
      SELECT gen_random_uuid(), md5((n % 4000)::text)::uuid, 'file:' || n || '.jpg' FROM generate_series(1, 200000) n`);
    const started = Date.now();
    expect(await sample(open(), 200)).toHaveLength(200);
    expect(Date.now() - started).toBeLessThan(10_000);
  });
});

describe('an order', () => {
  test.each<Order>([
    { items: 'stars' },
    { items: 'stars:desc' },
    { items: 'created_at:desc' },
    { units: 'size' },
    { units: 'size:desc' },
    { units: 'stars:asc' },
    { units: 'stars:desc', items: 'File Name' },
    { units: 'created_at:desc', items: 'created_at:desc' },
    { units: 'code', items: 'code:desc' },
    { units: 'sharp:desc', items: 'sharp' },
  ])('%o brings each image exactly once, in that order, in packs and pages of any size', async (order) => {
    const { source } = open();
    const images = await insert([3, 1, 12, 7, 1, 5, 12, 2]);
    const expected = idsOf(images.toSorted(inOrder(images, order)));
    const runId = await fixed(source, { ...MISSING, order });
    for (const [pack, page, units] of [
      [1, 4, 3],
      [10, 3, 4],
      [1000, 500, 100],
    ] as const)
      expect(await walk(source, runId, { ...MISSING, order }, { pack, page, units })).toEqual(expected);
  });

  test('a limit takes its first images, also within a vehicle', async () => {
    const { source } = open();
    const images = await insert([3, 9, 12, 7]);
    const order = { units: 'size', items: 'stars:desc' };
    const expected = idsOf(images.toSorted(inOrder(images, order)));
    for (const limit of [1, 5, 14, 31, 99]) {
      const survey = await source.survey('r', { ...MISSING, order }, limit);
      const units = new Set(expected.slice(0, limit).map((id) => images.find((one) => one.id === id)?.unit));
      expect(survey).toMatchObject({ items: Math.min(limit, 31), units: units.size, skipped: {} });
      const runId = await fixed(source, survey.selection);
      expect(await walk(source, runId, survey.selection)).toEqual(expected.slice(0, limit));
    }
  });

  test('a list of ids is worked through in it, and its other ids stay away', async () => {
    const { source } = open();
    const images = await insert([3, 9, 12, 7]);
    const order = { units: 'stars:desc', items: 'created_at' };
    const listed = images.filter((_, index) => index % 3 > 0);
    const ids = [...idsOf(listed), randomUUID(), 'no id at all'];
    const selection = { ...MISSING, ids: true, order };
    for (const limit of [undefined, 8]) {
      const survey = await source.survey('r', selection, limit, ids);
      expect(survey.items).toBe(limit ?? listed.length);
      const runId = await fixed(source, survey.selection, ids);
      const expected = idsOf(listed.toSorted(inOrder(listed, order))).slice(0, limit);
      expect(await walk(source, runId, survey.selection)).toEqual(expected);
    }
  });

  test('stays as it was when the run began, while images are written, change, move and go', async () => {
    const { source } = open();
    await open().prepare();
    const images = await insert([3, 9, 12, 7, 20]);
    const order = { units: 'size:desc', items: 'stars' };
    const runId = await fixed(source, { ...MISSING, order });
    const expected = idsOf(images.toSorted(inOrder(images, order)));
    const [written, deleted, moved] = [expected[25]!, expected[30]!, expected[40]!];
    const found = await walk(
      source,
      runId,
      { ...MISSING, order },
      { pack: 1, page: 2, units: 2 },
      async (page) => {
        await scan(idsOf(page));
        if (page[0]?.id !== expected[0]) return;
        await scan([written]);
        await db.query('DELETE FROM vehicle_images WHERE id = $1', [deleted]);
        await db.query('UPDATE vehicle_images SET vehicle_id = $2 WHERE id = $1', [moved, images[0]!.unit]);
        await db.query('UPDATE vehicle_images SET stars = -stars');
        await insert([30]);
      },
    );
    expect(found).toEqual(expected.filter((id) => id !== written && id !== deleted));
    expect(await source.units(runId, { ...MISSING, order }, null, 9)).toEqual([]);
  });

  test('is fixed once: again, it is the same', async () => {
    const { source } = open();
    await insert([3, 9]);
    const selection = { ...MISSING, order: { items: 'stars' } };
    const runId = await fixed(source, selection);
    const places = () =>
      db.query('SELECT * FROM temporal_backfill.run_items WHERE run_id = $1 ORDER BY n', [runId]);
    const { rows } = await places();
    expect(rows.map(({ n }) => Number(n))).toEqual(Array.from({ length: 12 }, (_, n) => n + 1));
    await source.fix?.({ runId, selection });
    expect((await places()).rows).toEqual(rows);
  });

  test.each([
    [{ items: 'colour' }, 'cannot order items by colour: vehicle_images has no such column'],
    [{ items: 'size' }, 'cannot order items by size'],
    [{ units: 'place:desc' }, 'cannot order units by place: point has no order'],
    [{ units: 'ai_last_scanned' }, 'this backfill writes it'],
    [{ items: 'stars:down' }, 'no order is meant by stars:down'],
    [{ items: 'stars"; DROP TABLE vehicles; --' }, 'has no such column'],
  ])('by what images cannot be sorted by is refused, with what they can be: %o', async (order, message) => {
    await open().prepare();
    const refusal = await open()
      .source.survey('r', { ...MISSING, order })
      .catch((error: unknown) => error);
    const columns = 'id, vehicle_id, image_url, created_at, stars, File Name, code, sharp';
    expect(refusal).toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(`by: ${columns}${'units' in order ? ', size' : ''}; with :desc`),
    });
  });

  test('by size means the column of that name where there is one', async () => {
    const { source } = open();
    const images = await insert([2, 2]);
    await db.query('ALTER TABLE vehicle_images ADD COLUMN size int');
    await db.query('UPDATE vehicle_images SET size = CASE WHEN vehicle_id = $1 THEN 9 ELSE 1 END', [
      images[0]!.unit,
    ]);
    const selection = { ...MISSING, order: { units: 'size:desc', items: 'size' } };
    await open().source.survey('r', selection);
    const runId = await fixed(source, selection);
    expect((await source.units(runId, selection, null, 9))[0]?.unit).toBe(images[0]!.unit);
  });
});

interface Image {
  id: string;
  unit: string;
  values: Record<string, string | number | boolean | null>;
}

function open(): Backfill {
  const { vision } = canned({ labels: [] });
  const options = vehicleImages.options.parse({});
  return vehicleImages.open({ postgres: db, vision, journal: createPostgresJournal(db) } as never, options);
}

/** Vehicles with so many images each. Their values have ties, and some are missing. */
async function insert(sizes: number[]): Promise<Image[]> {
  const images = sizes.flatMap((size, n) => {
    const unit = randomUUID();
    return Array.from({ length: size }, (_, index) =>
      imageOf(unit, n === 1 ? Number.NaN : index * 7 + n * 3),
    );
  });
  await db.query(
    `INSERT INTO vehicle_images (id, vehicle_id, image_url, created_at, stars, "File Name", code, sharp)
     SELECT id, unit, 'file:a.jpg', (values->>'created_at')::timestamptz, (values->>'stars')::int,
            values->>'File Name', (values->>'code')::uuid, (values->>'sharp')::boolean
       FROM jsonb_to_recordset($1) AS given (id uuid, unit uuid, values jsonb)`,
    [JSON.stringify(images)],
  );
  return images;
}

/** NaN: none of its values is there. */
function imageOf(unit: string, n: number): Image {
  const none = Number.isNaN(n);
  const values = {
    stars: none || n % 5 === 0 ? null : n % 4,
    'File Name': none || n % 3 === 0 ? null : `IMG_${100 + (n % 9)}`,
    created_at: none ? null : new Date(Date.UTC(2025, 0, 1 + (n % 6))).toISOString(),
    code: none || n % 4 === 0 ? null : `00000000-0000-4000-8000-00000000000${n % 8}`,
    sharp: none || n % 6 === 0 ? null : n % 2 === 0,
  };
  return { id: randomUUID(), unit, values };
}

/** The order as people mean it, reckoned without a database. */
function inOrder(images: Image[], { units, items }: Order): (a: Image, b: Image) => number {
  const [unitColumn = '', unitDirection] = units?.split(':') ?? [];
  const [itemColumn = '', itemDirection] = items?.split(':') ?? [];
  const unitKey = (unit: string) => {
    const own = images.filter((one) => one.unit === unit);
    if (unitColumn === 'size') return own.length;
    const values = own.map(({ values }) => values[unitColumn] ?? null);
    return values.toSorted((a, b) => compare(a, b, unitDirection))[0] ?? null;
  };
  return (a, b) =>
    compare(unitKey(a.unit), unitKey(b.unit), unitDirection) ||
    compare(a.unit, b.unit) ||
    compare(a.values[itemColumn] ?? null, b.values[itemColumn] ?? null, itemDirection) ||
    compare(a.id, b.id);
}

type Value = Image['values'][string];

function compare(a: Value, b: Value, direction = 'asc'): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return (a < b ? -1 : 1) * (direction === 'desc' ? -1 : 1);
}

function idsOf(items: readonly { id: string }[]): string[] {
  return items.map(({ id }) => id);
}

function sample(backfill: Backfill, size: number, seed = 1, selection = MISSING): Promise<Item[]> {
  return backfill.source.sample({ runId: 'r', selection, size, seed });
}

/** Begins a run as a start does, as far as its order goes. */
async function fixed(source: Source, selection: Selection, ids?: string[]): Promise<string> {
  const runId = randomUUID();
  await createPostgresJournal(db).openRun({ runId, backfill: 'vehicle-images', ...(ids && { ids }) });
  await source.fix?.({ runId, selection, ids });
  return runId;
}

/** Walks as a run does: units, packed into scopes, then pages from a position. */
async function walk(
  source: Source,
  runId: string,
  selection: Selection,
  { pack, page, units }: { pack: number; page: number; units: number } = { pack: 10, page: 4, units: 3 },
  onPage: (page: Item[]) => Promise<void> = async () => {},
): Promise<string[]> {
  const found: string[] = [];
  let after: string | null = null;
  for (;;) {
    const next = await source.units(runId, selection, after, units);
    const complete = next.length < units;
    const scopes: Scope[] = packUnits(next, { units: 1_000, settings: { pack }, firstNumber: 0, complete });
    for (const scope of scopes) {
      let position: Position | null = null;
      for (;;) {
        const items: Item[] = await source.read({ runId, selection, scope, after: position, limit: page });
        found.push(...idsOf(items));
        const last = items.at(-1);
        if (!last) break;
        position = { unit: last.unit, id: last.id };
        await onPage(items);
      }
      after = scope.lastUnit;
    }
    if (complete) return found;
  }
}

async function scan(ids: string[]): Promise<void> {
  await db.query('UPDATE vehicle_images SET ai_last_scanned = now() WHERE id = ANY ($1)', [ids]);
}

async function unitsOfAtLeast(items: number): Promise<string[]> {
  const { rows } = await db.query<{ unit: string }>(
    'SELECT vehicle_id::text AS unit FROM vehicle_images GROUP BY 1 HAVING count(*) >= $1::float8',
    [items],
  );
  return rows.map(({ unit }) => unit);
}

async function tables(): Promise<unknown[]> {
  const { rows } = await db.query(
    `SELECT (SELECT jsonb_agg(i ORDER BY i.id) FROM vehicle_images i) AS images,
            (SELECT array_agg(oid::regclass::text ORDER BY oid) FROM pg_class WHERE relkind = 'r') AS tables,
            (SELECT count(*) FROM temporal_backfill.run_items) AS listed`,
  );
  return rows;
}
