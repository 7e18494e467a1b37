import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { changesOf } from '../../src/backfills/context-tiers/changes.ts';
import { check, migrate } from '../../src/backfills/context-tiers/migrate.ts';
import { options } from '../../src/backfills/context-tiers/options.ts';
import type { Findings } from '../../src/backfills/context-tiers/process.ts';
import { routeOf } from '../../src/backfills/context-tiers/routes.ts';
import { verify } from '../../src/backfills/context-tiers/verify.ts';
import { migrate as migrateVehicleImages } from '../../src/backfills/vehicle-images/migrate.ts';
import type { Answer } from '../../src/domain/call.ts';
import { type ContextCounts, contextPoints, contextScore } from '../../src/domain/context-score.ts';
import type { Journal } from '../../src/stores/journal.ts';
import { createPostgresJournal } from '../../src/stores/postgres-journal/index.ts';
import { freshName } from '../support/gated-stores.ts';
import { createDatabase } from '../support/vehicle-world.ts';
import { BLURRED, counts, GAPS, rowWith, TIER_1, TIER_2 } from '../unit/context-tiers/canned.ts';
import { claimOf, workOf } from './journal-database.ts';
import { rollBack } from './journal-rolling-back.ts';

let db: pg.Pool;
let journal: Journal;
const VEHICLE = randomUUID();
const OTHER = randomUUID();
const PLAIN = options.parse({});

beforeAll(async () => {
  db = new pg.Pool({ connectionString: await createDatabase(freshName('tiers')), max: 4 });
  journal = createPostgresJournal(db);
});
afterAll(() => db.end());
beforeEach(async () => {
  await db.query(`
    DROP SCHEMA public CASCADE; DROP SCHEMA IF EXISTS temporal_backfill CASCADE; CREATE SCHEMA public;
    CREATE TABLE vehicles (id uuid PRIMARY KEY);
    CREATE TABLE vehicle_images (id uuid PRIMARY KEY, vehicle_id uuid, image_url text, ai_last_scanned timestamptz);
    INSERT INTO vehicles VALUES ('${VEHICLE}'), ('${OTHER}')`);
  await journal.migrate();
});

describe('preparing a database', () => {
  test('adds the column and the view, says so before, and then has nothing to add', async () => {
    expect(await check(db)).toEqual([
      'columns ai_scan_metadata of vehicle_images',
      'views vehicle_context_gaps',
    ]);
    await Promise.all([migrate(db), migrate(db)]);
    expect(await check(db)).toEqual([]);
    expect((await db.query('SELECT * FROM vehicle_context_gaps')).rows).toEqual([]);
  });

  test("leaves somebody else's table of the view's name alone, and tells", async () => {
    await db.query('CREATE TABLE vehicle_context_gaps (mine int)');
    await migrate(db);
    expect(await check(db)).toEqual([]);
    expect(await find('Left as it is, not ours')).toMatchObject({ rows: [['vehicle_context_gaps']] });
    await analyse(await image(), {});
    expect(await find('What is missing of vehicles')).toMatchObject({
      rows: [[VEHICLE, 0, 2, expect.any(String)]],
    });
  });

  test('goes beside vehicle-images, in either order', async () => {
    await migrateVehicleImages(db);
    await migrate(db);
    await migrateVehicleImages(db);
    expect(await check(db)).toEqual([]);
  });

  test('of one that has no images is refused, and so is verifying one that nobody has prepared', async () => {
    await expect(verify(db, PLAIN)).rejects.toThrow('context-tiers has not run');
    await db.query('DROP TABLE vehicle_images');
    await expect(migrate(db)).rejects.toThrow('table vehicle_images not found');
  });
});

