import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openRollback } from '../../src/backfills/rollback.ts';
import type { Change } from '../../src/domain/change.ts';
import { type Counts, NO_COUNTS } from '../../src/domain/counts.ts';
import { Fenced, type Journal, RunClosed } from '../../src/stores/journal.ts';
import { claimOf, workOf, writePage } from './journal-database.ts';
import { type OpenSearchData, openOpenSearchData } from './opensearch-data.ts';

let data: OpenSearchData;

const PHOTOS = [{ url: 'one.jpg' }, { url: 'two.jpg' }];

beforeEach(async () => {
  data = await openOpenSearchData();
  await data.put({
    a: { text: 'old', photos: PHOTOS },
    b: { text: 'old', photos: PHOTOS, inside: 'by hand' },
    c: { text: 'old', photos: [] },
  });
});
afterEach(() => data.drop());

test('fields are set and taken away, the rest of a document stays as it was, and its journal has before and after', async () => {
  const { journal } = data;
  const receipt = await writePage(journal, 'r', {
    a: [await data.change('a', { inside: 'oak', outside: 'brick' })],
    b: [await data.change('b', { inside: null, outside: 'brick' })],
  });
  expect(receipt.counts).toEqual({ ...NO_COUNTS, written: 2 });
  expect(await data.dump()).toEqual({
    a: { text: 'old', photos: PHOTOS, inside: 'oak', outside: 'brick' },
    b: { text: 'old', photos: PHOTOS, outside: 'brick' },
    c: { text: 'old', photos: [] },
  });
  expect(await journal.written('r', 10)).toMatchObject([
    { item: 'a', row: 'a', field: 'inside', before: null, after: 'oak' },
    { item: 'a', row: 'a', field: 'outside', before: null, after: 'brick' },
    { item: 'b', row: 'b', field: 'inside', before: 'by hand', after: null },
    { item: 'b', row: 'b', field: 'outside', before: null, after: 'brick' },
  ]);
});

test('a document that holds already what would be written is skipped, and is no entry of the run', async () => {
  await writeAll('r1');
  const changes = { a: [await data.change('a', { inside: 'oak a r1', outside: 'brick' })] };
  const { counts, classes } = await writePage(data.journal, 'r2', changes);
  expect(counts).toEqual({ ...NO_COUNTS, skipped: 1 });
  expect(classes).toEqual({ unchanged: 1 });
  expect(await data.journal.written('r2', 10)).toEqual([]);
});

describe('what others do between read and write', () => {
  test('to other fields stays, and our fields are written', async () => {
    const change = await data.change('a', { inside: 'oak' });
    await data.put({ a: { text: 'new', photos: PHOTOS, price: 1 } });
    const { counts } = await writePage(data.journal, 'r', { a: [change] });
    expect(counts).toMatchObject({ written: 1 });
    expect((await data.dump()).a).toEqual({ text: 'new', photos: PHOTOS, price: 1, inside: 'oak' });
  });

  test('to a field that we would write is kept, and counts as a conflict', async () => {
    const change = await data.change('a', { inside: 'oak', outside: 'brick' });
    await data.put({ a: { inside: 'theirs' } });
    const { counts } = await writePage(data.journal, 'r', { a: [change] });
    expect(counts).toMatchObject({ written: 0, conflicts: 1 });
    expect((await data.dump()).a).toEqual({ inside: 'theirs' });
    expect(await data.journal.conflicts('r')).toMatchObject([{ item: 'a', class: 'changed-since' }]);
    expect(await data.journal.written('r', 10)).toEqual([]);
  });

  test('to what our fields are made from makes the item be read anew', async () => {
    const change = await data.change('a', { inside: 'oak' });
    await data.put({ a: { photos: [{ url: 'three.jpg' }] } });
    const { counts, waiting } = await writePage(data.journal, 'r', { a: [change] });
    expect(counts).toEqual(NO_COUNTS);
    expect(waiting).toMatchObject({ items: 1 });
    expect(await data.journal.due('r', 'unit', Date.now(), 10)).toEqual([{ item: 'a', tries: 0 }]);
    await writePage(data.journal, 'r', { a: [await data.change('a', { inside: 'oak' })] });
    expect(await data.journal.due('r', 'unit', Date.now(), 10)).toEqual([]);
    expect((await data.dump()).a).toMatchObject({ inside: 'oak' });
  });

  test('a document that is gone is skipped; one that the mapping refuses fails alone', async () => {
    const { client, index } = data;
    await client.indices.putMapping({ index, body: { properties: { year: { type: 'integer' } } } });
    const [a, b, c] = [
      await data.change('a', { year: 'no number' }),
      await data.change('b', { year: 1999 }),
      await data.change('c', { year: 1999 }),
    ];
    await client.delete({ index, id: 'c' });
    const { counts, classes } = await writePage(data.journal, 'r', { a: [a], b: [b], c: [c] });
    expect(counts).toMatchObject({ written: 1, failed: 1, skipped: 1 });
    expect(classes).toEqual({ 'row-invalid': 1, gone: 1 });
    expect(await data.journal.summary('r')).toMatchObject([{ rows: 1, fields: 1 }]);
  });
});

