import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { NO_COUNTS } from '../../src/domain/counts.ts';
import { RunPaused } from '../../src/domain/failure.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { Fenced, RunClosed } from '../../src/stores/journal.ts';
import { createOpenSearchJournal } from '../../src/stores/opensearch-journal/index.ts';
import { workOf } from './journal-database.ts';
import { type Corner, type OpenSearchData, openOpenSearchData } from './opensearch-data.ts';
import { changesOf, claim, openRun, rollBack, write, writePage } from './opensearch-pages.ts';

let data: OpenSearchData;
let corner: Corner;

const PHOTOS = [{ url: 'one.jpg' }, { url: 'two.jpg' }];

beforeAll(async () => {
  data = await openOpenSearchData();
});
afterAll(() => data.drop());

beforeEach(async () => {
  corner = data.corner();
  await corner.put({
    a: { text: 'old', photos: PHOTOS },
    b: { text: 'old', photos: PHOTOS, inside: 'by hand' },
    c: { text: 'old', photos: [] },
  });
});

test('fields are set and taken away, the rest of a document stays as it was, and its journal has before and after', async () => {
  const receipt = await write(corner, 'r', {
    a: { inside: 'oak', outside: 'brick' },
    b: { inside: null, outside: 'brick' },
  });
  expect(receipt.counts).toEqual({ ...NO_COUNTS, written: 2 });
  expect(await corner.dump()).toEqual({
    a: { text: 'old', photos: PHOTOS, inside: 'oak', outside: 'brick' },
    b: { text: 'old', photos: PHOTOS, outside: 'brick' },
    c: { text: 'old', photos: [] },
  });
  expect(await corner.journal.written(corner.name('r'), 10)).toMatchObject([
    { item: 'a', row: corner.id('a'), field: 'inside', before: null, after: 'oak' },
    { item: 'a', row: corner.id('a'), field: 'outside', before: null, after: 'brick' },
    { item: 'b', row: corner.id('b'), field: 'inside', before: 'by hand', after: null },
    { item: 'b', row: corner.id('b'), field: 'outside', before: null, after: 'brick' },
  ]);
});

test('a document that holds already what would be written is skipped, and is no entry of the run', async () => {
  await write(corner, 'r1', { a: { inside: 'oak', outside: 'brick' } });
  const { counts, classes } = await write(corner, 'r2', { a: { inside: 'oak', outside: 'brick' } });
  expect(counts).toEqual({ ...NO_COUNTS, skipped: 1 });
  expect(classes).toEqual({ unchanged: 1 });
  expect(await corner.journal.written(corner.name('r2'), 10)).toEqual([]);
});

