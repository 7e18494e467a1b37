import { setTimeout } from 'node:timers/promises';
import { Client, Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Change, FieldChange, RowsChange } from '../../src/domain/change.ts';
import { NO_COUNTS } from '../../src/domain/counts.ts';
import { RunPaused } from '../../src/domain/failure.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Position } from '../../src/domain/page.ts';
import { Fenced, RunClosed } from '../../src/stores/journal.ts';
import { createPostgresJournal } from '../../src/stores/postgres-journal/index.ts';
import {
  claimOf,
  createJournalDatabase,
  dump,
  fingerprints,
  imageId,
  type JournalDatabase,
  workOf,
  writePage,
  written,
} from './journal-database.ts';

let database: JournalDatabase;
const one = imageId(1);
const two = imageId(2);

beforeAll(async () => {
  database = await createJournalDatabase();
});

afterAll(() => database.drop());

beforeEach(async () => {
  await database.pool.query(`
    TRUNCATE vehicles, images, documents, marks, temporal_backfill.runs, temporal_backfill.receipts,
      temporal_backfill.items, temporal_backfill.journal;
    INSERT INTO vehicles VALUES (7, '', NULL, 12345678901234567890.12345678901234567890), (8, 'VIN8', 'red', 1);
    INSERT INTO images (id, vehicle_id, label, meta) VALUES
      ('${one}', 7, 'old', '{"kept": 0.12345678901234567890123, "scan": 1}'), ('${two}', 8, NULL, NULL);`);
});

describe('claims', () => {
  test('a page that was taken over writes nothing, whether it claims again or commits', async () => {
    const { journal, pool } = database;
    await journal.openRun({ runId: 'r', backfill: 'test' });
    const first = claimOf('r');
    const second = { ...first, fence: 2 };
    expect(await journal.claim(first)).toBeNull();
    expect(await journal.claim(second)).toBeNull();
    const before = await dump(pool);
    await expect(journal.commit(first, workOf({ a: [label(one, 'late')] }))).rejects.toThrow(Fenced);
    await expect(journal.claim(first)).rejects.toThrow(Fenced);
    expect(await dump(pool)).toEqual(before);
    await journal.commit(second, workOf({ a: [label(one, 'ours')] }));
    expect(await labels()).toEqual(['ours', null]);
  });

  test('a finished page tells its receipt instead of being written again, even when the run is closed', async () => {
    const { journal } = database;
    await journal.openRun({ runId: 'r', backfill: 'test' });
    const page = claimOf('r');
    const receipt = await journal.commit(page, workOf({ a: [label(one, 'first')] }));
    expect(await journal.commit(page, workOf({ a: [label(one, 'again')] }))).toEqual(receipt);
    await journal.closeRun('r');
    expect(await journal.claim({ ...page, fence: 9 })).toEqual(receipt);
    expect(await journal.receipt('r', page.page)).toEqual(receipt);
    expect(await journal.receipt('r', 'none')).toBeNull();
    expect(await labels()).toEqual(['first', null]);
  });

  test('the last position is that of the page that was finished last; a page of items to be tried again has none', async () => {
    const { journal } = database;
    await journal.openRun({ runId: 'r', backfill: 'test' });
    expect(await journal.lastPosition?.('r')).toBeNull();
    const finish = (page: string, position: Position | null) =>
      journal.commit({ ...claimOf('r'), page }, { ...workOf({}), position });
    await finish('b/1', { unit: 'b', id: two });
    await finish('a/1', { unit: 'a', id: one });
    await finish('b/2', null);
    await journal.claim({ ...claimOf('r'), page: 'c/1' });
    expect(await journal.lastPosition?.('r')).toEqual({ unit: 'a', id: one });
    expect(await journal.lastPosition?.('other')).toBeNull();
  });

  test('a closed run, and a run that nobody opened, write nothing', async () => {
    const { journal } = database;
    await journal.openRun({ runId: 'r', backfill: 'test' });
    await journal.openRun({ runId: 'r', backfill: 'test' });
    await journal.closeRun('r');
    await journal.closeRun('r');
    for (const runId of ['r', 'nobody']) {
      const commit = journal.commit(claimOf(runId), workOf({ a: [label(one, 'late')] }));
      await expect(commit).rejects.toThrow(RunClosed);
      await expect(journal.claim(claimOf(runId))).rejects.toThrow(RunClosed);
    }
    expect(await labels()).toEqual(['old', null]);
  });

  test('closing a run waits for the commit that is under way', async () => {
    const { journal, pool } = database;
    await journal.openRun({ runId: 'r', backfill: 'test' });
    const other = await pool.connect();
    await other.query('BEGIN');
    await other.query('SELECT FROM images WHERE id = $1 FOR UPDATE', [one]);
    const commit = journal.commit(claimOf('r'), workOf({ a: [label(one, 'in time')] }));
    await setTimeout(150);
    let closed = false;
    const close = journal.closeRun('r').then(() => {
      closed = true;
    });
    await setTimeout(150);
    const closedEarly = closed;
    await other.query('COMMIT');
    other.release();
    await Promise.all([commit, close]);
    expect(closedEarly).toBe(false);
    expect(await labels()).toEqual(['in time', null]);
  });
});

