import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, launch } from './cli-world.ts';

/** A database with photos that nothing of ours has ever touched, and a ledger that does not exist. */
let env: NodeJS.ProcessEnv;
let postgres: pg.Pool;
const dynamodb = new DynamoDBClient();
const images = Array.from({ length: 5 }, () => randomUUID());

beforeAll(async () => {
  const name = `virgin_${randomBytes(4).toString('hex')}`;
  const DATABASE_URL = await createDatabase(name);
  postgres = new pg.Pool({ connectionString: DATABASE_URL });
  await postgres.query(`
    CREATE TABLE vehicles (id uuid PRIMARY KEY);
    CREATE TABLE vehicle_images (id uuid PRIMARY KEY, vehicle_id uuid REFERENCES vehicles, image_url text);
    INSERT INTO vehicles SELECT gen_random_uuid() FROM generate_series(1, 2)`);
  await postgres.query(
    `INSERT INTO vehicle_images SELECT unnest($1::uuid[]), (SELECT id FROM vehicles LIMIT 1), 'cars/photo.jpg'`,
    [images],
  );
  await postgres.query('INSERT INTO vehicle_images VALUES (gen_random_uuid(), NULL, NULL)');
  env = {
    ...process.env,
    NO_COLOR: '1',
    DATABASE_URL,
    BACKFILL_LEDGER_TABLE: `temporal-backfill-${name}`,
    BACKFILL_TASK_QUEUE: name,
  };
});
afterAll(async () => {
  await postgres.end();
  dynamodb.destroy();
});

describe('on a database and a ledger that were never used', () => {
  test.for([
    [[], 5, { 'no-vehicle': 1 }],
    [['--only', 'incomplete'], 5, { 'no-vehicle': 1 }],
    [['--only', 'all', '--limit', '2'], 2, {}],
    [['--only', 'failed'], 0, {}],
  ] as const)('a dry run with %s counts, and writes nothing', async ([flags, items, skipped]) => {
    const before = await everything();
    const dry = await launch('start-backfill', ['vehicle-images', '--dry-run', '--json', ...flags], env)
      .outcome;
    expect(dry, dry.stderr).toMatchObject({ code: 0 });
    expect(dry.json()).toMatchObject({ items, skipped });
    expect(await everything()).toEqual(before);
  });

  test('a dry run counts the ids of a list that are to be done, tells how many are not, and writes nothing', async () => {
    const before = await everything();
    const folder = await mkdtemp(path.join(tmpdir(), 'backfill-ids-'));
    const list = path.join(folder, 'ids.txt');
    await writeFile(list, `${images[0]}\n${images[3]}\n${randomUUID()}\n`);
    const args = ['vehicle-images', '--dry-run', '--json', '--ids', list];
    const dry = await launch('start-backfill', args, env).outcome;
    expect(dry, dry.stderr).toMatchObject({ code: 0 });
    const notes = ['1 of the 3 ids are not selected: --only missing leaves them out, or there are none'];
    expect(dry.json()).toMatchObject({ items: 2, units: 1, notes });
    expect(await everything()).toEqual(before);
    await rm(folder, { recursive: true });
  });

  test('a dry run tells what a start would add to the database and to the ledger', async () => {
    const dry = await launch('start-backfill', ['vehicle-images', '--dry-run'], env).outcome;
    expect(dry.stdout).toMatch(/It would first add\n +columns .*ai_last_scanned.* of vehicle_images\n/);
    expect(dry.stdout).toMatch(/^ +tables image_tags, .*vehicle_spid_data$/m);
    expect(dry.stdout).toMatch(/^ +schema temporal_backfill, the change journal$/m);
    expect(dry.stdout).toMatch(/^ +DynamoDB table temporal-backfill-virgin_\w+, the ledger of paid calls$/m);
  });

  test.for([['list'], ['status'], ['report', 'vehicle-images'], ['verify', 'vehicle-images']])(
    'backfill %s has nothing to tell, and writes nothing',
    async (args) => {
      const before = await everything();
      const told = await launch('backfill', args, env).outcome;
      expect(told.stderr).toMatch(/no runs? yet|no run of 'vehicle-images' yet|has not run on this database/);
      expect(await everything()).toEqual(before);
    },
  );

  test('a start that finds nothing to do writes nothing', async () => {
    const before = await everything();
    const empty = await launch('start-backfill', ['vehicle-images', '--yes', '--only', 'failed'], env)
      .outcome;
    expect(empty, empty.stderr).toMatchObject({ code: 0 });
    expect(empty.stderr).toContain('nothing to do');
    expect(await everything()).toEqual(before);
  });

  test('a table of the wrong shape is told by a dry run already', async () => {
    await postgres.query('CREATE TABLE image_tags (id bigint PRIMARY KEY)');
    const refused = await launch('start-backfill', ['vehicle-images', '--dry-run'], env).outcome;
    await postgres.query('DROP TABLE image_tags');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('image_tags.id is bigint, not uuid');
  });
});

/** Every relation of every schema with its columns and rows, and every table of the ledger's server. */
async function everything() {
  const { rows } = await postgres.query(`
    SELECT n.nspname AS schema, c.relname AS relation, c.relkind AS kind,
           (SELECT count(*)::int FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped) AS columns,
           CASE WHEN c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
                THEN query_to_xml(format('SELECT * FROM %I.%I t ORDER BY t::text', n.nspname, c.relname), true, false, '')::text
           END AS content
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     ORDER BY 1, 2`);
  const { TableNames } = await dynamodb.send(new ListTablesCommand());
  return { rows, tables: TableNames?.toSorted() };
}