describe('what others do between read and write', () => {
  test('to other fields stays, and our fields are written', async () => {
    const changes = await changesOf(corner, { a: { inside: 'oak' } });
    await corner.put({ a: { text: 'new', photos: PHOTOS, price: 1 } });
    const { counts } = await writePage(corner, 'r', changes);
    expect(counts).toMatchObject({ written: 1 });
    expect((await corner.dump()).a).toEqual({ text: 'new', photos: PHOTOS, price: 1, inside: 'oak' });
  });

  test('to a field that we would write is kept, and counts as a conflict', async () => {
    const changes = await changesOf(corner, { a: { inside: 'oak', outside: 'brick' } });
    await corner.put({ a: { inside: 'theirs' } });
    const { counts } = await writePage(corner, 'r', changes);
    expect(counts).toMatchObject({ written: 0, conflicts: 1 });
    expect((await corner.dump()).a).toEqual({ inside: 'theirs' });
    const run = corner.name('r');
    expect(await corner.journal.conflicts(run)).toMatchObject([{ item: 'a', class: 'changed-since' }]);
    expect(await corner.journal.written(run, 10)).toEqual([]);
  });

  test('to what our fields are made from makes the item be read anew', async () => {
    const changes = await changesOf(corner, { a: { inside: 'oak' } });
    await corner.put({ a: { photos: [{ url: 'three.jpg' }] } });
    const { counts, waiting } = await writePage(corner, 'r', changes);
    expect(counts).toEqual(NO_COUNTS);
    expect(waiting).toMatchObject({ items: 1, nextDueAt: expect.any(Number) });
    const due = () => corner.journal.due(corner.name('r'), 'unit', Date.now(), 10);
    expect(await due()).toEqual([{ item: 'a', tries: 0 }]);
    expect(await write(corner, 'r', { b: { inside: 'oak' } })).toMatchObject({ waiting: { items: 1 } });
    const { waiting: none } = await write(corner, 'r', { a: { inside: 'oak' } });
    expect(none).toEqual({ items: 0, nextDueAt: null });
    expect(await due()).toEqual([]);
    expect((await corner.dump()).a).toMatchObject({ inside: 'oak' });
  });

  test('all the time, to other fields, does not keep ours from being written and put back', async () => {
    let price = 0;
    const { index, client } = corner;
    const others = new AbortController();
    const writing = (async () => {
      while (!others.signal.aborted) {
        price += 1;
        await client.update({ index, id: corner.id('a'), retry_on_conflict: 9, body: { doc: { price } } });
        await sleep(Math.random() * 100);
      }
    })();
    try {
      const { counts } = await write(corner, 'r', { a: { inside: 'oak' } });
      expect(counts.written).toBe(1);
      expect(await rollBack(corner, 'r')).toMatchObject({ written: 1, conflicts: 0 });
    } finally {
      others.abort();
      await writing;
    }
    expect((await corner.dump()).a).toEqual({ text: 'old', photos: PHOTOS, price });
  });

  test('a document that is gone is skipped; one that the mapping refuses fails alone', async () => {
    const { client, index } = corner;
    await client.indices.putMapping({ index, body: { properties: { year: { type: 'integer' } } } });
    const changes = await changesOf(corner, {
      a: { year: 'no number' },
      b: { year: 1999 },
      c: { year: 1999 },
    });
    await corner.put({ c: null });
    const { counts, classes } = await writePage(corner, 'r', changes);
    expect(counts).toMatchObject({ written: 1, failed: 1, skipped: 1 });
    expect(classes).toEqual({ 'row-invalid': 1, gone: 1 });
    expect(await corner.journal.summary(corner.name('r'))).toMatchObject([{ rows: 1, fields: 1 }]);
  });
});

describe('whatever a field held', () => {
  const EXACT: Record<string, JsonObject> = {
    'null, which is there, and nothing, which is not': { inside: null },
    'an object, whole': { inside: { deep: { left: 1, right: [null, { odd: true }] } } },
    'a list, and an empty one': { inside: [1, 'two', null], outside: [] },
    'an empty text, and half a character': { inside: '', outside: 'x\ud800y' },
    'small and great numbers': { inside: 0.1, outside: 2 ** 53 - 1 },
  };

  test.for(Object.entries(EXACT))('a rollback puts it back: %s', async ([, fields]) => {
    const own = data.corner();
    const index = data.spare();
    await own.client.indices.create({ index, body: { mappings: { enabled: false } } as never });
    const here = { ...own, index };
    await own.client.index({ index, id: own.id('a'), body: fields });
    const held = async () => (await own.client.get({ index, id: own.id('a') })).body._source;
    const change = async (set: JsonObject) => ({ a: [await own.change('a', set, index)] });
    await writePage(here, 'texts', await change({ inside: 'oak', outside: 'brick' }));
    await writePage(here, 'objects', await change({ inside: { deep: { up: 1 } }, outside: null }));
    expect(await held()).toEqual({ inside: { deep: { up: 1 } } });
    await rollBack(here, 'texts');
    expect(await rollBack(here, 'objects')).toMatchObject({ written: 1, conflicts: 0 });
    expect(await held()).toEqual(fields);
  });

  test('a number that JavaScript cannot tell exactly is not overwritten; beside our fields it stays', async () => {
    const { client, index } = corner;
    await client.index({
      index,
      id: corner.id('a'),
      body: '{"great": 9007199254740993, "inside": "x"}' as never,
    });
    const { counts } = await write(corner, 'r', { a: { great: 1 } });
    expect(counts).toMatchObject({ failed: 1, written: 0 });
    await write(corner, 'r2', { a: { inside: null } });
    const raw = await fetch(`${process.env.OPENSEARCH_URL}/${index}/_source/${corner.id('a')}`);
    expect(await raw.text()).toBe('{"great":9007199254740993}');
  });
});