describe('fields', () => {
  test('an item of which one field was changed since it was read is a conflict, and none of it is written', async () => {
    const { journal, pool } = database;
    const seen = await fingerprints(pool, 'images', one, ['label', 'meta.scan', 'meta.new', 'tags']);
    const also = await fingerprints(pool, 'images', two, ['label', 'meta.scan']);
    await pool.query(`UPDATE images SET meta = meta || '{"scan": 2}' WHERE id = $1`, [one]);
    const change = fields(one, { label: 'ours', 'meta.scan': 3, 'meta.new': 1, tags: ['x'] }, { seen });
    const receipt = await writePage(journal, 'r', {
      a: [vehicle(7, { color: 'blue' }), change, documents(one, ['d1'])],
      b: [fields(two, { label: 'fine', 'meta.scan': 3 }, { seen: also })],
    });
    expect(receipt.counts).toEqual({ ...NO_COUNTS, written: 1, conflicts: 1 });
    expect(await labels()).toEqual(['old', 'fine']);
    expect((await dump(pool)).documents).toEqual([]);
    expect(await value('SELECT color FROM vehicles WHERE id = 7')).toBeNull();
    const [conflict] = await journal.conflicts('r');
    expect(conflict).toMatchObject({ item: 'a', status: 'conflict', class: 'changed-since' });
    expect(conflict?.message).toContain(`meta.scan of row ${one} of images`);
  });

  test('a key is merged into its column: other keys and their digits stay, an empty column becomes an object', async () => {
    const { journal, pool } = database;
    await writePage(journal, 'r', {
      a: [fields(one, { 'meta.scan': { deep: true }, 'meta.b.c': 'x' })],
      b: [fields(two, { 'meta.scan': null })],
    });
    const metas = await pool.query('SELECT meta::text FROM images ORDER BY id');
    expect(metas.rows.map(({ meta }) => meta)).toEqual([
      '{"b.c": "x", "kept": 0.12345678901234567890123, "scan": {"deep": true}}',
      '{"scan": null}',
    ]);
    expect(await entries('meta.scan')).toEqual([
      { before: '1', after: '{"deep": true}', column_was: 'object' },
      { before: null, after: 'null', column_was: 'sql null' },
    ]);
  });

  test('images in the journal are what the table keeps, in every digit, and in UTC', async () => {
    const { journal, pool } = database;
    await writePage(journal, 'r', {
      a: [
        fields(one, { score: 3.456, checked_at: '2024-05-01T12:00:00+02:00', tags: ['a', 'b'] }),
        vehicle(7, { mileage: 1 }),
      ],
    });
    expect(await entries('score')).toEqual([{ before: 'null', after: '3.46', column_was: null }]);
    expect((await entries('checked_at'))[0]?.after).toBe('"2024-05-01T10:00:00+00:00"');
    expect((await entries('tags'))[0]?.after).toBe('["a", "b"]');
    expect((await entries('mileage'))[0]?.before).toBe('12345678901234567890.12345678901234567890');
    const origin = await pool.query(
      `SELECT run_id, table_name, row_id, item, call_key, model, prompt_version FROM temporal_backfill.journal WHERE field = 'score'`,
    );
    expect(origin.rows[0]).toEqual({
      run_id: 'r',
      table_name: 'public.images',
      row_id: one,
      item: 'a',
      call_key: 'key',
      model: 'm',
      prompt_version: 'v1',
    });
  });

  test('onlyIfEmpty fills NULL and the empty text, keeps other values, and the first item of a page wins', async () => {
    const { journal, pool } = database;
    const fill = (id: number, more: JsonObject): Change => ({ ...vehicle(id, more), onlyIfEmpty: true });
    const receipt = await writePage(journal, 'r', {
      a: [fill(7, { vin: 'A', color: 'green' }), fill(8, { vin: 'A', color: 'green' })],
      b: [fill(7, { vin: 'B', color: 'black', mileage: 1 }), fill(999, { vin: 'nobody' })],
    });
    expect(receipt.counts).toEqual({ ...NO_COUNTS, written: 2 });
    expect((await pool.query('SELECT id, vin, color FROM vehicles ORDER BY id')).rows).toEqual([
      { id: '7', vin: 'A', color: 'green' },
      { id: '8', vin: 'VIN8', color: 'red' },
    ]);
    expect(await value(`SELECT count(*)::int FROM temporal_backfill.journal`)).toBe(2);
  });

  test('without onlyIfEmpty the last item of a page wins, and the journal has one entry', async () => {
    const { journal } = database;
    await writePage(journal, 'r', { a: [label(one, 'first')], b: [label(one, 'last', 'public.images')] });
    await writePage(journal, 'r', { c: [label(one, 'later')] });
    expect(await entries('label')).toEqual([{ before: '"old"', after: '"later"', column_was: null }]);
    expect(await labels()).toEqual(['later', null]);
  });

  test('an item whose row is gone is skipped, and nothing of it is written', async () => {
    const { journal, pool } = database;
    const receipt = await writePage(journal, 'r', {
      a: [vehicle(7, { color: 'blue' }), label(imageId(99), 'x')],
      b: [label(one, 'fine')],
    });
    expect(receipt.counts).toEqual({ ...NO_COUNTS, written: 1, skipped: 1 });
    expect(receipt.classes).toEqual({ gone: 1 });
    expect(await value('SELECT color FROM vehicles WHERE id = 7')).toBeNull();
    expect((await journal.failures('r'))[0]).toMatchObject({ item: 'a', status: 'skipped', class: 'gone' });
    expect((await dump(pool)).images).toHaveLength(2);
  });

  test('a value that the table refuses fails its own item and no other', async () => {
    const { journal, pool } = database;
    await pool.query(`UPDATE images SET meta = '[1]' WHERE id = $1`, [two]);
    const receipt = await writePage(journal, 'r', {
      good: [label(one, 'good')],
      long: [vehicle(7, { color: 'blue' }), label(two, 'far too long for eight')],
      nul: [vehicle(8, { color: 'a\0b' })],
      number: [fields(one, { score: 12345 })],
      orphan: [documents(imageId(99), ['x'])],
      id: [label('no uuid', 'x')],
      list: [fields(two, { 'meta.key': 1 })],
      fine: [vehicle(8, { color: 'white' })],
    });
    expect(receipt.counts).toEqual({ ...NO_COUNTS, written: 2, failed: 6 });
    expect(receipt.classes).toEqual({ 'row-invalid': 6 });
    expect(await labels()).toEqual(['good', null]);
    expect((await pool.query('SELECT color FROM vehicles ORDER BY id')).rows).toEqual([
      { color: null },
      { color: 'white' },
    ]);
    const messages = new Map((await journal.failures('r')).map(({ item, message }) => [item, message]));
    expect(messages.get('number')).toContain('numeric field overflow');
    expect(messages.get('list')).toContain('no JSON object');
  });

  test('a table or column that is missing pauses the run and says what is missing', async () => {
    const { journal, pool } = database;
    const column = writePage(journal, 'r', { a: [fields(one, { color: 'x' })] });
    await expect(column).rejects.toThrow(/Table images has no column color/);
    const key = writePage(journal, 'r', { a: [fields(one, { 'label.key': 'x' })] });
    await expect(key).rejects.toThrow(/no JSON in column label/);
    const table = writePage(journal, 'r', { a: [label(one, 'x', 'nowhere.at_all')] });
    await expect(table).rejects.toThrow(RunPaused);
    await pool.query('ALTER TABLE images ADD COLUMN color text');
    await writePage(journal, 'r', { a: [fields(one, { color: 'x' })] });
    await pool.query('ALTER TABLE images DROP COLUMN color');
  });
});

