import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { imageQuality } from '../../src/backfills/image-quality/index.ts';
import type { Selection } from '../../src/domain/page.ts';
import { freshName } from '../support/gated-stores.ts';
import { createDatabase } from '../support/vehicle-world.ts';

const ALL: Selection = { only: 'all', watermark: '2100-01-01T00:00:00Z' };

/** What other tools may have left as details. */
const DETAILS = [
  { partial: 'maybe', birds: 'two', score: 1e300 },
  { criteria: { size: 1 }, score: 12 },
  { criteria: [{ name: 'size', weight: 'high', points: 'n/a' }], detector: 'yolo', scored_at: 'yesterday' },
  { criteria: [null, 'size'], detector: [], scored_at: '2024-02-31T00:00:00Z' },
  ['criteria'],
  'good',
  null,
];

const databases: pg.Pool[] = [];
afterAll(async () => {
  for (const database of databases) await database.end();
});

describe.each([
  ['double precision', ['87.6', 'NaN', '5e10', '-1', 'Infinity', '50', null]],
  ['numeric', ['87.6', 'NaN', '50000000000', '-1', '0.4', '50', null]],
  ['bigint', ['88', '3', '50000000000', '-1', '0', '50', null]],
] as const)('scores and details of other tools in a column of %s', (type, scores) => {
  test('are shown as they are, and fail no command', async () => {
    const { database, quality } = await filled(type, scores);
    await quality.prepare();
    const tables = await quality.verify();
    expect(tables.at(-1)).toMatchObject({ title: 'Scores that contradict their details', passed: true });
    const distribution = tables.find(({ title }) => title === 'Score distribution');
    expect(distribution?.rows.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(6);
    expect(distribution?.rows.map(([category]) => category)).toContain('not 0 to 100');
    for (const by of ['day', 'week', 'month'] as const) await quality.trend?.(by);
    const told = (await quality.explain?.(['1', '2', '5', '7'])) ?? [];
    expect(told.map(({ rows }) => rows[0]?.[0])).toEqual([
      `${scores[0]}, scored by another tool: no reasons are known`,
      expect.stringContaining('scored by another tool'),
      expect.stringContaining('scored by another tool'),
      'not scored yet',
    ]);
    for (const only of ['all', 'missing', 'incomplete'] as const)
      expect((await quality.source.survey('r', { ...ALL, only })).items).toBe(only === 'all' ? 7 : 1);
    expect(await database.query('SELECT FROM images')).toMatchObject({ rowCount: 7 });
  });
});

test('nothing is told before the first run, whoever has made the columns', async () => {
  const { quality } = await filled('double precision', []);
  const refusal = { name: 'UsageError', hint: 'start-backfill image-quality' };
  await expect(quality.verify()).rejects.toMatchObject(refusal);
  await expect(quality.explain?.(['1'])).rejects.toMatchObject(refusal);
});

test.each([
  ['numeric(3,2)', false],
  ['numeric(4,2)', false],
  ['numeric(2,0)', false],
  ['numeric(3,0)', true],
  ['numeric(5,2)', true],
])('a score column of %s has room for 100: %s, which is told before anything is paid', async (type, room) => {
  const { quality } = await filled(type, []);
  const surveyed = quality.source.survey('r', ALL);
  if (room) expect((await surveyed).items).toBe(0);
  else
    await expect(surveyed).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining(type),
    });
});

test.each(['jsonb', 'text[]', 'char(40)'])('a reference of type %s is read as its text', async (type) => {
  const { database, quality } = await filled('integer', []);
  await database.query(`ALTER TABLE images DROP COLUMN url, ADD COLUMN url ${type};
    INSERT INTO images (id) VALUES (1)`);
  expect((await quality.source.survey('r', ALL)).items).toBe(1);
  expect(await quality.source.readByIds('r', ['1'])).toMatchObject([{ id: '1', row: { reference: null } }]);
});

test.each(['text', 'bigint'])('a created_at of type %s tells no time, and limits nothing', async (type) => {
  const { database, quality } = await filled('integer', ['1', '2']);
  await database.query(
    `ALTER TABLE images ADD COLUMN created_at ${type}; UPDATE images SET created_at = '7'`,
  );
  await quality.prepare();
  expect((await quality.source.survey('r', ALL)).items).toBe(2);
  await quality.trend?.('day');
});

async function filled(type: string, scores: readonly (string | null)[]) {
  const database = new pg.Pool({ connectionString: await createDatabase(freshName('odd')), max: 2 });
  databases.push(database);
  await database.query(
    `CREATE TABLE images (id bigint PRIMARY KEY, url text, quality_score ${type}, quality_details jsonb)`,
  );
  for (const [index, score] of scores.entries()) {
    const details = DETAILS[index] === undefined ? null : JSON.stringify(DETAILS[index]);
    await database.query('INSERT INTO images VALUES ($1, $2, $3, $4)', [index + 1, 'a.jpg', score, details]);
  }
  const quality = imageQuality.open({ postgres: database } as never, imageQuality.options.parse({}));
  return { database, quality };
}