describe('an index that goes by an alias', () => {
  test('is written and put back, also when other runs call it by its name', async () => {
    const before = await corner.dump();
    const alias = data.spare();
    await corner.client.indices.putAlias({ index: corner.index, name: alias });
    await writePage(corner, 'r1', { a: [await corner.change('a', { inside: 'oak' }, alias)] });
    await write(corner, 'r2', { a: { inside: 'pine' } });
    expect(await rollBack(corner, 'r1')).toMatchObject({ written: 1, conflicts: 0 });
    expect((await corner.dump()).a).toMatchObject({ inside: 'pine' });
    await rollBack(corner, 'r2');
    expect(await corner.dump()).toEqual(before);
  });

  test.for([
    [
      'stands for several indexes',
      async (name: string) => {
        await corner.client.indices.create({ index: `${name}-other`, body: { aliases: { [name]: {} } } });
        await corner.client.indices.putAlias({ index: corner.index, name });
      },
    ],
    ['is none', async () => undefined],
    [
      'wants a routing',
      async (index: string) => {
        await corner.client.indices.create({
          index,
          body: { mappings: { _routing: { required: true } } } as never,
        });
      },
    ],
    [
      'is closed',
      async (index: string) => {
        await corner.client.indices.create({ index });
        await corner.client.indices.close({ index });
      },
    ],
  ] as const)('pauses the run when it %s', async ([, make]) => {
    const name = data.spare();
    await make(name);
    const changes = await changesOf(corner, { a: { inside: 'oak' } });
    const [change] = changes.a ?? [];
    const there = { a: [{ ...change, table: name }] } as typeof changes;
    await expect(writePage(corner, 'r', there)).rejects.toThrow(RunPaused);
  });

  test('pauses the run when it takes no writes', async () => {
    const index = data.spare();
    await corner.client.index({ index, id: corner.id('a'), body: { text: 'old' } });
    const change = await corner.change('a', { inside: 'oak' }, index);
    await corner.client.indices.putSettings({ index, body: { 'index.blocks.write': true } as never });
    await expect(writePage(corner, 'r', { a: [change] })).rejects.toThrow(RunPaused);
  });
});

test('an index that was made anew between run and rollback gets back what the run replaced', async () => {
  const index = data.spare();
  const here = { ...corner, index };
  const fill = async (fields: JsonObject) => {
    const body = ['x', 'a'].flatMap((name) => [{ index: { _id: corner.id(name) } }, fields]);
    await corner.client.bulk({ index, body });
  };
  await fill({ text: 'old', inside: 'first' });
  await writePage(here, 'r1', { a: [await corner.change('a', { inside: 'oak' }, index)] });
  await writePage(here, 'r2', { a: [await corner.change('a', { inside: 'pine' }, index)] });
  await corner.client.indices.delete({ index });
  await fill({ text: 'anew', inside: 'pine' });
  await writePage(here, 'r3', { a: [await corner.change('a', { inside: 'fir' }, index)] });
  for (const run of ['r1', 'r2', 'r3']) expect(await rollBack(here, run)).toMatchObject({ conflicts: 0 });
  const { body } = await corner.client.get({ index, id: corner.id('a') });
  expect(body._source).toEqual({ text: 'anew', inside: 'first' });
});