describe('time zones', () => {
  test('a time that nobody changed is no conflict, whatever zone it was read in, next to a refused value', async () => {
    const { journal, pool } = database;
    const name = (await pool.query('SELECT current_database() AS name')).rows[0].name;
    await pool.query(`UPDATE images SET checked_at = '2024-01-01T00:00:00Z'`);
    await pool.query(`ALTER DATABASE ${name} SET timezone = 'Asia/Kathmandu'`);
    const zoned = new Pool({ connectionString: pool.options.connectionString as string });
    const set = async (id: string, more: JsonObject = {}) =>
      fields(
        id,
        { checked_at: '2025-01-01T00:00:00Z', ...more },
        { seen: await fingerprints(zoned, 'images', id, ['checked_at']) },
      );
    await journal.openRun({ runId: 'r', backfill: 'test' });
    const receipt = await createPostgresJournal(zoned).commit(
      claimOf('r'),
      workOf({ a: [await set(one)], b: [await set(two, { label: 'much too long' })] }),
    );
    await zoned.end();
    await pool.query(`ALTER DATABASE ${name} RESET timezone`);
    expect(receipt.counts).toEqual({ ...NO_COUNTS, written: 1, failed: 1 });
    expect((await entries('checked_at'))[0]?.before).toBe('"2024-01-01T00:00:00+00:00"');
  });
});

