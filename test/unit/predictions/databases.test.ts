import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { headOf, SCHEMA } from '../../../src/backfills/zip-predictions/decisions-file.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'databases-'));
  file = path.join(folder, 'dalia.db');
});
afterEach(() => rm(folder, { recursive: true }));

function made(schema: string): DatabaseSync {
  const db = new DatabaseSync(file);
  db.exec(schema);
  return db;
}

const OURS = `${SCHEMA}; INSERT INTO predictions VALUES ('dalia', 'r', '1', 's', 'stage', 3, 1, 1, 0)`;

describe('a database of ours', () => {
  test('says what it is about, also when its user writes it ahead (WAL)', () => {
    const db = made(OURS);
    const head = { project: 'dalia', runId: 'r', images: 3, failed: 1, groups: 1, singletons: 0 };
    expect(headOf(file)).toEqual(head);
    db.exec("PRAGMA journal_mode = WAL; UPDATE training_decisions SET user_action = 'kept'");
    expect(headOf(file)).toEqual(head);
    db.close();
  });

  test('that another program has locked is not taken for somebody else’s', () => {
    const db = made(OURS);
    db.exec('BEGIN EXCLUSIVE');
    expect(() => headOf(file)).toThrow(/dalia\.db cannot be read.*locked/);
    db.exec('ROLLBACK');
    db.close();
  });

  test('that is damaged is named, with what to do', async () => {
    made(OURS).close();
    await truncate(file, 5_000);
    expect(() => headOf(file)).toThrow(
      expect.objectContaining({ name: 'UsageError', hint: expect.stringContaining('move it away') }),
    );
  });
});

describe('a database of somebody else', () => {
  test('is not even opened: nothing appears beside it', async () => {
    const db = made('PRAGMA journal_mode = WAL; CREATE TABLE theirs (a)');
    const beside = await readdir(folder);
    const bytes = await readFile(file);
    expect(headOf(file)).toBeNull();
    expect([await readdir(folder), await readFile(file)]).toEqual([beside, bytes]);
    db.close();
  });

  test.each([
    ['empty', ''],
    ['short', 'SQLite format 3\0'],
    ['no database', 'x'.repeat(4_096)],
  ])('may be a file that is %s', async (_, text) => {
    await writeFile(file, text);
    expect(headOf(file)).toBeNull();
  });
});