describe('a rollback', () => {
  test('makes documents equal to what they were, field by field; a second one finds nothing', async () => {
    const before = await data.dump();
    await writeAll('r');
    expect(await data.dump()).not.toEqual(before);
    expect(await data.journal.preview('r', 2)).toMatchObject({
      tables: [{ restored: 6, handedOn: 0, conflicts: 0 }],
      entries: [{ fate: 'restored' }, { fate: 'restored' }],
    });
    expect(await rollBack('r')).toMatchObject({ written: 3 });
    expect(await data.dump()).toEqual(before);
    expect(await data.journal.countToRestore('r', 'another')).toBe(0);
    expect(await data.journal.summary('r')).toMatchObject([{ rows: 3, fields: 6, restored: 6 }]);
  });

  test('keeps and lists what was changed or deleted since, and restores the rest', async () => {
    await writeAll('r');
    const { a, b } = await data.dump();
    await data.put({ a: { ...a, inside: 'by hand', price: 2 }, b: { ...b, price: 3 } });
    await data.client.delete({ index: data.index, id: 'c' });
    expect(await rollBack('r')).toMatchObject({ written: 1, conflicts: 2 });
    expect(await data.dump()).toEqual({
      a: { text: 'old', photos: PHOTOS, inside: 'by hand', price: 2 },
      b: { text: 'old', photos: PHOTOS, inside: 'by hand', price: 3 },
    });
    const kept = await data.journal.conflicts('rollback of r');
    expect(kept.map(({ message }) => message)).toEqual([
      expect.stringContaining('document a, field inside: expected "oak a r", found "by hand"'),
      expect.stringContaining('document c, field inside: expected "oak c r", found nothing'),
    ]);
  });

  test.for([
    ['the earlier run first', ['r1', 'r2']],
    ['the later run first', ['r2', 'r1']],
  ] as const)(
    'of two runs over the same fields, %s, leaves what was there before both',
    async ([, order]) => {
      const before = await data.dump();
      await writeAll('r1');
      await writeAll('r2');
      await rollBack(order[0]);
      if (order[0] === 'r1') expect((await data.dump()).a).toMatchObject({ inside: 'oak a r2' });
      await rollBack(order[1]);
      expect(await data.dump()).toEqual(before);
    },
  );

  test('that is killed at any of its requests goes on with the next attempt', async () => {
    const before = await data.dump();
    const whole = data.another();
    await writeAll('dry');
    await rollBack('dry', whole.journal);
    const requests = whole.sent();
    expect(requests).toBeGreaterThan(8);
    for (let request = 1; request <= requests; request += 1) {
      const run = `r${request}`;
      await writeAll(run);
      await data.journal.closeRun(run);
      const dying = data.another();
      dying.dieAt(request);
      await rollBack(run, dying.journal).catch(() => undefined);
      const page = `again ${request}`;
      const counts = await rollBack(run, data.journal, { fence: 2, rollbackId: `rollback of ${run}` });
      expect({ request, page, ...counts }).toMatchObject({ request, conflicts: 0 });
      expect(await data.dump()).toEqual(before);
    }
  }, 120_000);
});