describe('rows', () => {
  test('rows of an owner become exactly the given rows: inserted, updated, deleted', async () => {
    const { journal, pool } = database;
    await writePage(journal, 'r1', { a: [documents(one, ['x', 'y'])], b: [documents(two, ['z'])] });
    await writePage(journal, 'r2', { a: [documents(one, ['y', 'new'])] });
    const found = await pool.query(
      'SELECT id, image_id, step, position, body, length FROM documents ORDER BY id',
    );
    expect(found.rows).toEqual([
      { id: 'new', image_id: one, step: 's', position: 1, body: 'body of new', length: 11 },
      { id: 'y', image_id: one, step: 's', position: 0, body: 'body of y', length: 9 },
      { id: 'z', image_id: two, step: 's', position: 0, body: 'body of z', length: 9 },
    ]);
    const kinds = await pool.query(
      `SELECT row_id, before IS NULL AS inserted, after IS NULL AS deleted FROM temporal_backfill.journal
        WHERE run_id = 'r2' AND field = '*' ORDER BY row_id`,
    );
    expect(kinds.rows).toEqual([
      { row_id: 'new', inserted: true, deleted: false },
      { row_id: 'x', inserted: false, deleted: true },
      { row_id: 'y', inserted: false, deleted: false },
    ]);
  });

  test('a column that is not given keeps its default', async () => {
    const { journal } = database;
    const rows: RowsChange['rows'] = [{ id: 'x', position: 0 }];
    await writePage(journal, 'r', { a: [{ ...documents(one, []), rows }] });
    expect(await value(`SELECT body FROM documents`)).toBe('blank');
  });
});

