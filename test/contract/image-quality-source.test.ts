import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Item, Source, UnitSize } from '../../src/backfills/define.ts';
import { imageQuality } from '../../src/backfills/image-quality/index.ts';
import { packUnits } from '../../src/domain/packing.ts';
import type { Position, Selection } from '../../src/domain/page.ts';
import { createPostgresJournal } from '../../src/stores/postgres-journal/index.ts';
import { freshName } from '../support/gated-stores.ts';
import { createDatabase } from '../support/vehicle-world.ts';

const MISSING: Selection = { only: 'missing', watermark: '2100-01-01T00:00:00Z' };

let db: pg.Pool;
beforeAll(async () => {
  db = new pg.Pool({ connectionString: await createDatabase(freshName('quality_source')), max: 4 });
  await createPostgresJournal(db).migrate();
});
afterAll(() => db.end());

/** A type of ids: some at random, and the unit that each belongs to, reckoned without a database. */
interface Kind {
  type: string;
  id: fc.Arbitrary<string>;
  unitOf(id: string): string;
}

const KINDS: Kind[] = [
  { type: 'uuid', id: fc.uuid({ version: [1, 4, 7] }), unitOf: (id) => id.slice(0, 1) },
  { type: 'bigint', id: wholeNumbers(-(2n ** 63n), 2n ** 63n - 1n), unitOf: thousand },
  { type: 'integer', id: wholeNumbers(-(2n ** 31n), 2n ** 31n - 1n), unitOf: thousand },
  { type: 'smallint', id: wholeNumbers(-(2n ** 15n), 2n ** 15n - 1n), unitOf: thousand },
  { type: 'text', id: texts(24), unitOf: ([first = '']) => first },
  { type: 'varchar(12)', id: texts(12), unitOf: ([first = '']) => first },
];

/** Those around the edges of units and of the type as often as any others. */
function wholeNumbers(min: bigint, max: bigint): fc.Arbitrary<string> {
  const around = fc
    .tuple(fc.bigInt({ min: min / 1000n, max: max / 1000n }), fc.bigInt({ min: -2n, max: 2n }))
    .map(([thousands, off]) => thousands * 1000n + off);
  const few = fc.bigInt({ min: -2500n, max: 2500n });
  return fc
    .oneof(few, around, fc.bigInt({ min, max }), fc.constantFrom(min, max))
    .map((id) => String(id < min ? min : id > max ? max : id));
}

function thousand(id: string): string {
  return String(BigInt(id) / 1000n);
}

/** What names of files look like, and what they may look like. */
function texts(maxLength: number): fc.Arbitrary<string> {
  const letters = fc.constantFrom(...'aAbBäÄzZ0159-_/.% \'"\\𝒳🐦é'.match(/./gu)!);
  const any = fc.string({ unit: 'binary', maxLength: maxLength / 2 });
  const named = fc.string({ unit: letters, maxLength: maxLength / 2 });
  // PostgreSQL has no text with a NUL in it.
  return fc.oneof(named, any).map((text) => text.replaceAll('\0', '0'));
}

const PER_KIND = { numRuns: 20, interruptAfterTimeLimit: 6_000, markInterruptAsFailure: false };