describe('a page', () => {
  test('tells its receipt when it is worked again, and is refused to whoever was replaced', async () => {
    const page = claimOf('r');
    await data.journal.openRun({ runId: 'r', backfill: 'test' });
    const work = workOf({ a: [await data.change('a', { inside: 'oak' })] });
    const receipt = await data.journal.commit(page, work);
    expect(await data.journal.commit(page, work)).toEqual(receipt);
    expect(await data.journal.claim({ ...page, fence: 7 })).toEqual(receipt);
    const next = claimOf('r');
    expect(await data.journal.claim({ ...next, fence: 2 })).toBeNull();
    await expect(data.journal.commit(next, workOf({}))).rejects.toThrow(Fenced);
    await data.journal.closeRun('r');
    await expect(data.journal.commit(claimOf('r'), workOf({}))).rejects.toThrow(RunClosed);
    await expect(data.journal.claim(claimOf('unknown'))).rejects.toThrow(RunClosed);
  });

  test('that is killed at any of its requests is worked again: each field once, with its first before-image', async () => {
    const before = await data.dump();
    const requests = await requestsOfPage();
    for (let request = 1; request <= requests; request += 1) {
      const run = `killed at ${request}`;
      const page = claimOf(run);
      await data.journal.openRun({ runId: run, backfill: 'test' });
      const dying = data.another();
      dying.dieAt(request);
      const changes = await allChanges(run);
      await expect(dying.journal.commit(page, workOf(changes))).rejects.toThrow();
      const again = await data.journal.commit({ ...page, fence: 2 }, workOf(await allChanges(run)));
      expect({ request, ...again.counts }).toMatchObject({ request, written: 3 });
      expect((await data.dump()).b).toMatchObject({ inside: `oak b ${run}` });
      expect(await rollBack(run)).toMatchObject({ written: 3 });
      expect(await data.dump()).toEqual(before);
    }
  }, 120_000);

  test('that is frozen at any of its requests writes nothing more once another attempt has done it', async () => {
    const requests = await requestsOfPage();
    for (let request = 1; request <= requests; request += 1) {
      const run = `frozen at ${request}`;
      const page = claimOf(run);
      await data.journal.openRun({ runId: run, backfill: 'test' });
      const sleeper = data.another();
      const { frozen, thaw } = sleeper.freezeAt(request);
      const late = sleeper.journal.commit(page, workOf(await allChanges('the sleeper')));
      late.catch(() => undefined);
      await frozen;
      const taken = workOf({ a: [await data.change('a', { inside: run })] });
      await data.journal.commit({ ...page, fence: 2 }, taken);
      const left = await data.dump();
      const journal = await data.journal.written(run, 10);
      thaw();
      await late.catch(() => undefined);
      expect({ request, dump: await data.dump() }).toEqual({ request, dump: left });
      expect(await data.journal.written(run, 10)).toEqual(journal);
    }
  }, 120_000);

  test('that is frozen at any of its requests writes nothing more once its run was closed and rolled back', async () => {
    const before = await data.dump();
    const requests = await requestsOfPage();
    for (let request = 1; request <= requests; request += 1) {
      const run = `closed at ${request}`;
      await data.journal.openRun({ runId: run, backfill: 'test' });
      const sleeper = data.another();
      const { frozen, thaw } = sleeper.freezeAt(request);
      const late = sleeper.journal.commit(claimOf(run), workOf(await allChanges(run)));
      late.catch(() => undefined);
      await frozen;
      await rollBack(run);
      expect(await data.dump()).toEqual(before);
      thaw();
      await late.catch(() => undefined);
      expect({ request, dump: await data.dump() }).toEqual({ request, dump: before });
    }
  }, 120_000);
});

test('a list of items keeps its order, and is read in pieces', async () => {
  const { journal } = data;
  const items = Array.from({ length: 25 }, (_, n) => `item ${(n * 7) % 25}`);
  expect(await journal.keepList('r', items)).toBe(25);
  expect(await journal.listed('r', { limit: 10 })).toEqual(items.slice(0, 10));
  expect(await journal.listed('r', { after: items[9] ?? null, limit: 10 })).toEqual(items.slice(10, 20));
  const [first, last] = [items[3], items[6]];
  expect(await journal.listed('r', { first, last, limit: 10 })).toEqual(items.slice(3, 7));
  expect(await journal.listed('r', { first, last, after: items[4] ?? null, limit: 10 })).toEqual(
    items.slice(5, 7),
  );
  expect(await journal.keepList('r', ['only'])).toBe(1);
  expect(await journal.listed('r', { limit: 10 })).toEqual(['only']);
});

