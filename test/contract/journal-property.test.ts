import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import { createJournalDatabase, imageId, type JournalDatabase, writePage } from './journal-database.ts';
import { rollBack } from './journal-rolling-back.ts';

/**
 * The model: each cell (a column, a key, a whole row) is the list of everything ever written to it. Rolling
 * runs back takes their writes out of the lists, in whatever order; what stands last is what the cell holds.
 */

let database: JournalDatabase;

beforeAll(async () => {
  database = await createJournalDatabase();
});

afterAll(() => database.drop());

test('whatever runs and other hands did, rolling any runs back in any order leaves the last write of the rest, as foretold', async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ steps, rollbacks, page }: History) => {
      const model = await start();
      let edits = 0;
      for (const step of steps) {
        if (step.by === 'hand') await editByHand(model, step, `hand ${edits++}`);
        else await writeByRun(model, step);
      }
      expect(await observed()).toEqual(last(model, []));
      const undone: number[] = [];
      for (const run of rollbacks) {
        if (!steps.some((step) => step.by === run)) continue;
        const foretold = await foretell(`run ${run}`);
        const counts = await rollBack(database, `run ${run}`, { page });
        expect(await fatesOf(`run ${run}`, foretold.states)).toEqual(foretold.fates);
        undone.push(run);
        expect(await observed()).toEqual(last(model, undone));
        const tables = await database.journal.summary(`run ${run}`);
        expect(counts.written + counts.conflicts).toBe(tables.reduce((sum, { fields }) => sum + fields, 0));
        expect(await rollBack(database, `run ${run}`)).toMatchObject({ written: 0, conflicts: 0 });
      }
    }),
    {
      numRuns: 50,
      interruptAfterTimeLimit: 15_000,
      markInterruptAsFailure: false,
      examples: [[KEY_TWICE], [{ ...KEY_TWICE, page: 1 }]],
    },
  );
});

/** What the preview says of each entry, and of the tables; besides the entries that already have their fate. */
async function foretell(runId: string) {
  const { tables, entries } = await database.journal.preview(runId, 1_000);
  const count = (fate: string) => entries.filter((entry) => entry.fate === fate).length;
  const sum = (key: 'restored' | 'handedOn' | 'conflicts') =>
    tables.reduce((all, table) => all + table[key], 0);
  expect([sum('restored'), sum('handedOn'), sum('conflicts')]).toEqual(
    ['restored', 'handed-on', 'conflict'].map(count),
  );
  const fates = entries.map(({ table, row, field, fate }) => `${table} ${row} ${field} ${fate}`).sort();
  return { fates, states: await entriesWithFate(runId) };
}

async function fatesOf(runId: string, before: string[]): Promise<string[]> {
  return (await entriesWithFate(runId)).filter((entry) => !before.includes(entry));
}

async function entriesWithFate(runId: string): Promise<string[]> {
  const found = await database.pool.query<{ entry: string }>(
    `SELECT concat_ws(' ', table_name, row_id, field, replace(rollback_state, 'handed', 'handed-on')) AS entry
       FROM temporal_backfill.journal WHERE run_id = $1 AND rollback_state IS NOT NULL`,
    [runId],
  );
  return found.rows.map(({ entry }) => entry).sort();
}

const image = fc.constantFrom(1, 2);
const value = fc.constantFrom('a', 'b', '');
const field = fc.constantFrom('label', 'meta.a', 'meta.b', 'color');
const runStep = fc.record({
  by: fc.constant(0),
  image,
  fields: fc.dictionary(field, value, { maxKeys: 4 }),
  onlyIfEmpty: fc.boolean(),
  bodies: fc.option(fc.array(value, { maxLength: 3 }), { nil: undefined }),
});
const handStep = fc.record({ by: fc.constant('hand' as const), image, cell: fc.nat(6) });