describe('items and receipts', () => {
  test('a receipt counts each item once, with classes, and what the scope waits for', async () => {
    const { journal } = database;
    const base = { unit: 'u', tries: 1 };
    const results = [
      written('w'),
      { ...written('c'), status: 'cached' as const },
      { ...base, item: 's', status: 'skipped' as const, class: 'no-vehicle' },
      { ...base, item: 'f', status: 'failed' as const, class: 'image-not-found', message: 'no\0where' },
      { ...base, item: 'u', status: 'unknown' as const, class: 'call-unknown' },
      { ...base, item: 'd', status: 'deferred' as const, class: 'call-throttled', dueAt: 5_000 },
      { ...base, item: 'e', status: 'deferred' as const, class: 'call-throttled', dueAt: 4_321 },
    ];
    const position = { unit: 'u', id: 'e' };
    const receipt = await writePage(
      journal,
      'r',
      {},
      { results, missing: 2, position, done: false, read: 7 },
    );
    expect(receipt).toEqual({
      counts: { ...NO_COUNTS, written: 1, cached: 1, skipped: 3, failed: 1, unknown: 1 },
      classes: { 'no-vehicle': 1, 'image-not-found': 1, gone: 2 },
      position,
      done: false,
      read: 7,
      waiting: { items: 2, nextDueAt: 4_321 },
      hold: 'hold',
    });
    expect((await journal.failures('r')).map(({ item }) => item)).toEqual(['u', 'f', 's']);
    expect(await journal.failures('r', { class: 'image-not-found', limit: 1 })).toEqual([
      { item: 'f', unit: 'u', status: 'failed', class: 'image-not-found', message: 'nowhere', tries: 1 },
    ]);
    const beyond = await writePage(journal, 'r', {}, { results: [], missing: -3 });
    expect(beyond.counts).toEqual({ ...NO_COUNTS, total: 3 });
  });

  test('deferred items are due at their time, of their scope, earliest first, until they are written', async () => {
    const { journal } = database;
    await journal.openRun({ runId: 'r', backfill: 'test' });
    const deferred = (item: string, dueAt: number) => ({
      ...written(item),
      status: 'deferred' as const,
      class: 'call-throttled',
      dueAt,
    });
    await journal.commit(
      claimOf('r'),
      workOf({}, { results: [deferred('late', 900), deferred('soon', 100)] }),
    );
    await journal.commit(claimOf('r', { scope: 'other' }), workOf({}, { results: [deferred('theirs', 1)] }));
    expect(await journal.due('r', 'unit', 99, 10)).toEqual([]);
    expect(await journal.due('r', 'unit', 900, 10)).toEqual([
      { item: 'soon', tries: 1 },
      { item: 'late', tries: 1 },
    ]);
    expect(await journal.due('r', 'unit', 900, 1)).toHaveLength(1);
    const receipt = await journal.commit(claimOf('r'), workOf({ soon: [label(one, 'at last')] }));
    expect(receipt.waiting).toEqual({ items: 1, nextDueAt: 900 });
    expect(await journal.due('r', 'unit', 900, 10)).toEqual([{ item: 'late', tries: 1 }]);
  });

  test('starts without an end are counted, so that a crash has its suspects', async () => {
    const { journal } = database;
    expect(await journal.begin('r', 'x')).toBe(0);
    await journal.end('r', 'x');
    expect(await journal.begin('r', 'x')).toBe(0);
    expect(await journal.begin('r', 'x')).toBe(1);
    expect(await journal.begin('r', 'x')).toBe(2);
  });

  test('a run keeps its own list of items', async () => {
    const { journal, pool } = database;
    await journal.openRun({ runId: 'listed', backfill: 'test', ids: ['b', 'a'] });
    await journal.openRun({ runId: 'listed', backfill: 'test', ids: ['b', 'a'] });
    const found = await pool.query(
      `SELECT item FROM temporal_backfill.run_items WHERE run_id = 'listed' ORDER BY 1`,
    );
    expect(found.rows).toEqual([{ item: 'a' }, { item: 'b' }]);
    expect((await journal.runs())[0]).toMatchObject({
      runId: 'listed',
      backfill: 'test',
      state: 'open',
      closedAt: null,
    });
  });
});

