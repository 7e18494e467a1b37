import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { VerifyTable } from '../../src/backfills/define.ts';
import { vehicleImages } from '../../src/backfills/vehicle-images/index.ts';
import type { Journal } from '../../src/stores/journal.ts';
import { createPostgresJournal } from '../../src/stores/postgres-journal/index.ts';
import { freshName } from '../support/gated-stores.ts';
import { createDatabase } from '../support/vehicle-world.ts';
import { APPRAISAL, canned, label } from '../unit/vehicle-images/canned.ts';
import { claimOf, workOf } from './journal-database.ts';

const ANALYSED = { labels: [label('Engine', 96)], appraisal: APPRAISAL };
const VEHICLE = randomUUID();
const OTHERS = randomUUID();
let db: pg.Pool;
let journal: Journal;
let image: string;

beforeAll(async () => {
  db = new pg.Pool({ connectionString: await createDatabase(freshName('verify')), max: 4 });
  journal = createPostgresJournal(db);
  await journal.migrate();
});
afterAll(() => db.end());
/** One image that a run has analysed, and one as another tool left it: broken, and no concern of a run. */
beforeEach(async () => {
  await db.query(`
    DROP TABLE IF EXISTS vehicles, vehicle_images, image_tags, component_conditions, paint_quality_assessments, vehicle_spid_data CASCADE;
    CREATE TABLE vehicles (id uuid PRIMARY KEY);
    CREATE TABLE vehicle_images (id uuid PRIMARY KEY, vehicle_id uuid, image_url text);
    CREATE TABLE image_tags (id uuid PRIMARY KEY, image_id uuid, confidence numeric);
    INSERT INTO vehicles VALUES ('${VEHICLE}')`);
  await open().prepare();
  image = randomUUID();
  await db.query(`INSERT INTO vehicle_images (id, vehicle_id, image_url) VALUES ($1, $2, 'a.jpg')`, [
    image,
    VEHICLE,
  ]);
  await db.query(
    `INSERT INTO vehicle_images (id, vehicle_id, image_url, ai_last_scanned, ai_avg_confidence, ai_scan_metadata)
     VALUES ($1, $2, 'b.jpg', now(), -1, '{"rekognition": null}')`,
    [OTHERS, VEHICLE],
  );
  await db.query('INSERT INTO image_tags (id, image_id, confidence) VALUES ($1, $1, 900)', [randomUUID()]);
  await analyse();
});

test('an analysis as runs write it contradicts nothing, whatever other tools left', async () => {
  expect(await check()).toMatchObject({ passed: true, rows: [] });
});

test.each([
  [
    `UPDATE vehicle_images SET ai_scan_metadata = ai_scan_metadata - 'rekognition'`,
    'analysed without labels',
  ],
  ['UPDATE vehicle_images SET ai_avg_confidence = 101', 'vehicle_images.ai_avg_confidence is not 0 to 100'],
  [
    'UPDATE component_conditions SET condition_score = -1',
    'component_conditions.condition_score is not 0 to 100',
  ],
  [
    'UPDATE paint_quality_assessments SET quality_score = 1000',
    'paint_quality_assessments.quality_score is not 0 to 100',
  ],
  ['UPDATE image_tags SET confidence = 200', 'image_tags.confidence is not 0 to 100'],
])('one that does is told, with an example: %s', async (statement, contradiction) => {
  await db.query(statement);
  expect(await check()).toMatchObject({ passed: false, rows: [[contradiction, 1, image]] });
});

test('findings of an image that is gone are told', async () => {
  await db.query('DELETE FROM vehicle_images WHERE id = $1', [image]);
  expect(await check()).toMatchObject({
    passed: false,
    rows: [['image_tags of an image that is gone', 1, image]],
  });
});

test('what was rolled back is not held against a run', async () => {
  await db.query(`UPDATE vehicle_images SET ai_scan_metadata = '{}'`);
  expect(await check()).toMatchObject({ passed: false });
  await db.query(`UPDATE temporal_backfill.journal SET rollback_state = 'conflict'`);
  expect(await check()).toMatchObject({ passed: true });
});

test('a database that has no journal has nothing of a run', async () => {
  await db.query('ALTER SCHEMA temporal_backfill RENAME TO aside');
  expect(await check()).toMatchObject({ passed: true, rows: [] });
  await db.query('ALTER SCHEMA aside RENAME TO temporal_backfill');
});

function open(answers: Parameters<typeof canned>[0] = { labels: [] }) {
  const { vision } = canned(answers);
  const options = vehicleImages.options.parse({});
  return vehicleImages.open({ postgres: db, vision, journal } as never, options);
}

async function analyse(): Promise<void> {
  const backfill = open();
  const runId = randomUUID();
  await journal.openRun({ runId, backfill: 'vehicle-images' });
  const page = claimOf(runId);
  await journal.claim(page);
  const [item] = await backfill.source.readByIds(runId, [image]);
  const processed = await backfill.process(item!, canned(ANALYSED).ask);
  if (processed.kind === 'skip') throw new Error('nothing is skipped here');
  const receipt = await journal.commit(page, workOf({ [image]: processed.changes }));
  expect(receipt.counts).toMatchObject({ written: 1, conflicts: 0 });
}

async function check(): Promise<VerifyTable | undefined> {
  return (await open().verify()).find(({ title }) => title === 'Analyses that contradict themselves');
}
