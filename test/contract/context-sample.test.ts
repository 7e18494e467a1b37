import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../src/backfills/vehicle-images/migrate.ts';
import { verify } from '../../src/backfills/vehicle-images/verify.ts';
import { planPapers } from '../../src/stack/context/plan.ts';
import { planTrails } from '../../src/stack/context/trails.ts';
import { planSample, type SamplePlan } from '../../src/stack/sample/plan.ts';
import { fillTables } from '../../src/stack/sample/tables.ts';
import { addReceipts } from '../support/context-receipts.ts';
import { type Circumstances, contextTruth } from '../support/context-truth.ts';

const FULL = planSample({ images: 2_934, vehicles: 122 });
const SMALL = planSample({ images: 96, vehicles: 8 });
const PAPERS = ['receipts', 'timeline_events', 'reference_documents', 'vehicle_spid_data', 'image_tags'];

const server = new pg.Client({ connectionString: process.env.DATABASE_URL });
const name = `context_sample_${randomUUID().replaceAll('-', '')}`;
const databaseUrl = Object.assign(new URL(process.env.DATABASE_URL ?? ''), { pathname: name }).href;
let db: pg.Pool;

beforeAll(async () => {
  await server.connect();
});
afterAll(() => server.end());
beforeEach(async () => {
  await server.query(`CREATE DATABASE ${name}`);
  db = new pg.Pool({ connectionString: databaseUrl });
});
afterEach(async () => {
  await db.end();
  await server.query(`DROP DATABASE ${name}`);
});

describe('The papers of a sample in a real PostgreSQL', () => {
  test('give every image the score that its plan says, also once receipts were added', async () => {
    expect(await fill(FULL)).toEqual([]);
    expect(await scores()).toEqual(expectedScores(FULL));
    const receiptsAdded = new Map(
      [...planTrails(FULL)].filter(([, trail]) => trail !== 'scarce').map(([vehicle]) => [vehicle, 5]),
    );
    await addReceipts(db, receiptsAdded);
    await addReceipts(db, receiptsAdded);
    expect(await scores()).toEqual(expectedScores(FULL, { receiptsAdded }));
  });

  test('are in the tables as planned, word for word', async () => {
    await fill(SMALL);
    for (const { vendor, description } of planPapers(SMALL).flatMap(({ receipts }) => receipts)) {
      const { rows } = await db.query('SELECT FROM receipts WHERE vendor = $1 AND description = $2', [
        vendor,
        description,
      ]);
      expect(rows.length, String(vendor)).toBeGreaterThan(0);
    }
  });

  test('are neither doubled nor changed when the sample is made again, also after vehicle-images was', async () => {
    await fill(SMALL);
    await db.query(`UPDATE receipts SET vendor = 'by hand'`);
    const before = await counts();
    await migrate(db);
    expect(await fill(SMALL)).toEqual([]);
    expect(await counts()).toEqual(before);
    const { rows } = await db.query(`SELECT DISTINCT vendor FROM receipts`);
    expect(rows).toEqual([{ vendor: 'by hand' }]);
  });

  test('come to an older sample as well; the tables that vehicle-images has made there stay as they are', async () => {
    await fill(SMALL);
    await db.query(`DROP TABLE ${PAPERS.join(', ')}`);
    await migrate(db);
    expect((await fill(SMALL)).sort()).toEqual(['image_tags', 'vehicle_spid_data']);
    expect(await counts()).toMatchObject({
      receipts: expect.any(Number),
      vehicle_spid_data: 0,
      image_tags: 0,
    });
    expect((await counts()).receipts).toBeGreaterThan(0);
  });

  test('never come between the receipts that people own', async () => {
    await db.query('CREATE TABLE receipts (id integer PRIMARY KEY, shop text)');
    expect(await fill(SMALL)).toEqual(['receipts']);
    expect((await counts()).receipts).toBe(0);
    expect((await counts()).timeline_events).toBeGreaterThan(0);
  });
});

describe('vehicle-images, on a sample with papers', () => {
  test('has nothing to verify before its first run', async () => {
    await fill(SMALL);
    await expect(verify(db)).rejects.toThrow('vehicle-images has not run on this database');
  });

  test('adds what it needs to the tables, keeps what persons wrote, and finds no contradiction in it', async () => {
    await fill(SMALL);
    const before = await counts();
    expect(before.image_tags).toBeGreaterThan(0);
    expect(before.vehicle_spid_data).toBeGreaterThan(0);
    await migrate(db);
    expect(await counts()).toEqual(before);
    const { rows: indexes } = await db.query(
      `SELECT tablename FROM pg_indexes WHERE indexname LIKE '%image_step_position_key' ORDER BY 1`,
    );
    expect(indexes.map(({ tablename }) => tablename)).toEqual(
      expect.arrayContaining(['image_tags', 'vehicle_spid_data']),
    );
    const tables = await verify(db);
    expect(tables.filter(({ passed }) => passed === false)).toEqual([]);
    expect((await db.query('SELECT FROM vehicle_spid_contradictions')).rowCount).toBe(0);
  });
});

function fill(plan: SamplePlan): Promise<string[]> {
  return fillTables({ plan, databaseUrl, dir: '/photos' });
}

async function counts(): Promise<Record<string, number>> {
  const each = PAPERS.map(async (table) => {
    const { rows } = await db.query(`SELECT count(*)::int AS n FROM ${table}`);
    return [table, rows[0].n];
  });
  return Object.fromEntries(await Promise.all(each));
}

function expectedScores(plan: SamplePlan, circumstances?: Circumstances): Map<string, number> {
  const { images, expectedScore } = contextTruth(plan, circumstances);
  return new Map(images.map((image) => [image.id, expectedScore(image)] as const).sort());
}

/** Counted from the tables, by image that is not fully analysed. */
async function scores(): Promise<Map<string, number>> {
  const { rows } = await db.query<{ id: string; score: number }>(`
    SELECT i.id::text AS id, (
        least(20, 20 * (SELECT count(*) FROM vehicle_spid_data s WHERE s.vehicle_id = i.vehicle_id))
      + least(15, 15 * (SELECT count(*) FROM reference_documents d
                         WHERE d.vehicle_id = i.vehicle_id AND d.document_type = 'factory_manual'))
      + least(25, 5 * (SELECT count(*) FROM receipts r WHERE r.vehicle_id = i.vehicle_id))
      + least(15, 3 * e.events) + CASE WHEN e.events > 10 THEN 5 ELSE 0 END
      + least(10, 2 * (SELECT count(*) FROM image_tags t JOIN vehicle_images o ON o.id = t.image_id
                        WHERE o.vehicle_id = i.vehicle_id AND t.step IS NULL))
      + CASE WHEN i.ai_scan_metadata ?| ARRAY['rekognition', 'appraiser', 'spid'] THEN 10 ELSE 0 END)::int AS score
      FROM vehicle_images i
      CROSS JOIN LATERAL (SELECT count(*) AS events FROM timeline_events t WHERE t.vehicle_id = i.vehicle_id) AS e
     WHERE i.vehicle_id IS NOT NULL AND (i.ai_last_scanned IS NULL OR NOT coalesce(
           i.ai_scan_metadata ?& ARRAY['rekognition', 'appraiser', 'spid', 'scanned_at'], false))`);
  return new Map(rows.map(({ id, score }) => [id, score] as const).sort());
}
