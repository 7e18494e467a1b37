import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import { NO_COUNTS } from '../../src/domain/counts.ts';
import { UsageError } from '../../src/domain/failure.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { createJournalDatabase, dump, imageId, type JournalDatabase, writePage } from './journal-database.ts';
import { openedRollback, rollBack } from './journal-rolling-back.ts';

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
    INSERT INTO images (id, vehicle_id, label, score, checked_at, tags, meta) VALUES
      ('${one}', 7, 'old', 1.50, '2024-01-01 10:00:00.123456+05', '{a,"b c"}',
       '{"kept": 0.12345678901234567890123, "scan": {"x": 1.10}}'),
      ('${two}', 8, NULL, NULL, NULL, NULL, NULL);
    INSERT INTO documents VALUES
      ('1-0', '${one}', 's', 0, 'first'), ('1-2', '${one}', 's', 2, 'third'), ('2-0', '${two}', 's', 0, NULL);`);
});

test('a rollback restores every field and row of the run: dumps before and after are equal', async () => {
  const { pool, journal } = database;
  const before = await dump(pool);
  await everythingIsWritten('r');
  expect(await dump(pool)).not.toEqual(before);
  const counts = await rollBack(database, 'r');
  expect(await dump(pool)).toEqual(before);
  expect(counts).toEqual({ ...NO_COUNTS, written: 20 });
  const fates = await journal.summary('r');
  expect(fates.map(({ table, fields, restored }) => [table, fields, restored])).toEqual([
    ['public.documents', 4, 4],
    ['public.images', 13, 13],
    ['public.marks', 1, 1],
    ['public.vehicles', 2, 2],
  ]);
});

test('a session in another time zone restores what was written in this one', async () => {
  const { pool } = database;
  const before = await dump(pool);
  await everythingIsWritten('r');
  const name = (await pool.query('SELECT current_database() AS name')).rows[0].name;
  await pool.query(`ALTER DATABASE ${name} SET timezone = 'Asia/Kathmandu'`);
  const counts = await rollBack(database, 'r', { freshConnections: true });
  await pool.query(`ALTER DATABASE ${name} RESET timezone`);
  expect(counts.conflicts).toBe(0);
  expect(await dump(pool)).toEqual(before);
});

test('a second rollback of a run finds nothing to do', async () => {
  const { pool } = database;
  await everythingIsWritten('r');
  await rollBack(database, 'r');
  await pool.query(`UPDATE images SET label = 'since'`);
  const after = await dump(pool);
  const rollback = openedRollback(database, 'r');
  await rollback.prepare();
  const survey = await rollback.source.survey('again', { only: 'all', watermark: '' });
  expect(survey).toMatchObject({ items: 0, units: 0 });
  expect(await rollBack(database, 'r')).toEqual(NO_COUNTS);
  expect(await dump(pool)).toEqual(after);
  expect((await rollback.verify())[0]).toMatchObject({ passed: true });
});

test('a rollback that was killed goes on where it stopped', async () => {
  const { pool } = database;
  const before = await dump(pool);
  await everythingIsWritten('r');
  const first = await rollBack(database, 'r', { pages: 2, page: 3 });
  expect(first.written).toBe(6);
  expect((await openedRollback(database, 'r').verify())[0]).toMatchObject({ passed: false });
  const second = await rollBack(database, 'r', { page: 3 });
  expect(second).toEqual({ ...NO_COUNTS, written: 14 });
  expect(await dump(pool)).toEqual(before);
});

test('only a run that the journal knows and that is closed can be rolled back', async () => {
  const { journal } = database;
  await journal.openRun({ runId: 'open', backfill: 'test' });
  await expect(openedRollback(database, 'open').prepare()).rejects.toThrow(/still open/);
  await expect(openedRollback(database, 'unknown').prepare()).rejects.toThrow(UsageError);
});

test.for([
  ['the earlier', ['r1', 'r2']],
  ['the later', ['r2', 'r1']],
] as const)('of two runs over the same fields and rows %s may be rolled back first', async ([, order]) => {
  const { pool } = database;
  const before = await dump(pool);
  await everythingIsWritten('r1');
  await somethingElseIsWritten('r2');
  for (const run of order) expect((await rollBack(database, run)).conflicts).toBe(0);
  expect(await dump(pool)).toEqual(before);
});

test('rolling back the earlier run leaves what the later wrote, and the journal says where the before-image went', async () => {
  const { pool, journal } = database;
  await writePage(journal, 'r1', { a: [image(one, { label: 'first' })] });
  await writePage(journal, 'r2', { a: [image(one, { label: 'first' })] });
  await rollBack(database, 'r1');
  expect((await pool.query('SELECT label FROM images ORDER BY id')).rows[0]).toEqual({ label: 'first' });
  expect((await journal.summary('r1'))[0]).toMatchObject({ fields: 1, restored: 0, handedOn: 1 });
  const heir = await pool.query(`
    SELECT m.rollback_state, n.run_id, n.before FROM temporal_backfill.journal m
      JOIN temporal_backfill.journal n ON n.seq = m.handed_to WHERE m.run_id = 'r1'`);
  expect(heir.rows).toEqual([{ rollback_state: 'handed', run_id: 'r2', before: 'old' }]);
});

test('of three runs the middle one may go first, then the first, then the last', async () => {
  const { pool, journal } = database;
  const before = await dump(pool);
  for (const [n, text] of ['a', 'b', 'a'].entries()) {
    const changes = {
      x: [image(two, { label: text, [`meta.${text}`]: n }), documents(one, Array(n).fill(text))],
    };
    await writePage(journal, `r${n}`, changes);
  }
  for (const run of ['r1', 'r0', 'r2']) expect((await rollBack(database, run)).conflicts).toBe(0);
  expect(await dump(pool)).toEqual(before);
});

test('what another hand has changed since is kept and listed, and the rest is restored', async () => {
  const { pool, journal } = database;
  await everythingIsWritten('r');
  await pool.query(`
    UPDATE images SET label = 'hand', meta = meta || '{"scan": "hand"}', score = NULL WHERE id = '${one}';
    UPDATE documents SET body = 'hand' WHERE id = '1-1';
    INSERT INTO documents VALUES ('1-2', '${one}', 'hand', 0, 'hand');`);
  const counts = await rollBack(database, 'r', { rollbackId: 'undo' });
  expect(counts).toEqual({ ...NO_COUNTS, written: 15, conflicts: 5 });
  const images = await pool.query('SELECT label, score, meta, tags FROM images ORDER BY id');
  expect(images.rows[0]).toEqual({
    label: 'hand',
    score: null,
    meta: { kept: 0.12345678901234568, scan: 'hand' },
    tags: ['a', 'b c'],
  });
  const listed = (await journal.conflicts('undo')).map(({ message }) => message).sort();
  expect(listed).toHaveLength(5);
  expect(listed[2]).toBe(`public.images, row ${one}, field label: expected "new", found "hand"; kept.`);
  expect(listed[3]).toBe(`public.images, row ${one}, field meta.scan: expected 2, found "hand"; kept.`);
  expect(listed[4]).toContain('field score: expected 3.46, found null');
});

test('a row that was deleted by another hand stays deleted, and a row that others refer to stays', async () => {
  const { pool, journal } = database;
  await writePage(journal, 'r', { a: [image(two, { label: 'x' })], b: [documents(one, ['d1', 'd2'])] });
  await pool.query(`
    DELETE FROM documents WHERE id = '2-0'; DELETE FROM images WHERE id = '${two}';
    INSERT INTO marks VALUES ('theirs', '1-1')`);
  const counts = await rollBack(database, 'r', { rollbackId: 'undo' });
  expect(counts).toEqual({ ...NO_COUNTS, written: 2, conflicts: 2 });
  const messages = (await journal.conflicts('undo')).map(({ message }) => message).sort();
  expect(messages[0]).toContain('violates foreign key constraint');
  expect(messages[1]).toContain('expected "x", found no such row');
  expect(await rollBack(database, 'r')).toEqual(NO_COUNTS);
  expect((await dump(pool)).marks).toHaveLength(1);
});

/** Every kind of change: columns, keys, filling in, rows inserted, replaced and deleted, rows that refer to rows. */
async function everythingIsWritten(runId: string): Promise<void> {
  const values = { label: 'new', score: 3.456, checked_at: '2025-01-01T00:00:00Z', tags: ['x'] };
  await writePage(database.journal, runId, {
    a: [image(one, { ...values, 'meta.scan': 2, 'meta.more': null }), documents(one, ['d1', 'd2'])],
    b: [image(two, { ...values, 'meta.scan': { y: 1.1 }, 'meta.more': 'm' }), documents(two, ['m'])],
    c: [{ ...vehicle(7, { vin: 'V', color: 'blue' }), onlyIfEmpty: true }],
  });
  await writePage(database.journal, runId, {
    d: [image(one, { document_id: '1-1' }), marks(['mark'], '1-1')],
  });
}

async function somethingElseIsWritten(runId: string): Promise<void> {
  await writePage(database.journal, runId, {
    a: [marks([], '1-1'), image(one, { document_id: null, 'meta.more': 3, 'meta.own': 4, label: 'r2' })],
    b: [image(two, { 'meta.own': 1, 'meta.scan': 5, score: 3.46 }), documents(two, ['m2', 'm3'])],
    c: [vehicle(7, { color: 'white', mileage: 5 })],
  });
  await writePage(database.journal, runId, { d: [documents(one, ['only'])] });
}

function image(id: string, values: JsonObject): Change {
  return { kind: 'fields', table: 'images', id, fields: values, by: {} };
}

function vehicle(id: number, values: JsonObject): Change & { kind: 'fields' } {
  return { kind: 'fields', table: 'vehicles', id: String(id), fields: values, by: {} };
}

/** A row's place is its id, as in every backfill: `1-0` is the first of image 1. */
function documents(imageOf: string, bodies: string[]): Change {
  const rows = bodies.map((body, position) => ({ id: `${imageOf.at(-1)}-${position}`, position, body }));
  return { kind: 'rows', table: 'documents', owner: { image_id: imageOf, step: 's' }, rows, by: {} };
}

function marks(ids: string[], document: string): Change {
  return {
    kind: 'rows',
    table: 'marks',
    owner: { document_id: document },
    rows: ids.map((id) => ({ id })),
    by: {},
  };
}