test('runs, pages and documents are told apart, however they are called', async () => {
  const odd = [
    'd:e',
    'e',
    '%3A',
    'ä😀'.repeat(40),
    `${'x'.repeat(59)}😀${'y'.repeat(400)}`,
    'with "quotes"\n',
  ];
  await corner.put(Object.fromEntries(odd.map((name) => [name, { text: name }])));
  const before = await corner.dump();
  const runs = ['r', 'r:d', `${'long '.repeat(60)}`];
  for (const run of runs) {
    const fields = odd.map((name, n): [string, JsonObject] => [name, { inside: `${n} by ${run}` }]);
    expect((await write(corner, run, Object.fromEntries(fields))).counts.written).toBe(odd.length);
  }
  for (const run of runs)
    expect(await rollBack(corner, run)).toMatchObject({ written: odd.length, conflicts: 0 });
  expect(await corner.dump()).toEqual(before);
});

describe('a page', () => {
  test('tells its receipt when it is worked again, and is refused to whoever was replaced', async () => {
    const page = claim(corner, 'r');
    const { journal } = corner;
    await openRun(corner, 'r');
    const work = workOf(await changesOf(corner, { a: { inside: 'oak' } }));
    const receipt = await journal.commit(page, work);
    expect(await journal.commit(page, work)).toEqual(receipt);
    expect(await journal.claim({ ...page, fence: 7 })).toEqual(receipt);
    expect(await journal.receipt(page.runId, page.page)).toEqual(receipt);
    const next = claim(corner, 'r');
    expect(await journal.claim({ ...next, fence: 2 })).toBeNull();
    expect(await journal.receipt(next.runId, next.page)).toBeNull();
    await expect(journal.commit(next, workOf({}))).rejects.toThrow(Fenced);
    await journal.closeRun(corner.name('r'));
    await expect(journal.commit({ ...next, fence: 3 }, workOf({}))).rejects.toThrow(RunClosed);
    await expect(journal.commit(claim(corner, 'r'), workOf({}))).rejects.toThrow(RunClosed);
    expect(await journal.commit(page, work)).toEqual(receipt);
    await expect(journal.claim(claim(corner, 'unknown'))).rejects.toThrow(RunClosed);
  });

  test('of 500 documents takes ten requests, after three for its claim', async () => {
    const names = Array.from({ length: 500 }, (_, n) => `d${n}`);
    await corner.put(Object.fromEntries(names.map((name) => [name, { text: 'old' }])));
    const changes = await changesOf(
      corner,
      Object.fromEntries(names.map((name) => [name, { inside: name }])),
    );
    const page = claim(corner, 'r');
    await openRun(corner, 'r');
    const counted = corner.another();
    await counted.journal.claim(page);
    expect(counted.sent()).toBe(3);
    expect((await counted.journal.commit(page, workOf(changes))).counts.written).toBe(500);
    expect(counted.sent()).toBe(3 + 10);
  });
});

test('more than 10,000 items are listed, fail, and are written and put back', async () => {
  const items = Array.from({ length: 10_050 }, (_, n) => `${String((n * 7_919) % 10_050).padStart(5, '0')}`);
  const { journal } = corner;
  expect(await journal.keepList(corner.name('r'), items)).toBe(items.length);
  const tail = await journal.listed(corner.name('r'), { after: items[10_009] ?? null, limit: 100 });
  expect(tail).toEqual(items.slice(10_010));

  await openRun(corner, 'r');
  const failed = { unit: 'u', status: 'failed' as const, class: 'bad', message: 'no', tries: 1 };
  const results = items.map((item) => ({ ...failed, item }));
  await journal.commit(claim(corner, 'r'), workOf({}, { results }));
  expect((await journal.failures(corner.name('r'))).length).toBe(items.length);
  expect(await journal.failedItems(corner.name('test'))).toEqual([...items].sort());

  await corner.put(Object.fromEntries(items.map((item) => [item, { text: 'old' }])));
  const oak = Object.fromEntries(items.map((item) => [item, { inside: 'oak' }]));
  await writePage(corner, 'r', await changesOf(corner, oak));
  expect(await journal.summary(corner.name('r'))).toMatchObject([{ rows: items.length }]);
  await journal.closeRun(corner.name('r'));
  expect((await journal.preview(corner.name('r'), 1)).tables).toMatchObject([{ restored: items.length }]);
  let rolledBack = 0;
  for (const page of ['one', 'two', 'three'])
    rolledBack += (await rollBack(corner, 'r', { name: page })).written;
  expect(rolledBack).toBe(items.length);
  expect(await journal.countToRestore(corner.name('r'), 'another')).toBe(0);
});

