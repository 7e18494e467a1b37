import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { ItemResult } from '../../src/domain/page.ts';
import { QUARANTINED_AFTER } from '../../src/stores/journal.ts';
import { createPostgresJournal } from '../../src/stores/postgres-journal/index.ts';
import {
  claimOf,
  createJournalDatabase,
  dump,
  imageId,
  type JournalDatabase,
  workOf,
  writePage,
  written,
} from './journal-database.ts';
import { rollBack } from './journal-rolling-back.ts';

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
      temporal_backfill.items, temporal_backfill.journal, temporal_backfill.quarantine,
      temporal_backfill.canary_items;
    INSERT INTO images (id, label, meta) VALUES ('${one}', 'old', '{"scan": 1}'), ('${two}', NULL, NULL)`);
});

describe('quarantine', () => {
  test('an item that failed in three runs is left out by the fourth, until a run writes it', async () => {
    const { journal } = database;
    for (const run of ['r1', 'r2']) await record(run, failed('x', 'image-not-found'), written('y'));
    await record('r3', failed('y'));
    await journal.openRun({ runId: 'r4', backfill: 'test' });
    expect(await journal.leftOut('r4', ['x', 'y'])).toEqual(new Map());
    await record('r4', failed('x', 'image-forbidden', 'a\0b'));
    await journal.openRun({ runId: 'r5', backfill: 'test' });
    expect(await journal.leftOut('r5', ['x', 'y', 'z'])).toEqual(new Map([['x', 'quarantined']]));
    expect(await journal.quarantined('test')).toEqual([
      { item: 'x', unit: 'u', runs: 3, class: 'image-forbidden', message: 'ab' },
    ]);
    expect(await journal.quarantined('other')).toEqual([]);
    await record('r5', { ...written('x'), status: 'cached' });
    expect(await journal.leftOut('r5', ['x'])).toEqual(new Map());
    expect(await journal.quarantined('test')).toEqual([]);
  });

  test('a run counts once, however often an item of it fails; what is skipped, waits or conflicts counts nothing', async () => {
    const { journal, pool } = database;
    for (const run of ['r1', 'r2']) {
      await record(run, failed('x'));
      await record(run, failed('x'));
    }
    for (const [n, status] of (['skipped', 'deferred', 'unknown'] as const).entries()) {
      await record(`s${n}`, { ...written('x'), status, class: 'quarantined', dueAt: 1 });
    }
    await pool.query(`UPDATE images SET label = 'hand' WHERE id = '${one}'`);
    const seen = { label: 'no such fingerprint' };
    const receipt = await writePage(journal, 'c', { x: [{ ...label(one, 'new'), seen }] });
    expect(receipt.counts).toMatchObject({ conflicts: 1 });
    expect((await pool.query('SELECT item, runs FROM temporal_backfill.quarantine')).rows).toEqual([
      { item: 'x', runs: 2 },
    ]);
  });

  test('an item whose values the table refuses counts as failed', async () => {
    const { journal } = database;
    await writePage(journal, 'r', { x: [label(one, 'far too long for eight')], y: [label(two, 'fine')] });
    expect(await journal.failedItems('test')).toEqual(['x']);
    expect(await journal.failedItems('test', { class: 'row-invalid' })).toEqual(['x']);
    expect(await journal.failedItems('test', { class: 'unexpected' })).toEqual([]);
  });

  test('a page that is lost leaves the quarantine as it was', async () => {
    const { journal } = database;
    await journal.openRun({ runId: 'r', backfill: 'test' });
    const page = claimOf('r');
    await journal.claim({ ...page, fence: 2 });
    await expect(journal.commit(page, workOf({}, { results: [failed('x')] }))).rejects.toThrow();
    expect(await journal.failedItems('test')).toEqual([]);
  });

  test("a rollback's items are journal entries: an item of the same name stays where it was", async () => {
    const { journal, pool } = database;
    await writePage(journal, 'r', { a: [label(one, 'new')] });
    const { seq } = (await pool.query('SELECT seq FROM temporal_backfill.journal')).rows[0];
    for (const run of ['f1', 'f2', 'f3']) await record(run, failed(String(seq)));
    const before = await journal.quarantined('test');
    expect(before).toHaveLength(1);
    await journal.closeRun('r');
    await journal.openRun({ runId: 'undo', backfill: 'test', rollbackOf: 'r' });
    expect(await journal.leftOut('undo', [String(seq)])).toEqual(new Map());
    await journal.commit(claimOf('undo'), workOf({ [seq]: [{ kind: 'restore', seq: String(seq) }] }));
    await record('undo', failed('12'));
    expect(await journal.quarantined('test')).toEqual(before);
    expect(await journal.failedItems('test')).toEqual([String(seq)]);
  });

  test('whatever runs record, an item is in quarantine when its last three or more runs with an end failed', async () => {
    const { journal, pool } = database;
    const end = fc.constantFrom('failed', 'written', 'cached', 'skipped', 'unknown', 'deferred');
    const runs = fc.array(fc.dictionary(fc.constantFrom('a', 'b', 'c'), end), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(runs, async (history) => {
        await pool.query('TRUNCATE temporal_backfill.quarantine, temporal_backfill.runs');
        const failures = new Map<string, number>();
        for (const [n, ends] of history.entries()) {
          const results = Object.entries(ends).map(([item, status]) => ({
            ...failed(item),
            status,
            dueAt: 1,
          }));
          await record(`r${n}`, ...(results as ItemResult[]));
          for (const [item, status] of Object.entries(ends)) {
            if (status === 'failed') failures.set(item, (failures.get(item) ?? 0) + 1);
            if (status === 'written' || status === 'cached') failures.delete(item);
          }
        }
        expect(await journal.failedItems('test')).toEqual([...failures.keys()].sort());
        const expected = [...failures].filter(([, count]) => count >= QUARANTINED_AFTER);
        const found = (await journal.quarantined('test')).map(({ item, runs: count }) => [item, count]);
        expect(found).toEqual(expected.sort());
      }),
      { numRuns: 40, interruptAfterTimeLimit: 10_000, markInterruptAsFailure: false },
    );
  });
});

describe('a table whose trigger lets a write pass without doing it', () => {
  test.each([
    ['UPDATE', 'images', (text: string) => label(one, text)],
    ['INSERT', 'documents', (text: string) => documents(one, [text])],
  ])('fails the item on %s, and the others of its page are written', async (event, table, change) => {
    const { journal, pool } = database;
    await pool.query(`
      CREATE FUNCTION ignore() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RETURN CASE WHEN NEW::text NOT LIKE '%ignored%' THEN NEW END; END $$;
      CREATE TRIGGER ignore BEFORE ${event} ON ${table} FOR EACH ROW EXECUTE FUNCTION ignore()`);
    try {
      const work = { x: [change('ignored')], y: [label(two, 'fine')] };
      const receipt = await writePage(journal, 'r', work);
      expect(receipt.counts).toMatchObject({ written: 1, failed: 1 });
      expect(await journal.failedItems('test', { class: 'row-invalid' })).toEqual(['x']);
      expect(await entries()).toMatchObject([{ item: 'y', field: 'label' }]);
    } finally {
      await pool.query('DROP FUNCTION ignore CASCADE');
    }
  });
});

describe('a table that can never take what is to be written', () => {
  test.each([
    [
      'a column that is computed',
      'ALTER TABLE odd ADD COLUMN label text GENERATED ALWAYS AS (id::text) STORED',
    ],
    [
      'a view that groups',
      'ALTER TABLE odd RENAME TO odds; CREATE VIEW odd AS SELECT id, max(n)::text AS label FROM odds GROUP BY id',
    ],
    [
      'a view whose column is an expression',
      `ALTER TABLE odd RENAME TO odds; CREATE VIEW odd AS SELECT id, n || 'x' AS label FROM odds`,
    ],
    [
      'a materialized view',
      `ALTER TABLE odd RENAME TO odds; CREATE MATERIALIZED VIEW odd AS SELECT id, 'x' AS label FROM odds`,
    ],
    [
      'a trigger whose function is broken',
      `ALTER TABLE odd ADD COLUMN label text;
      CREATE FUNCTION odd_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM no_such_function(); RETURN NEW; END';
      CREATE TRIGGER odd BEFORE UPDATE ON odd FOR EACH ROW EXECUTE FUNCTION odd_trigger()`,
    ],
  ])('pauses the run, and is not tried for ever: %s', async (_, made) => {
    const { journal, pool } = database;
    await pool.query(`CREATE TABLE odd (id text, n int); INSERT INTO odd VALUES ('1', 1); ${made}`);
    try {
      const change: Change = { ...label('1', 'new'), table: 'odd' };
      await expect(writePage(journal, 'r', { x: [change] })).rejects.toMatchObject({
        name: 'RunPaused',
        message: expect.stringContaining('PostgreSQL cannot go on'),
      });
    } finally {
      await pool.query(
        `DROP TABLE IF EXISTS odds CASCADE; DROP TABLE IF EXISTS odd CASCADE; DROP FUNCTION IF EXISTS odd_trigger`,
      );
    }
  });
});

describe('canary', () => {
  test('a run reads its canary in order, page by page, and leaves it out afterwards', async () => {
    const { journal } = database;
    await journal.openRun({ runId: 'r', backfill: 'test', canary: ['c', 'a', 'b'], ids: ['a', 'd'] });
    await journal.openRun({ runId: 'r', backfill: 'test', canary: ['c', 'a', 'b'], ids: ['a', 'd'] });
    await journal.openRun({ runId: 'other', backfill: 'test' });
    expect(await journal.canary('r', null, 2)).toEqual(['a', 'b']);
    expect(await journal.canary('r', 'b', 2)).toEqual(['c']);
    expect(await journal.canary('other', null, 2)).toEqual([]);
    const items = ['d', 'c', 'b'];
    expect([...(await journal.leftOut('r', items))].sort()).toEqual([
      ['b', 'canary'],
      ['c', 'canary'],
    ]);
    expect(await journal.leftOut('other', items)).toEqual(new Map());
  });

  test('an item that its own canary has put in quarantine is left out as canary, where it was counted', async () => {
    for (const run of ['r1', 'r2', 'r3']) await record(run, failed('x'));
    await database.journal.openRun({ runId: 'r4', backfill: 'test', canary: ['x'] });
    expect(await database.journal.leftOut('r4', ['x'])).toEqual(new Map([['x', 'canary']]));
  });
});

describe('what a run wrote', () => {
  test('fields come with before and after, by item and in the order of writing, of so many items', async () => {
    const { journal } = database;
    await writePage(journal, 'r', { b: [label(two, 'two')], c: [label(imageId(9), 'gone')] });
    await writePage(journal, 'r', {
      a: [fields(one, { label: 'one', 'meta.new': { x: 1 } }), documents(one, ['d'])],
    });
    await writePage(journal, 'other', { a: [label(one, 'other')] });
    const all = await journal.written('r', 10);
    expect(all).toMatchObject([
      { item: 'a', table: 'public.images', row: one, field: 'label', before: 'old', after: 'one' },
      { item: 'a', field: 'meta.new', before: null, after: { x: 1 } },
      { item: 'a', table: 'public.documents', row: '1-0', field: '*', before: null, after: { body: 'd' } },
      { item: 'b', row: two, before: null, after: 'two' },
    ]);
    expect(await journal.written('r', 1)).toEqual(all.slice(0, 3));
    expect(await journal.written('nobody', 1)).toEqual([]);
  });
});

describe('a preview of a rollback', () => {
  test('tells each fate as the rollback then does, those that will be kept first, and changes nothing', async () => {
    const { journal, pool } = database;
    await writePage(journal, 'r1', {
      a: [fields(one, { label: 'r1', 'meta.scan': 2, 'meta.new': 3 }), documents(one, ['d0', 'd1'])],
      b: [fields(two, { label: 'r1', score: 1.5 })],
    });
    await writePage(journal, 'r2', { a: [label(one, 'r2')] });
    await pool.query(`
      UPDATE images SET label = 'hand' WHERE id = '${two}';
      UPDATE documents SET body = 'hand' WHERE id = '1-1'`);
    const before = [await dump(pool), await entries()];
    const preview = await journal.preview('r1', 100);
    expect([await dump(pool), await entries()]).toEqual(before);
    expect(preview.tables).toEqual([
      { table: 'public.documents', restored: 1, handedOn: 0, conflicts: 1 },
      { table: 'public.images', restored: 3, handedOn: 1, conflicts: 1 },
    ]);
    const fates = preview.entries.map(({ field, fate }) => `${field} ${fate}`);
    expect(fates.slice(0, 3)).toEqual(['label conflict', '* conflict', 'label handed-on']);
    expect(fates.slice(3).sort()).toEqual(
      ['*', 'meta.new', 'meta.scan', 'score'].map((field) => `${field} restored`),
    );
    expect(preview.entries[0]).toEqual({
      item: 'b',
      table: 'public.images',
      row: two,
      field: 'label',
      before: null,
      after: 'r1',
      fate: 'conflict',
    });
    const short = await journal.preview('r1', 2);
    expect(short).toEqual({ tables: preview.tables, entries: preview.entries.slice(0, 2) });
    expect((await journal.preview('r1', 0)).entries).toEqual([]);

    const counts = await rollBack(database, 'r1');
    expect(counts).toMatchObject({ written: 5, conflicts: 2 });
    expect(await journal.preview('r1', 100)).toEqual({ tables: [], entries: [] });
  });

  test('images are compared in UTC, whatever zone the session looks from', async () => {
    const { journal, pool } = database;
    await writePage(journal, 'r', { a: [fields(one, { checked_at: '2025-01-01T00:00:00Z' })] });
    const zoned = new Pool({
      connectionString: pool.options.connectionString as string,
      options: '-c timezone=Asia/Kathmandu',
    });
    const preview = await createPostgresJournal(zoned).preview('r', 10);
    await zoned.end();
    expect(preview.tables).toMatchObject([{ restored: 1, conflicts: 0 }]);
  });
});

describe('the schema', () => {
  test('a journal of version 1 is brought up to date with all that it holds, once, and what failed there is known', async () => {
    const { journal, pool } = database;
    await pool.query(`DROP SCHEMA temporal_backfill CASCADE; ${await versionOne()};
      INSERT INTO temporal_backfill.runs (run_id, backfill, opened_at) VALUES
        ('r1', 'test', '2025-01-01'), ('r2', 'test', '2025-01-02'), ('r3', 'test', '2025-01-03'), ('undo', 'test', '2025-01-04');
      INSERT INTO temporal_backfill.run_items VALUES ('r1', 'x');
      INSERT INTO temporal_backfill.items (run_id, item, unit, scope, status, class, message, tries, updated_at)
        SELECT r, i, 'u', 's', 'failed', 'class of ' || r, 'm', 1, opened_at
          FROM unnest(ARRAY['r1', 'r2', 'r3']) r, unnest(ARRAY['always', 'mended']) i, temporal_backfill.runs WHERE run_id = r;
      INSERT INTO temporal_backfill.items VALUES ('undo', '77', 'u', 's', 'failed', 'unexpected', 'm', 1);
      INSERT INTO temporal_backfill.journal (run_id, table_name, row_id, field, before, after, item, page, written_at, rolled_back_by)
        VALUES ('r3', 'public.images', '${two}', 'label', 'null', '"new"', 'mended', 'p', '2025-01-05', 'undo');
      UPDATE images SET label = 'new' WHERE id = '${two}'`);
    const before = await entries();
    expect(await journal.quarantined('test'), 'looking comes before mending').toEqual([]);
    expect(await journal.preview('r3', 9)).toMatchObject({ tables: [{ restored: 1 }] });
    await Promise.all([journal.migrate(), journal.migrate()]);
    expect(await entries()).toEqual(before);
    expect((await journal.failures('r1')).map(({ item }) => item)).toEqual(['always', 'mended']);
    expect(await journal.quarantined('test')).toEqual([
      { item: 'always', unit: 'u', runs: 3, class: 'class of r3', message: 'm' },
    ]);
    await record('r4', written('always'));
    // What an older program does that is started meanwhile: it says its own version again.
    await pool.query(
      `COMMENT ON SCHEMA temporal_backfill IS 'The change journal of temporal-backfill, version 1.'`,
    );
    await journal.migrate();
    expect(await journal.quarantined('test'), 'nothing comes back').toEqual([]);
    await writePage(journal, 'r5', { a: [label(one, 'works')] });
  });

  test('a user who may create nothing works with a schema that is up to date', async () => {
    const { pool } = database;
    const role = `plain_${randomBytes(4).toString('hex')}`;
    await pool.query(`
      CREATE ROLE ${role} LOGIN PASSWORD 'plain';
      GRANT USAGE ON SCHEMA temporal_backfill TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA temporal_backfill TO ${role};
      GRANT SELECT, UPDATE ON images TO ${role}`);
    const url = new URL(pool.options.connectionString as string);
    Object.assign(url, { username: role, password: 'plain' });
    const plain = new Pool({ connectionString: url.href });
    try {
      const journal = createPostgresJournal(plain);
      await expect(plain.query('CREATE TABLE temporal_backfill.mine ()')).rejects.toThrow(
        'permission denied',
      );
      await journal.migrate();
      await journal.openRun({ runId: 'r', backfill: 'test', canary: ['a'], ids: ['a', 'b'] });
      const work = workOf({ a: [label(one, 'plain')] }, { results: [written('a'), failed('b')] });
      expect((await journal.commit(claimOf('r'), work)).counts).toMatchObject({ written: 1, failed: 1 });
      expect(await journal.preview('r', 1)).toMatchObject({ tables: [{ restored: 1 }] });
    } finally {
      await plain.end();
      await pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});

function record(runId: string, ...results: ItemResult[]): Promise<unknown> {
  return writePage(database.journal, runId, {}, { results });
}

function failed(item: string, name = 'unexpected', message = 'm'): ItemResult {
  return { item, unit: 'u', status: 'failed', class: name, message, tries: 1 };
}

function fields(id: string, values: JsonObject): Change & { kind: 'fields' } {
  return { kind: 'fields', table: 'images', id, fields: values, by: {} };
}

function label(id: string, text: string): Change & { kind: 'fields' } {
  return fields(id, { label: text });
}

function documents(imageOf: string, bodies: string[]): Change {
  const rows = bodies.map((body, position) => ({ id: `${imageOf.at(-1)}-${position}`, position, body }));
  return { kind: 'rows', table: 'documents', owner: { image_id: imageOf, step: 's' }, rows, by: {} };
}

async function entries(): Promise<unknown[]> {
  return (await database.pool.query('SELECT * FROM temporal_backfill.journal ORDER BY seq')).rows;
}

function versionOne(): Promise<string> {
  return readFile(path.join(import.meta.dirname, 'fixtures/journal-version-1.sql'), 'utf8');
}