describe('what is missing of vehicles', () => {
  beforeEach(() => migrate(db));

  test('is one list for each, with the words to show, as the image judged last has it', async () => {
    const [first, second] = [await image(), await image()];
    await analyse(first, {}, { judgedAt: '2026-01-01T00:00:00.000Z' });
    const reworded = {
      ...GAPS,
      missing_items: [
        { item: 'paint-code ', value: 'newer', how_to_get: 'Photograph the SPID sheet' },
        { item: 'Factory manual', value: '', how_to_get: '' },
      ],
    };
    await analyse(second, { events: 1 }, { judgedAt: '2026-01-02T00:00:00.000Z', gaps: reworded });
    await analyse(await image(OTHER), {});
    const { rows } = await db.query(
      `SELECT item, words, images, current_context_score::int AS score, with_additions, judged_at FROM vehicle_context_gaps
        WHERE vehicle_id = $1 ORDER BY images DESC, item COLLATE "C"`,
      [VEHICLE],
    );
    const newer = { score: 3, with_additions: '85%', judged_at: '2026-01-02T00:00:00.000Z' };
    expect(rows).toEqual([
      { item: 'paint-code ', words: 'Photograph the SPID sheet', images: 2, ...newer },
      { item: 'Factory manual', words: 'Add Factory manual', images: 1, ...newer },
      {
        item: 'Receipts',
        words: 'Upload receipt for the headers',
        images: 1,
        ...{ ...newer, score: 0, judged_at: '2026-01-01T00:00:00.000Z' },
      },
    ]);
  });

  test('goes with what it came from, when that is rolled back, and nothing else does', async () => {
    const id = await image();
    const earlier = { rekognition: { kind: 'engine' }, scanned_at: '2025-01-01T00:00:00Z' };
    await db.query(`UPDATE vehicle_images SET ai_scan_metadata = $1, ai_last_scanned = '2025-01-01'`, [
      earlier,
    ]);
    const runId = await analyse(id, {});
    await db.query(
      `UPDATE vehicle_images SET ai_scan_metadata = ai_scan_metadata || '{"appraiser": {"summary": "later"}}'`,
    );
    expect((await db.query('SELECT * FROM vehicle_context_gaps')).rowCount).toBe(2);
    expect(await rollBack({ pool: db, journal, drop: async () => {} }, runId)).toMatchObject({
      conflicts: 0,
    });
    expect((await db.query('SELECT * FROM vehicle_context_gaps')).rowCount).toBe(0);
    const { rows } = await db.query(
      `SELECT ai_scan_metadata AS metadata, ai_last_scanned = '2025-01-01' AS untouched FROM vehicle_images`,
    );
    expect(rows).toEqual([{ metadata: { ...earlier, appraiser: { summary: 'later' } }, untouched: true }]);
  });

  test.each([
    '[1]',
    '"text"',
    '{"gap_finder": 7}',
    '{"gap_finder": {"missing_items": [null, {"item": 4}, "x"]}}',
  ])('stands whatever else is in a row: %s', async (metadata) => {
    await db.query('UPDATE vehicle_images SET ai_scan_metadata = NULL');
    await db.query('INSERT INTO vehicle_images (id, vehicle_id, ai_scan_metadata) VALUES ($1, $2, $3)', [
      randomUUID(),
      VEHICLE,
      metadata,
    ]);
    expect((await db.query('SELECT * FROM vehicle_context_gaps')).rows).toEqual([]);
    expect((await verify(db, PLAIN)).length).toBeGreaterThan(0);
  });
});