describe.each(KINDS)('images whose ids are $type', ({ type, id, unitOf }) => {
  const images = fc.uniqueArray(id, { minLength: 1, maxLength: 40 });

  test('are each seen exactly once, by units, by pages and by --unit alone', async () => {
    await fc.assert(
      fc.asyncProperty(images, fc.integer({ min: 1, max: 7 }), async (ids, size) => {
        const source = await filled(type, ids);
        const byUnit = Map.groupBy(ids, unitOf);
        const survey = await source.survey('r', MISSING);
        expect(survey).toMatchObject({ items: ids.length, units: byUnit.size, skipped: {} });

        const units = await unitsOf(source, MISSING, size);
        expect(new Map(units.map(({ unit, items }) => [unit, items]))).toEqual(
          new Map([...byUnit].map(([unit, own]) => [unit, own.length])),
        );
        for (const pack of [1, 5]) {
          const walked = await walk(source, MISSING, { pack, page: size });
          expect(idsOf(walked).toSorted()).toEqual(ids.toSorted());
          for (const { id, unit } of walked) expect(unit).toBe(unitOf(id));
        }
        for (const [unit, own] of byUnit) {
          // An empty --unit is none.
          if (unit === '') continue;
          const selection = { ...MISSING, unit };
          expect(await source.survey('r', selection)).toMatchObject({ items: own.length, units: 1 });
          expect(idsOf(await walk(source, selection, { pack: 1, page: size })).toSorted()).toEqual(
            own.toSorted(),
          );
        }
      }),
      PER_KIND,
    );
  });

  test('are cut by a limit to its first, sampled without repeats, and read again by their ids', async () => {
    await fc.assert(
      fc.asyncProperty(images, fc.integer({ min: 1, max: 45 }), async (ids, limit) => {
        const source = await filled(type, ids);
        const all = idsOf(await walk(source, MISSING, { pack: 5, page: 3 }));
        const { items, selection } = await source.survey('r', MISSING, limit);
        expect(items).toBe(Math.min(limit, ids.length));
        expect(idsOf(await walk(source, selection, { pack: 1, page: 3 }))).toEqual(all.slice(0, limit));

        const sample = idsOf(await source.sample({ runId: 'r', selection: MISSING, size: limit, seed: 7 }));
        expect(new Set(sample).size).toBe(Math.min(limit, ids.length));
        expect(sample).toHaveLength(Math.min(limit, ids.length));
        expect(ids).toEqual(expect.arrayContaining(sample));

        expect(idsOf(await source.readByIds('r', sample)).toSorted()).toEqual(sample.toSorted());
        const listed = { ...MISSING, ids: true };
        expect(await source.survey('r', listed, undefined, [...sample, 'none'])).toMatchObject({
          items: sample.length,
        });
      }),
      PER_KIND,
    );
  });

  test('come in the order that is asked for, units of most images first, and a limit takes the first of it', async () => {
    await fc.assert(
      fc.asyncProperty(images, fc.integer({ min: 1, max: 20 }), async (ids, limit) => {
        const source = await filled(type, ids);
        const order = { units: 'size:desc', items: 'priority:desc' };
        const { selection } = await source.survey('r', { ...MISSING, order });
        const walked = await walk(source, selection, { pack: 5, page: 4 }, await fixed(source, selection));
        expect(idsOf(walked).toSorted()).toEqual(ids.toSorted());
        const sizes = new Map([...Map.groupBy(ids, unitOf)].map(([unit, own]) => [unit, own.length]));
        const places = walked.map(({ id, unit }) => ({
          unit,
          size: sizes.get(unit) ?? 0,
          priority: priorityOf(ids.indexOf(id)) ?? -1,
        }));
        for (const [at, place] of places.slice(1).entries()) {
          const before = places[at] ?? place;
          expect(place.size).toBeLessThanOrEqual(before.size);
          if (place.unit === before.unit) expect(place.priority).toBeLessThanOrEqual(before.priority);
        }
        const first = await source.survey('r', { ...MISSING, order }, limit);
        const again = await fixed(source, first.selection);
        expect(idsOf(await walk(source, first.selection, { pack: 1, page: 3 }, again))).toEqual(
          idsOf(walked).slice(0, limit),
        );
      }),
      PER_KIND,
    );
  });
});

test.each([
  ['uuid', 'g'],
  ['bigint', 'x'],
  ['bigint', '9223372036854776'],
  ['integer', '2147484'],
  ['smallint', '-33'],
  ['text', 'ab'],
])('of %s ids no unit is %s, and what is one is said', async (type, unit) => {
  const source = await filled(type, []);
  await expect(source.survey('r', { ...MISSING, unit })).rejects.toMatchObject({
    name: 'UsageError',
    message: `--unit ${unit} is no unit of images`,
    hint: expect.stringMatching(/^A unit is/),
  });
});

/** A table with these rows and no others. */
async function filled(type: string, ids: readonly string[]): Promise<Source> {
  await db.query(`DROP TABLE IF EXISTS images;
    CREATE TABLE images (id ${type} PRIMARY KEY, url text, created_at timestamptz DEFAULT now(), priority int)`);
  await db.query(
    `INSERT INTO images (id, url, priority)
     SELECT id::${type}, 'https://a.example/1.jpg', priority FROM unnest($1::text[], $2::int[]) AS given (id, priority)`,
    [ids, ids.map((_, index) => priorityOf(index))],
  );
  return imageQuality.open({ postgres: db } as never, imageQuality.options.parse({})).source;
}

/** With ties, and some without. */
function priorityOf(index: number): number | null {
  return index % 4 === 0 ? null : index % 3;
}

async function unitsOf(source: Source, selection: Selection, limit: number) {
  const units: UnitSize[] = [];
  for (let after: string | null = null; ; after = units.at(-1)?.unit ?? null) {
    const next = await source.units('r', selection, after, limit);
    units.push(...next);
    if (next.length < limit) return units;
    if (units.length > 1_000) throw new Error('units repeat themselves');
  }
}

/** As a run walks: units, packed into scopes, then pages from a position. */
async function walk(
  source: Source,
  selection: Selection,
  { pack, page }: { pack: number; page: number },
  runId = 'r',
): Promise<Item[]> {
  const units = await source.units(runId, selection, null, 1_000);
  const scopes = packUnits(units, { units: 1_000, settings: { pack }, firstNumber: 0, complete: true });
  const found: Item[] = [];
  for (const scope of scopes) {
    let after: Position | null = null;
    for (;;) {
      const items: Item[] = await source.read({ runId, selection, scope, after, limit: page });
      found.push(...items);
      const last = items.at(-1);
      if (!last) break;
      after = { unit: last.unit, id: last.id };
      if (found.length > 1_000) throw new Error('pages repeat themselves');
    }
  }
  return found;
}

/** Begins a run as a start does, as far as its order goes. */
async function fixed(source: Source, selection: Selection): Promise<string> {
  const runId = randomUUID();
  await createPostgresJournal(db).openRun({ runId, backfill: 'image-quality' });
  await source.fix?.({ runId, selection });
  return runId;
}

function idsOf(items: readonly { id: string }[]): string[] {
  return items.map(({ id }) => id);
}