test('a list of items keeps its order, and is read in pieces', async () => {
  const { journal } = corner;
  const run = corner.name('r');
  const items = Array.from({ length: 25 }, (_, n) => `item ${(n * 7) % 25}`);
  expect(await journal.keepList(run, items)).toBe(25);
  expect(await journal.listed(run, { limit: 10 })).toEqual(items.slice(0, 10));
  expect(await journal.listed(run, { after: items[9] ?? null, limit: 10 })).toEqual(items.slice(10, 20));
  const [first, last] = [items[3], items[6]];
  expect(await journal.listed(run, { first, last, limit: 10 })).toEqual(items.slice(3, 7));
  expect(await journal.listed(run, { first, last, after: items[4] ?? null, limit: 10 })).toEqual(
    items.slice(5, 7),
  );
});

test('an item that failed in three runs is left out, until it is written; one of the canary is that first', async () => {
  const { journal } = corner;
  const failed = {
    item: 'a',
    unit: 'a',
    status: 'failed' as const,
    class: 'row-invalid',
    message: 'no',
    tries: 1,
  };
  const backfill = corner.name('test');
  for (const run of ['r1', 'r2', 'r3']) {
    await openRun(corner, run);
    await journal.commit(claim(corner, run), workOf({}, { results: [failed] }));
    await journal.commit(claim(corner, run), workOf({}, { results: [failed] }));
    expect(await journal.failures(corner.name(run))).toMatchObject([
      { item: 'a', class: 'row-invalid', status: 'failed' },
    ]);
  }
  expect(await journal.failedItems(backfill)).toEqual(['a']);
  expect(await journal.failedItems(backfill, { class: 'gone' })).toEqual([]);
  expect(await journal.quarantined(backfill)).toMatchObject([{ item: 'a', runs: 3, message: 'no' }]);
  await journal.openRun({ runId: corner.name('r4'), backfill, canary: ['b', 'c'] });
  expect(await journal.leftOut(corner.name('r4'), ['a', 'b', 'd'])).toEqual(
    new Map([
      ['a', 'quarantined'],
      ['b', 'canary'],
    ]),
  );
  expect(await journal.canary(corner.name('r4'), null, 1)).toEqual(['b']);
  expect(await journal.canary(corner.name('r4'), 'b', 5)).toEqual(['c']);
  await write(corner, 'r4', { a: { inside: 'oak' } });
  expect(await journal.quarantined(backfill)).toEqual([]);
  expect(await journal.failedItems(backfill)).toEqual([]);
  expect(await journal.leftOut(corner.name('r4'), ['a'])).toEqual(new Map());
});

test('an item that never ended is known by its starts', async () => {
  const { journal } = corner;
  const run = corner.name('r');
  expect(await journal.begin(run, 'a')).toBe(0);
  expect(await journal.begin(run, 'a')).toBe(1);
  await journal.end(run, 'a');
  expect(await journal.begin(run, 'a')).toBe(1);
  expect(await journal.begin(run, 'b')).toBe(0);
});

test('a journal that nobody has made yet is empty to readers, and says what it would add', async () => {
  const journal = createOpenSearchJournal(data.client, data.spare());
  expect(await journal.missing()).toEqual([expect.stringContaining('the change journal')]);
  expect(await journal.runs()).toEqual([]);
  expect(await journal.failedItems('test')).toEqual([]);
  expect(await journal.receipt('r', 'p')).toBeNull();
  expect(await journal.leftOut('r', ['a'])).toEqual(new Map());
  await Promise.all([journal.migrate(), journal.migrate()]);
  expect(await journal.missing()).toEqual([]);
});
