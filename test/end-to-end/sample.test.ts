import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateSample } from '../../src/stack/sample/generate.ts';

const DATABASE = `sample_${process.pid}`;
const SIZE = { images: 60, vehicles: 6 };

let dir: string;
let databaseUrl: string;
let client: pg.Client;

describe('The sample data in a real PostgreSQL', () => {
  test('has the known proportions and a file for every row but the planted ones', async () => {
    const summary = await generateSample({ ...SIZE, databaseUrl, dir });
    expect(summary).toMatchObject({ images: 60, vehicles: 6, never: 40, partly: 16, fully: 4 });
    const { rows } = await client.query(
      `SELECT count(*)::int AS images,
              count(*) FILTER (WHERE ai_last_scanned IS NULL)::int AS never,
              count(*) FILTER (WHERE ai_scan_metadata ?& ARRAY['rekognition', 'appraiser', 'spid', 'scanned_at'])::int AS fully,
              count(DISTINCT vehicle_id)::int AS vehicles
         FROM vehicle_images WHERE vehicle_id IS NOT NULL`,
    );
    expect(rows).toEqual([{ images: 60, never: 40, fully: 4, vehicles: 6 }]);
    const keys = await client.query<{ storage_path: string; file_name: string }>(
      `SELECT storage_path, file_name FROM vehicle_images
        WHERE storage_path IS NOT NULL AND storage_path NOT LIKE '../%' AND file_name NOT LIKE '%missing-file%'`,
    );
    for (const { storage_path } of keys.rows)
      expect((await stat(join(dir, storage_path))).isFile()).toBe(true);
  });

  test('is neither drawn nor changed when it is made again', async () => {
    await client.query(`UPDATE vehicle_images SET document_category = 'by hand'`);
    const files = await readdir(dir, { recursive: true });
    const summary = await generateSample({ ...SIZE, databaseUrl, dir });
    expect(summary.drawn).toBe(0);
    expect(await readdir(dir, { recursive: true })).toEqual(files);
    const { rows } = await client.query(
      `SELECT count(*)::int AS others FROM vehicle_images WHERE document_category IS DISTINCT FROM 'by hand'`,
    );
    expect(rows).toEqual([{ others: 0 }]);
  });

  test('never comes between the rows of another sample', async () => {
    const other = { images: 61, vehicles: 6, databaseUrl, dir };
    await expect(generateSample(other)).rejects.toThrow('holds another sample');
  });

  test('never comes between data that people own', async () => {
    await client.query('COMMENT ON TABLE vehicle_images IS NULL');
    await expect(generateSample({ ...SIZE, databaseUrl, dir })).rejects.toThrow('holds data of its own');
  });

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sample-'));
    const server = new URL(process.env.DATABASE_URL ?? '');
    await onServer(server, `CREATE DATABASE ${DATABASE}`);
    databaseUrl = Object.assign(new URL(server), { pathname: `/${DATABASE}` }).href;
    client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
  });

  afterAll(async () => {
    await client?.end();
    await onServer(new URL(process.env.DATABASE_URL ?? ''), `DROP DATABASE IF EXISTS ${DATABASE}`);
    await rm(dir, { recursive: true, force: true });
  });
});

async function onServer(server: URL, statement: string): Promise<void> {
  const admin = new pg.Client({ connectionString: server.href });
  await admin.connect();
  await admin.query(statement).finally(() => admin.end());
}
