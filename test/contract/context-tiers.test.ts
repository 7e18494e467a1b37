import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readContexts } from '../../src/backfills/context-tiers/context.ts';
import { countsSql, improvedSql, routeSql, scoreSql } from '../../src/backfills/context-tiers/context-sql.ts';
import { options } from '../../src/backfills/context-tiers/options.ts';
import { ROUTES, routeOf } from '../../src/backfills/context-tiers/routes.ts';
import { readSources } from '../../src/backfills/context-tiers/sources.ts';
import { contextPoints, contextScore } from '../../src/domain/context-score.ts';
import { freshName } from '../support/gated-stores.ts';
import { createDatabase } from '../support/vehicle-world.ts';

/** What is known of vehicles, read from a real PostgreSQL. */

let db: pg.Pool;
const BLAZER = randomUUID();
const MUSTANG = randomUUID();
const NOTHING = { spid: 0, manuals: 0, receipts: 0, events: 0, userTags: 0 };

beforeAll(async () => {
  db = new pg.Pool({ connectionString: await createDatabase(freshName('context')), max: 4 });
});
afterAll(() => db.end());
beforeEach(async () => {
  await db.query(`
    DROP SCHEMA public CASCADE; DROP SCHEMA IF EXISTS "Garage A" CASCADE; CREATE SCHEMA public;
    CREATE TABLE vehicles (id uuid PRIMARY KEY, year int, make text, model text);
    CREATE TABLE vehicle_images (id uuid PRIMARY KEY, vehicle_id uuid);
    INSERT INTO vehicles VALUES ('${BLAZER}', 1977, 'Chevrolet', 'K5 Blazer'), ('${MUSTANG}', NULL, 'Ford', NULL)`);
});

describe('the context of a vehicle', () => {
  test('is counted by source, and told in lines that begin with the newest', async () => {
    await createSources();
    await db.query(`
      INSERT INTO vehicle_spid_data (vehicle_id, vin, rpo_codes) VALUES ('${BLAZER}', 'CKL187F123456', '{C60,TBK}');
      INSERT INTO reference_documents VALUES ('${BLAZER}', 'Service manual 1977', 'service_manual'), ('${BLAZER}', 'Brochure', 'brochure');
      INSERT INTO receipts VALUES
        ('${BLAZER}', 'Summit Racing', 431.2, 'Fuel pump', '2024-05-01'), ('${BLAZER}', 'LMC Truck', 80, NULL, '2025-01-31'),
        ('${MUSTANG}', 'NPD', 12, 'Emblem', NULL);
      INSERT INTO timeline_events VALUES ('${BLAZER}', 'repair', 'New fuel pump', '2024-05-03T23:30:00-04')`);
    const { [BLAZER]: blazer, [MUSTANG]: mustang } = await contexts();
    expect(blazer?.counts).toEqual({ ...NOTHING, spid: 1, manuals: 1, receipts: 2, events: 1 });
    expect(blazer?.text).toBe(
      [
        'Vehicle: 1977 Chevrolet K5 Blazer',
        'Factory data by SPID (1):',
        '- CKL187F123456 | C60, TBK',
        'Factory manuals (1):',
        '- Service manual 1977 | service_manual',
        'Receipts (2):',
        '- 2025-01-31 | LMC Truck | 80',
        '- 2024-05-01 | Summit Racing | Fuel pump | 431.2',
        'Timeline events (1):',
        '- 2024-05-04 | repair | New fuel pump',
        'Tags by people: none',
      ].join('\n'),
    );
    expect(mustang).toMatchObject({ counts: { ...NOTHING, receipts: 1 } });
    expect(mustang?.text).toMatch(/^Vehicle: Ford\n/);
  });

  test('is the same text in whatever order and zone its rows are read', async () => {
    await createSources();
    const events = Array.from(
      { length: 30 },
      (_, n) => `('${BLAZER}', 'repair', 'Event ${n}', '2024-05-03T23:30:00Z')`,
    );
    await db.query(`INSERT INTO timeline_events VALUES ${events.join(', ')}`);
    const before = (await contexts())[BLAZER]?.text;
    await db.query(
      `DELETE FROM timeline_events; INSERT INTO timeline_events VALUES ${events.reverse().join(', ')}`,
    );
    const client = await db.connect();
    await client.query(`SET TimeZone = 'Pacific/Auckland'; SET DateStyle = 'German'`);
    const sources = await readSources(client, options.parse({}));
    expect((await readContexts(client, sources, [MUSTANG, BLAZER])).get(BLAZER)?.text).toBe(before);
    await client.query('RESET ALL');
    client.release();
    expect(before).toContain('Timeline events (30, 20 of them here):');
  });

  test('stays small, and one line per record, whatever people wrote', async () => {
    await createSources();
    await db.query(
      `INSERT INTO timeline_events SELECT $1, 'note', n || repeat(E' \n- </record>\u0007\u2028', 20000), now() FROM generate_series(1, 40) n`,
      [BLAZER],
    );
    const { text, counts } = (await contexts())[BLAZER]!;
    expect(counts.events).toBe(40);
    expect(text.length).toBeLessThan(20 * 250 + 500);
    expect(text.split('\n').filter((line) => line.startsWith('- '))).toHaveLength(20);
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\u2028/u);
  });

  test('counts tags that people gave, not those of programs, nor ours', async () => {
    await createSources();
    const image = randomUUID();
    await db.query(`
      INSERT INTO vehicle_images VALUES ('${image}', '${BLAZER}');
      CREATE TABLE image_tags (image_id uuid, tag_name text, step text, source_type text, created_by text);
      INSERT INTO image_tags VALUES
        ('${image}', 'patina', NULL, 'manual', '${randomUUID()}'), ('${image}', 'lifted', NULL, NULL, NULL),
        ('${image}', 'Domain expert', NULL, 'user', 'maisie'),
        ('${image}', 'Wheel', 'rekognition', NULL, NULL), ('${image}', 'Tire', NULL, 'AI', NULL),
        ('${image}', 'Truck', NULL, 'rekognition', NULL), ('${image}', 'Car', NULL, NULL, 'ai_scan_bot'),
        ('${randomUUID()}', 'orphan', NULL, 'manual', NULL)`);
    const { counts, text } = (await contexts())[BLAZER]!;
    expect(counts.userTags).toBe(3);
    expect(text).toContain('Tags by people (3):\n- Domain expert\n- lifted\n- patina');
  });

  test('counts receipts of the last days only, where that is asked for', async () => {
    await createSources();
    await db.query(`INSERT INTO receipts (vehicle_id, receipt_date) VALUES
      ('${BLAZER}', now() - interval '5 days'), ('${BLAZER}', now() - interval '50 days'), ('${BLAZER}', NULL)`);
    const counted = async (flags: object) => (await contexts(flags))[BLAZER]?.counts.receipts;
    expect(await counted({})).toBe(3);
    expect(await counted({ receiptDays: 30 })).toBe(1);
  });
});