/** Runs follow one another, as they do on one data set; other hands come between. */
const history = fc
  .record({
    blocks: fc.array(
      fc.record({
        writes: fc.array(runStep, { minLength: 1, maxLength: 3 }),
        hands: fc.array(handStep, { maxLength: 2 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    rollbacks: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 1 }),
    page: fc.integer({ min: 1, max: 20 }),
  })
  .map(({ blocks, ...rest }) => ({
    ...rest,
    steps: blocks.flatMap(({ writes, hands }, run) => [
      ...writes.map((write) => ({ ...write, by: run })),
      ...hands,
    ]),
  }));

type History = typeof history extends fc.Arbitrary<infer T> ? T : never;
type RunStep = Omit<typeof runStep extends fc.Arbitrary<infer T> ? T : never, 'by'> & { by: number };
type HandStep = typeof handStep extends fc.Arbitrary<infer T> ? T : never;
type Write = { by: number | 'hand' | 'start'; value: string | null };
type Model = Map<string, Write[]>;

const PLACES = [0, 1, 2];
const CELLS = [1, 2].flatMap((n) =>
  ['label', 'meta.a', 'meta.b', 'color', ...PLACES.map((place) => `document.${place}`)].map(
    (cell) => `${n} ${cell}`,
  ),
);

/** A run that writes the first key of an empty column again, together with a second one. */
const again = { by: 0, image: 2 as const, onlyIfEmpty: false, bodies: undefined };
const KEY_TWICE: History = {
  steps: [
    { ...again, fields: { 'meta.b': 'a' } },
    { ...again, fields: { 'meta.b': 'a', 'meta.a': 'a' } },
  ],
  rollbacks: [0],
  page: 2,
};

async function start(): Promise<Model> {
  await database.pool.query(`
    TRUNCATE vehicles, images, documents, marks, temporal_backfill.runs, temporal_backfill.receipts,
      temporal_backfill.items, temporal_backfill.journal;
    INSERT INTO vehicles (id, color) VALUES (1, NULL), (2, 'red');
    INSERT INTO images (id, vehicle_id, label, meta) VALUES
      ('${imageId(1)}', 1, 'a', '{"b": "a"}'), ('${imageId(2)}', 2, NULL, NULL);
    INSERT INTO documents VALUES ('1-0', '${imageId(1)}', 's', 0, 'a'), ('1-2', '${imageId(1)}', 's', 2, 'c')`);
  const found = await observed();
  return new Map(CELLS.map((cell) => [cell, [{ by: 'start', value: found[cell] ?? null }]]));
}

async function observed(): Promise<Record<string, string | null>> {
  const images = await database.pool.query(
    `SELECT right(i.id::text, 1) AS n, label, meta ->> 'a' AS "meta.a", meta ->> 'b' AS "meta.b", color, meta::text
       FROM images i JOIN vehicles v ON v.id = vehicle_id`,
  );
  const documents = await database.pool.query('SELECT id, body FROM documents');
  const bodies = new Map(documents.rows.map(({ id, body }) => [id, body]));
  const cells: Record<string, string | null> = {};
  for (const { n, meta, ...row } of images.rows) {
    for (const [name, found] of Object.entries(row)) cells[`${n} ${name}`] = found as string | null;
    for (const place of PLACES) cells[`${n} document.${place}`] = bodies.get(`${n}-${place}`) ?? null;
    // A column that had no key before any run has to be NULL again, not an empty object.
    cells[`${n} keyless`] = row['meta.a'] === null && row['meta.b'] === null ? meta : null;
  }
  return cells;
}

function last(model: Model, undone: number[]): Record<string, string | null> {
  const cells = [...model].map(([cell, writes]) => {
    const standing = writes.filter(({ by }) => typeof by !== 'number' || !undone.includes(by));
    return [cell, standing.at(-1)?.value ?? null];
  });
  return { ...Object.fromEntries(cells), '1 keyless': null, '2 keyless': null };
}

async function writeByRun(model: Model, step: RunStep): Promise<void> {
  const { by, image: n, fields, onlyIfEmpty, bodies } = step;
  const write = (cell: string, written: string | null) =>
    model.get(`${n} ${cell}`)?.push({ by, value: written });
  const now = (cell: string) => model.get(`${n} ${cell}`)?.at(-1)?.value ?? null;
  for (const [name, written] of Object.entries(fields)) {
    if (!onlyIfEmpty || !now(name)) write(name, written);
  }
  if (bodies) {
    for (const place of PLACES) {
      const cell = `document.${place}`;
      if (bodies[place] !== undefined || now(cell) !== null) write(cell, bodies[place] ?? null);
    }
  }
  const receipt = await writePage(database.journal, `run ${by}`, { item: changesOf(step) });
  expect(receipt.counts.written).toBe(1);
}

function changesOf({ image: n, fields, onlyIfEmpty, bodies }: RunStep): Change[] {
  const id = imageId(n);
  const { color, ...own } = fields;
  const common = { kind: 'fields' as const, by: {}, ...(onlyIfEmpty ? { onlyIfEmpty } : {}) };
  const rows = (bodies ?? []).map((body, position) => ({ id: `${n}-${position}`, position, body }));
  return [
    ...(Object.keys(own).length > 0 ? [{ ...common, table: 'images', id, fields: own }] : []),
    ...(color !== undefined ? [{ ...common, table: 'vehicles', id: String(n), fields: { color } }] : []),
    ...(bodies
      ? [{ kind: 'rows' as const, table: 'documents', owner: { image_id: id, step: 's' }, rows, by: {} }]
      : []),
  ];
}

/** A value that nobody else writes: a hand that sets a field to what a run had put there cannot be told from the run. */
async function editByHand(model: Model, { image: n, cell }: HandStep, written: string): Promise<void> {
  const name = CELLS[cell]?.slice(2) ?? 'label';
  model.get(`${n} ${name}`)?.push({ by: 'hand', value: written });
  const [column, key] = name.split('.');
  const { pool } = database;
  if (column === 'color') await pool.query('UPDATE vehicles SET color = $2 WHERE id = $1', [n, written]);
  if (column === 'label')
    await pool.query('UPDATE images SET label = $2 WHERE id = $1', [imageId(n), written]);
  if (column === 'meta') {
    await pool.query(
      `UPDATE images SET meta = coalesce(meta, '{}') || jsonb_build_object($2::text, $3::text) WHERE id = $1`,
      [imageId(n), key, written],
    );
  }
  if (column === 'document') {
    await pool.query(
      `INSERT INTO documents (id, image_id, step, position, body) VALUES ($1, $2, 's', $3, $4)
       ON CONFLICT (id) DO UPDATE SET body = excluded.body`,
      [`${n}-${key}`, imageId(n), key, written],
    );
  }
}