test('an item that failed in three runs is left out, until it is written; one of the canary is that first', async () => {
  const { journal } = data;
  const failed = {
    item: 'a',
    unit: 'a',
    status: 'failed' as const,
    class: 'row-invalid',
    message: 'no',
    tries: 1,
  };
  for (const runId of ['r1', 'r2', 'r3']) {
    await journal.openRun({ runId, backfill: 'test' });
    await journal.commit(claimOf(runId), workOf({}, { results: [failed] }));
    await journal.commit(claimOf(runId), workOf({}, { results: [failed] }));
    expect(await journal.failures(runId)).toMatchObject([
      { item: 'a', class: 'row-invalid', status: 'failed' },
    ]);
  }
  expect(await journal.failedItems('test')).toEqual(['a']);
  expect(await journal.failedItems('test', { class: 'gone' })).toEqual([]);
  expect(await journal.quarantined('test')).toMatchObject([{ item: 'a', runs: 3, message: 'no' }]);
  await journal.openRun({ runId: 'r4', backfill: 'test', canary: ['b', 'c'] });
  expect(await journal.leftOut('r4', ['a', 'b', 'd'])).toEqual(
    new Map([
      ['a', 'quarantined'],
      ['b', 'canary'],
    ]),
  );
  expect(await journal.canary('r4', null, 1)).toEqual(['b']);
  expect(await journal.canary('r4', 'b', 5)).toEqual(['c']);
  await writePage(journal, 'r4', { a: [await data.change('a', { inside: 'oak' })] });
  expect(await journal.quarantined('test')).toEqual([]);
});

test('an item that never ended is known by its starts', async () => {
  const { journal } = data;
  expect(await journal.begin('r', 'a')).toBe(0);
  expect(await journal.begin('r', 'a')).toBe(1);
  await journal.end('r', 'a');
  expect(await journal.begin('r', 'a')).toBe(1);
  expect(await journal.begin('r', 'b')).toBe(0);
});

test('a journal that nobody has made yet is empty to readers, and says what it would add', async () => {
  const nobody = await openOpenSearchData();
  try {
    await nobody.client.indices.delete({ index: `${nobody.index.replace('-data', '')}-journal-*` });
    expect(await nobody.journal.missing()).toEqual([expect.stringContaining('the change journal')]);
    expect(await nobody.journal.runs()).toEqual([]);
    expect(await nobody.journal.failedItems('test')).toEqual([]);
    expect(await nobody.journal.receipt('r', 'p')).toBeNull();
    expect(await nobody.journal.leftOut('r', ['a'])).toEqual(new Map());
    await Promise.all([nobody.journal.migrate(), nobody.journal.migrate()]);
    expect(await nobody.journal.missing()).toEqual([]);
  } finally {
    await nobody.drop();
  }
});

async function allChanges(run: string): Promise<Record<string, Change[]>> {
  const changes: Record<string, Change[]> = {};
  for (const id of ['a', 'b', 'c'])
    changes[id] = [await data.change(id, { inside: `oak ${id} ${run}`, outside: 'brick' })];
  return changes;
}

async function writeAll(run: string): Promise<void> {
  await writePage(data.journal, run, await allChanges(run));
}

/** How many requests a page of all documents takes. */
async function requestsOfPage(): Promise<number> {
  const whole = data.another();
  await data.journal.openRun({ runId: 'measured', backfill: 'test' });
  await whole.journal.commit(claimOf('measured'), workOf(await allChanges('measured')));
  await rollBack('measured');
  expect(whole.sent()).toBeGreaterThan(8);
  return whole.sent();
}

/** Closes the run and walks through its rollback as the engine would. */
async function rollBack(
  runId: string,
  journal: Journal = data.journal,
  { fence = 1, rollbackId = `rollback of ${runId}` } = {},
): Promise<Counts> {
  await journal.closeRun(runId);
  const { source, process } = openRollback(journal, runId);
  await journal.openRun({ runId: rollbackId, backfill: 'test', rollbackOf: runId });
  const scope = { id: 'journal', firstUnit: 'journal', lastUnit: 'journal', units: 1, items: 0 };
  const selection = { only: 'all' as const, watermark: '' };
  const items = await source.read({ runId: rollbackId, selection, scope, after: null, limit: 100 });
  const changes: Record<string, Change[]> = {};
  for (const item of items) {
    const processed = await process(item, () => Promise.reject(new Error('a rollback asks nobody')));
    if (processed.kind === 'write') changes[item.id] = processed.changes;
  }
  const page = { runId: rollbackId, scope: 'journal', page: 'journal/0', fence };
  const { counts } = await journal.commit(page, workOf(changes));
  return counts;
}