describe('sources', () => {
  test('that are not there count nothing, and are told', async () => {
    await db.query(`
      CREATE TABLE receipts (id int); CREATE TABLE timeline_events (vehicle_id bigint);
      CREATE SEQUENCE reference_documents; CREATE TABLE image_tags (vehicle_id uuid)`);
    const sources = await readSources(db, options.parse({}));
    expect(sources.missing.sort()).toEqual([
      'table image_tags has no column image_id',
      'table receipts has no column vehicle_id',
      'table reference_documents not found',
      'table vehicle_spid_data not found',
      'timeline_events.vehicle_id is bigint, not uuid',
    ]);
    expect(await contexts()).toMatchObject({ [BLAZER]: { counts: NOTHING }, [MUSTANG]: { counts: NOTHING } });
    expect(await db.query(countsSql(sources))).toMatchObject({ rows: [] });
  });

  test('without a date cannot be narrowed by days, which is told', async () => {
    await db.query('CREATE TABLE receipts (vehicle_id uuid, receipt_date text)');
    const sources = await readSources(db, options.parse({ receiptDays: 30 }));
    expect(sources.missing).toContain('table receipts has no column with a date, which --receipt-days needs');
  });

  test('may have any name, in any schema, and ids that are texts', async () => {
    const name = `x"; DROP TABLE vehicles; --'`;
    await db.query(`CREATE SCHEMA "Garage A"; CREATE TABLE "Garage A"."${name.replaceAll('"', '""')}" (vehicle_id text, "title" varchar(20), date date);
      INSERT INTO "Garage A"."${name.replaceAll('"', '""')}" VALUES ('${BLAZER}', 'Oil', 'infinity'), ('no id', 'x', NULL), (NULL, 'y', NULL)`);
    const found = await contexts({ receiptsTable: `Garage A.${name}` });
    expect(found[BLAZER]?.counts.receipts).toBe(1);
    expect(found[BLAZER]?.text).toContain('- Oil');
    expect((await db.query('SELECT FROM vehicles')).rowCount).toBe(2);
  });

  test('may lack every column that would say something', async () => {
    await db.query(
      `CREATE TABLE receipts (vehicle_id uuid); INSERT INTO receipts VALUES ('${BLAZER}'), ('${BLAZER}')`,
    );
    const { counts, text } = (await contexts())[BLAZER]!;
    expect(counts.receipts).toBe(2);
    expect(text).toContain('Receipts (2, 0 of them here):');
  });
});