describe('verify', () => {
  beforeEach(() => migrate(db));

  test('tells progress, what is left, routes with their costs, and what one large call each would have cost', async () => {
    await analyse(await image(), { spid: 1, manuals: 1, receipts: 5 });
    await analyse(await image(), { events: 50 });
    await analyse(await image(), {});
    await image();
    await db.query('INSERT INTO vehicle_images (id, ai_scan_metadata) VALUES ($1, $2)', [
      randomUUID(),
      '{"context_score": 90, "processing_cost": 5}',
    ]);
    expect(await find('Progress')).toMatchObject({
      columns: ['total', 'processed', 'avg_context_score', 'total_cost'],
      rows: [[4, 3, 26.7, 0.03]],
    });
    expect(await find('How many left')).toMatchObject({ rows: [[1]] });
    expect(await find('Verify all done')).toMatchObject({ rows: [[4, 3, 75]] });
    expect(await find('Routes')).toMatchObject({
      columns: ['route', 'images', 'calls', 'cost', 'mean_cost', 'percent'],
      rows: [
        ['confirm', 1, 2, 0.01, 0.01, 33.3],
        ['gap_finder', 1, 2, 0.01, 0.01, 33.3],
        ['infer', 1, 2, 0.01, 0.01, 33.3],
      ],
    });
    expect(await find('Compared with the monolithic way')).toMatchObject({
      rows: [
        ['monolithic', '3 images × $0.02 = $0.0600'],
        ['context tiers', '$0.0300, $0.0100 per image'],
        ['savings', '$0.0300 (50% cheaper)'],
      ],
    });
    expect((await find('Sources of context that count nothing'))?.rows).toContainEqual([
      'table receipts not found',
    ]);
    expect(await find('What is missing of vehicles')).toMatchObject({
      rows: [[VEHICLE, 0, 2, 'Photograph the door jamb sticker; Upload receipt for the headers']],
    });
    expect(await find(CHECK)).toMatchObject({ passed: true, rows: [] });
  });

  test("says what the seed's own queries say", async () => {
    await analyse(await image(), { events: 50 });
    await image();
    const { rows } = await db.query(`
      SELECT COUNT(*) as total,
             COUNT(CASE WHEN ai_scan_metadata->'context_score' IS NOT NULL THEN 1 END) as processed,
             AVG((ai_scan_metadata->>'context_score')::int) as avg_context_score,
             SUM((ai_scan_metadata->>'processing_cost')::numeric) as total_cost
        FROM vehicle_images WHERE vehicle_id IS NOT NULL`);
    const said = Object.values(rows[0]).map(Number);
    expect((await find('Progress'))?.rows).toEqual([said]);
    expect(said).toEqual([2, 1, 20, 0.01]);
  });

  test.each([
    ['context_score', '21', 'the score is not the sum of its points'],
    ['context', '{"points": {"events": 20}, "route": "confirm"}', 'the route does not fit the score'],
    ['context', '{"points": "many", "route": "infer"}', 'the score is not the sum of its points'],
    ['processing_cost', '"much"', 'no processing cost'],
    ['tier_1', 'null', 'no tier 1'],
    ['tier_1', JSON.stringify(BLURRED), 'tier 2 of an image that does not suffice for it'],
    ['tier_2', 'null', 'no tier 2 of an image that suffices for it'],
    ['gap_finder', '{}', 'an answer of another route'],
  ])(
    'finds a broken %s (%s) in what a run wrote, and tells an example',
    async (key, value, contradiction) => {
      const id = await image();
      await analyse(id, { events: 50 });
      await db.query(
        `INSERT INTO vehicle_images (id, vehicle_id, ai_scan_metadata) VALUES ($1, $2, '{"context_score": 7}')`,
        [randomUUID(), VEHICLE],
      );
      expect(await find(CHECK)).toMatchObject({ passed: true });
      await db.query(
        `UPDATE vehicle_images SET ai_scan_metadata = ai_scan_metadata || jsonb_build_object($1::text, $2::jsonb) WHERE id = $3`,
        [key, value, id],
      );
      const table = await find(CHECK);
      expect(table).toMatchObject({ passed: false });
      expect(table?.rows).toContainEqual([contradiction, 1, id]);
    },
  );

  test('holds nothing against runs where there is no journal', async () => {
    await db.query('DROP SCHEMA temporal_backfill CASCADE');
    expect(await find(CHECK)).toMatchObject({ passed: true });
  });
});

const CHECK = 'Routes that contradict their score';

async function find(title: string) {
  return (await verify(db, PLAIN)).find((table) => table.title === title);
}

async function image(vehicle = VEHICLE): Promise<string> {
  const id = randomUUID();
  await db.query(`INSERT INTO vehicle_images (id, vehicle_id, image_url) VALUES ($1, $2, 'a.jpg')`, [
    id,
    vehicle,
  ]);
  return id;
}

/** As a run writes it, through the journal; each image costs a cent. */
async function analyse(
  id: string,
  known: Partial<ContextCounts>,
  { judgedAt = new Date().toISOString(), gaps = GAPS } = {},
): Promise<string> {
  const points = contextPoints(counts(known), false);
  const score = contextScore(points);
  const route = routeOf(score);
  const answer = <T>(value: T, cost: number): Answer<T> => ({
    value,
    cost,
    callKey: 'k',
    model: 'm',
    promptVersion: '1',
    cached: false,
  });
  const findings: Findings = {
    points,
    score,
    route,
    tier1: answer(TIER_1, 1_000_000),
    tier2: route === 'gap_finder' ? null : answer(TIER_2, 9_000_000),
    gaps: route === 'gap_finder' ? answer(gaps, 9_000_000) : null,
  };
  const changes = changesOf({ id, unit: VEHICLE, row: rowWith(known) }, findings, 'tokens', judgedAt);
  const runId = randomUUID();
  await journal.openRun({ runId, backfill: 'context-tiers' });
  const page = claimOf(runId);
  await journal.claim(page);
  const receipt = await journal.commit(page, workOf({ [id]: changes }));
  expect(receipt.counts).toMatchObject({ written: 1, conflicts: 0 });
  return runId;
}