describe('crashes and company', () => {
  test('a commit whose connection is killed leaves nothing, and the page can be committed again', async () => {
    const { journal, pool } = database;
    await journal.openRun({ runId: 'r', backfill: 'test' });
    const before = await dump(pool);
    const other = new Client({ connectionString: pool.options.connectionString as string });
    await other.connect();
    await other.query('BEGIN; LOCK TABLE documents IN SHARE MODE');
    const page = claimOf('r');
    const work = workOf({ a: [label(one, 'half'), documents(one, ['x'])] });
    const commit = journal.commit(page, work);
    const outcome = expect(commit).rejects.toThrow(/terminat/);
    await setTimeout(200);
    const killed = await other.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()`,
    );
    expect(killed.rowCount).toBe(1);
    await outcome;
    await other.query('ROLLBACK');
    await other.end();
    expect(await dump(pool)).toEqual(before);
    expect(await value('SELECT count(*)::int FROM temporal_backfill.journal')).toBe(0);
    expect((await journal.commit(page, work)).counts.written).toBe(1);
    expect(await labels()).toEqual(['half', null]);
  });

  test('pages over the same rows in any order wait for each other, without a deadlock', async () => {
    const { journal, pool } = database;
    await pool.query(`INSERT INTO vehicles SELECT n FROM generate_series(100, 160) n`);
    await journal.openRun({ runId: 'r', backfill: 'test' });
    const ids = Array.from({ length: 60 }, (_, n) => 100 + n);
    const pageOf = (order: number[], name: string) =>
      workOf(
        Object.fromEntries(
          order.map((id) => [
            `${name}-${id}`,
            [documents(one, [`${name}-${id}`], `${name}-${id}`), vehicle(id, { vin: name })],
          ]),
        ),
      );
    const receipts = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name, n) =>
        journal.commit(claimOf('r'), pageOf(n % 2 ? ids : ids.toReversed(), name)),
      ),
    );
    expect(receipts.map(({ counts }) => counts.written)).toEqual(Array(8).fill(60));
    expect(await value('SELECT count(DISTINCT vin)::int FROM vehicles WHERE id BETWEEN 100 AND 159')).toBe(1);
    await setTimeout(50);
    const deadlocks = `SELECT pg_stat_clear_snapshot(), deadlocks::int FROM pg_stat_database WHERE datname = current_database()`;
    expect((await pool.query(deadlocks)).rows[0].deadlocks).toBe(0);
  });

  test('pages that insert the same rows all succeed, one after the other', async () => {
    const { journal, pool } = database;
    await journal.openRun({ runId: 'r', backfill: 'test' });
    const page = (order: string[]) => workOf({ a: [documents(one, order)], b: [documents(two, ['z'])] });
    const orders = [
      ['x', 'y'],
      ['y', 'x'],
      ['x', 'y'],
    ];
    await Promise.all(orders.map((order) => journal.commit(claimOf('r'), page(order))));
    expect((await dump(pool)).documents).toHaveLength(3);
  });

  test('several processes may migrate at the same time', async () => {
    const { journal, pool } = database;
    await pool.query('DROP SCHEMA temporal_backfill CASCADE');
    await Promise.all([journal.migrate(), journal.migrate(), journal.migrate()]);
    await writePage(journal, 'r', { a: [label(one, 'x')] });
    await journal.migrate();
    expect(await journal.summary('r')).toEqual([
      { table: 'public.images', rows: 1, fields: 1, restored: 0, handedOn: 0, conflicts: 0 },
    ]);
  });
});

const BY = { callKey: 'key', model: 'm', promptVersion: 'v1' };

function fields(id: string, values: JsonObject, more: Partial<FieldChange> = {}): FieldChange {
  return { kind: 'fields', table: 'images', id, fields: values, by: BY, ...more };
}

function label(id: string, text: string, table = 'images'): FieldChange {
  return fields(id, { label: text }, { table });
}

function vehicle(id: number, values: JsonObject): FieldChange {
  return fields(String(id), values, { table: 'vehicles' });
}

function documents(image: string, ids: string[], step = 's'): RowsChange {
  const rows = ids.map((id, position) => ({ id, position, body: `body of ${id}` }));
  return { kind: 'rows', table: 'documents', owner: { image_id: image, step }, rows, by: BY };
}

async function value(sql: string): Promise<unknown> {
  const found = await database.pool.query({ text: sql, rowMode: 'array' });
  return found.rows[0]?.[0];
}

async function labels(): Promise<(string | null)[]> {
  const found = await database.pool.query<{ label: string | null }>('SELECT label FROM images ORDER BY id');
  return found.rows.map(({ label: text }) => text);
}

async function entries(field: string) {
  const found = await database.pool.query<Record<'before' | 'after' | 'column_was', string | null>>(
    `SELECT before::text, after::text, column_was FROM temporal_backfill.journal WHERE field = $1 ORDER BY row_id`,
    [field],
  );
  return found.rows;
}