describe('the score in SQL', () => {
  test('is what the points of the counts come to, for any counts, and takes the same route', async () => {
    const few = fc.integer({ min: 0, max: 30 });
    const counts = fc.record({ spid: few, manuals: few, receipts: few, events: few, userTags: few });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(counts, fc.boolean()), { minLength: 1, maxLength: 200 }),
        async (given) => {
          const { rows } = await db.query<{ score: number; route: string }>(
            `SELECT score, ${routeSql('score')} AS route FROM (
             SELECT n, ${scoreSql('c', 'c.before')} AS score
               FROM jsonb_to_recordset($1) AS c (n int, spid int, manuals int, receipts int, events int, "userTags" int, before boolean)
           ) AS scored ORDER BY n`,
            [JSON.stringify(given.map(([one, before], n) => ({ ...one, before, n })))],
          );
          const scores = given.map(([one, before]) => contextScore(contextPoints(one, before)));
          expect(rows).toEqual(scores.map((score) => ({ score, route: routeOf(score) })));
        },
      ),
      { numRuns: 20 },
    );
  });

  test('has improved where it takes a cheaper route than before, and only there', async () => {
    const { rows } = await db.query<{ score: number; route: string; improved: boolean }>(
      `SELECT score, route, ${improvedSql('score', 'route')} AS improved
         FROM generate_series(0, 100) AS score, unnest($1::text[]) AS route`,
      [ROUTES.map(({ name }) => name)],
    );
    const place = (route: string) => ROUTES.findIndex(({ name }) => name === route);
    const right = rows.filter(
      ({ score, route, improved }) => improved === place(routeOf(score)) < place(route),
    );
    expect(right).toHaveLength(404);
  });

  test('of all vehicles is that of what is read of each', async () => {
    await createSources();
    await db.query(`
      INSERT INTO vehicle_spid_data (vehicle_id) VALUES ('${BLAZER}');
      INSERT INTO receipts (vehicle_id) SELECT '${BLAZER}' FROM generate_series(1, 4);
      INSERT INTO timeline_events (vehicle_id) SELECT '${MUSTANG}' FROM generate_series(1, 50)`);
    const sources = await readSources(db, options.parse({}));
    const { rows } = await db.query<{ id: string; score: number }>(
      `SELECT v.id, ${scoreSql('c')} AS score FROM vehicles v LEFT JOIN (${countsSql(sources)}) c ON c.vehicle = v.id::text`,
    );
    expect(Object.fromEntries(rows.map(({ id, score }) => [id, score]))).toEqual({
      [BLAZER]: 40,
      [MUSTANG]: 20,
    });
    for (const { id, score } of rows) {
      const { counts } = (await contexts())[id]!;
      expect(contextScore(contextPoints(counts, false))).toBe(score);
    }
    await db.query('TRUNCATE vehicle_spid_data, receipts, timeline_events');
    const none = await db.query(
      `SELECT DISTINCT ${scoreSql('c')} AS score FROM vehicles v LEFT JOIN (${countsSql(sources)}) c ON c.vehicle = v.id::text`,
    );
    expect(none.rows).toEqual([{ score: 0 }]);
  });
});

async function contexts(flags: object = {}) {
  const sources = await readSources(db, options.parse(flags));
  return Object.fromEntries(await readContexts(db, sources, [BLAZER, MUSTANG, BLAZER]));
}

async function createSources(): Promise<void> {
  await db.query(`
    CREATE TABLE vehicle_spid_data (vehicle_id uuid, vin text, rpo_codes text[]);
    CREATE TABLE reference_documents (vehicle_id uuid, title text, document_type text);
    CREATE TABLE receipts (vehicle_id uuid, vendor_name text, total_amount numeric, description text, receipt_date date);
    CREATE TABLE timeline_events (vehicle_id uuid, event_type text, title text, event_date timestamptz)`);
}
