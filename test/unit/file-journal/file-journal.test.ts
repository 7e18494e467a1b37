import { execFile } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openRollback } from '../../../src/backfills/rollback.ts';
import { RunPaused } from '../../../src/domain/failure.ts';
import { PlaceTaken } from '../../../src/stores/file-journal/journal.ts';
import { Fenced, RunClosed } from '../../../src/stores/journal.ts';
import { claimOf, type Folder, openFolder, publish, workOf } from './world.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await openFolder();
});
afterEach(() => folder.drop());

async function rollBack(runId: string, by = `undo ${runId}`) {
  const { journal } = folder;
  await journal.closeRun(runId);
  await journal.openRun({ runId: by, backfill: 'test', rollbackOf: runId });
  const { source, process } = openRollback(journal, runId);
  const scope = { id: 'u', firstUnit: 'journal', lastUnit: 'journal', units: 1, items: 1 };
  const selection = { only: 'all' as const, watermark: '' };
  const items = await source.read({ runId: by, selection, scope, after: null, limit: 100 });
  const work = workOf({});
  for (const item of items) {
    work.results.push({ item: item.id, unit: item.unit, status: 'written', tries: 1 });
    const processed = await process(item, async () => Promise.reject(new Error('nothing is asked')));
    if (processed.kind === 'write') work.changes.set(item.id, processed.changes);
  }
  return (await journal.commit(claimOf(by), work)).counts;
}

describe('a page', () => {
  test('tells its receipt when it is committed again, and is refused to whoever was replaced', async () => {
    const { journal } = folder;
    await journal.openRun({ runId: 'r', backfill: 'test' });
    const receipt = await journal.commit(claimOf('r'), workOf({ a: 1 }, [{ item: 'b' }]));
    expect(receipt.counts).toMatchObject({ written: 1, failed: 1 });
    expect(await journal.commit(claimOf('r'), workOf({ a: 2 }))).toEqual(receipt);
    expect(await journal.claim(claimOf('r', { page: 'u/1', fence: 2 }))).toBeNull();
    await expect(journal.commit(claimOf('r', { page: 'u/1' }), workOf({}))).rejects.toThrow(Fenced);
  });

  test('writes nothing once its run is closed; a finished one is still told', async () => {
    const { journal } = folder;
    await journal.openRun({ runId: 'r', backfill: 'test' });
    const receipt = await journal.commit(claimOf('r'), workOf({ a: 1 }));
    await journal.closeRun('r');
    await expect(journal.commit(claimOf('r', { page: 'u/1' }), workOf({ b: 1 }))).rejects.toThrow(RunClosed);
    expect(await journal.claim(claimOf('r'))).toEqual(receipt);
    expect((await journal.outcomes('r', 'u')).size).toBe(0);
  });

  test('keeps what waits until it is due, in the order of time', async () => {
    const { journal } = folder;
    await journal.openRun({ runId: 'r', backfill: 'test' });
    const later = { status: 'deferred' as const, class: 'slow' };
    const work = workOf({}, [
      { item: 'b', ...later, dueAt: 200 },
      { item: 'a', ...later, dueAt: 100 },
    ]);
    expect((await journal.commit(claimOf('r'), work)).waiting).toEqual({ items: 2, nextDueAt: 100 });
    expect(await journal.due('r', 'u', 150, 10)).toEqual([{ item: 'a', tries: 1 }]);
    const next = await journal.commit(claimOf('r', { page: 'u/1' }), workOf({ a: 1 }));
    expect(next.waiting).toEqual({ items: 1, nextDueAt: 200 });
  });
});

describe('a unit', () => {
  test('is complete once each of its images has a final result, and no longer once its file is there', async () => {
    const { journal } = folder;
    await journal.openRun({ runId: 'r', backfill: 'test' });
    await journal.keepUnits('r', [{ unit: 'u', items: 3, planned: 3 }]);
    await journal.commit(claimOf('r'), workOf({ a: 1 }, [{ item: 'b', status: 'deferred', dueAt: 0 }]));
    expect(await journal.completeUnits('r')).toEqual([]);
    await journal.commit(claimOf('r', { page: 'u/1' }), workOf({ b: 1 }, [{ item: 'c' }]));
    expect(await journal.completeUnits('r')).toEqual(['u']);
    expect((await journal.outcomes('r', 'u')).get('c')).toMatchObject({ row: null, class: 'bad' });
    await folder.write('new', 'made');
    const made = { runId: 'r', unit: 'u', temporary: folder.at('new'), path: folder.at('u.db'), rows: 3 };
    await journal.publish(made);
    expect(await journal.completeUnits('r')).toEqual([]);
    expect(await folder.text('u.db')).toBe('made');
    expect(await folder.text('new')).toBeNull();
  });

  test('of which a run works on a part only is never complete', async () => {
    const { journal } = folder;
    await journal.openRun({ runId: 'r', backfill: 'test' });
    await journal.keepUnits('r', [{ unit: 'u', items: 2, planned: 1 }]);
    await journal.commit(claimOf('r'), workOf({ a: 1 }));
    expect(await journal.completeUnits('r')).toEqual([]);
  });
});

describe('a file', () => {
  test('never takes the place of one that is there', async () => {
    await folder.write('u.db', 'of somebody');
    await expect(publish(folder, 'r', 'ours')).rejects.toThrow(PlaceTaken);
    expect(await folder.text('u.db')).toBe('of somebody');
    expect(await folder.journal.files('r')).toEqual([]);
  });

  test('that was moved by a worker which died before it could say so is recognised', async () => {
    await folder.write('u.db', 'ours');
    await publish(folder, 'r', 'ours');
    expect(await folder.journal.files('r')).toMatchObject([{ unit: 'u', path: folder.at('u.db') }]);
  });

  test('is not put in place by a run that is closed', async () => {
    const { journal } = folder;
    await journal.openRun({ runId: 'r', backfill: 'test' });
    await journal.closeRun('r');
    await folder.write('new', 'ours');
    const made = { runId: 'r', unit: 'u', temporary: folder.at('new'), path: folder.at('u.db'), rows: 1 };
    await expect(journal.publish(made)).rejects.toThrow(RunClosed);
    expect(await folder.text('u.db')).toBeNull();
  });

  test('that is kept aside is not overwritten by a second attempt with other bytes', async () => {
    await publish(folder, 'one', 'first');
    await folder.write('u.db.old', 'moved there by an attempt that died');
    await expect(publish(folder, 'two', 'second', 'u.db.old')).rejects.toThrow(PlaceTaken);
    expect(await folder.text('u.db.old')).toBe('moved there by an attempt that died');
  });

  test('that replaces another keeps it aside', async () => {
    await publish(folder, 'one', 'first');
    await publish(folder, 'two', 'second', 'u.db.old');
    expect([await folder.text('u.db'), await folder.text('u.db.old')]).toEqual(['second', 'first']);
  });
});

describe('a rollback', () => {
  test('takes the file away, and does nothing the second time', async () => {
    await publish(folder, 'r', 'ours');
    expect((await folder.journal.preview('r', 10)).tables).toMatchObject([{ restored: 1 }]);
    expect(await rollBack('r')).toMatchObject({ written: 1, conflicts: 0 });
    expect(await folder.text('u.db')).toBeNull();
    expect(await rollBack('r', 'again')).toMatchObject({ written: 0 });
    expect(await folder.journal.summary('r')).toMatchObject([{ rows: 1, restored: 1 }]);
  });

  test('keeps a file that somebody has changed, and says so', async () => {
    await publish(folder, 'r', 'ours');
    await folder.write('u.db', 'ours, with choices of a person');
    expect((await folder.journal.preview('r', 10)).entries).toMatchObject([{ fate: 'conflict' }]);
    expect(await rollBack('r')).toMatchObject({ conflicts: 1 });
    expect(await folder.text('u.db')).toBe('ours, with choices of a person');
    expect((await folder.journal.conflicts('undo r'))[0]?.message).toContain('u.db');
  });

  test('brings back what the file had replaced', async () => {
    await publish(folder, 'one', 'first');
    await publish(folder, 'two', 'second', 'u.db.old');
    expect(await rollBack('two')).toMatchObject({ written: 1 });
    expect([await folder.text('u.db'), await folder.text('u.db.old')]).toEqual(['first', null]);
    expect(await rollBack('one')).toMatchObject({ written: 1 });
    expect(await folder.text('u.db')).toBeNull();
  });

  test('of the earlier of two runs leaves the later its file, which then has replaced nothing', async () => {
    await publish(folder, 'one', 'first');
    await publish(folder, 'two', 'second', 'u.db.old');
    expect(await rollBack('one')).toMatchObject({ written: 1 });
    expect([await folder.text('u.db'), await folder.text('u.db.old')]).toEqual(['second', null]);
    expect(await folder.journal.summary('one')).toMatchObject([{ handedOn: 1 }]);
    expect(await rollBack('two')).toMatchObject({ written: 1 });
    expect(await folder.text('u.db')).toBeNull();
  });
});

test('an item that failed in three runs is left out, until it is written', async () => {
  const { journal } = folder;
  for (const runId of ['one', 'two', 'three']) {
    await journal.openRun({ runId, backfill: 'test' });
    await journal.commit(claimOf(runId), workOf({}, [{ item: 'a' }]));
  }
  await journal.openRun({ runId: 'four', backfill: 'test', canary: ['b'] });
  expect(await journal.leftOut('four', ['a', 'b', 'c'])).toEqual(
    new Map([
      ['a', 'quarantined'],
      ['b', 'canary'],
    ]),
  );
  await journal.commit(claimOf('four'), workOf({ a: 1 }));
  expect(await journal.leftOut('four', ['a'])).toEqual(new Map());
  expect(await journal.failedItems('test')).toEqual([]);
});

test('several processes commit to one journal at the same time, and lose nothing', async () => {
  const { journal } = folder;
  await journal.openRun({ runId: 'r', backfill: 'test' });
  const others = Array.from({ length: 3 }, (_, n) => committing(n));
  await Promise.all(others);
  expect((await journal.outcomes('r', 'u')).size).toBe(3 * 40);
}, 60_000);

test('a journal that nobody has made yet is empty to readers, and says what it would add', async () => {
  const { journal } = folder;
  expect(await journal.missing()).toEqual([`the journal ${folder.at('journal.db')}`]);
  expect(await journal.runs()).toEqual([]);
  expect(await folder.text('journal.db')).toBeNull();
  await journal.migrate();
  expect(await journal.missing()).toEqual([]);
});

test('a journal that is no database pauses the run, and is left as it is', async () => {
  await folder.write('journal.db', 'a text of somebody, long enough to be looked at as a database file');
  await expect(folder.another().migrate()).rejects.toThrow(RunPaused);
  expect(await folder.text('journal.db')).toContain('a text of somebody');
});

function committing(number: number): Promise<void> {
  const world = new URL('world.ts', import.meta.url);
  const journal = new URL('../../../src/stores/file-journal/index.ts', import.meta.url);
  const program = `
    import { createFileJournal } from '${journal}';
    import { claimOf, workOf } from '${world}';
    const journal = createFileJournal(process.argv[1]);
    for (let n = 0; n < 40; n += 1)
      await journal.commit(claimOf('r', { page: 'u/${number}-' + n }), workOf({ ['${number}-' + n]: n }));
    journal.close();`;
  return new Promise((resolve, reject) => {
    const args = ['--input-type=module', '-e', program, folder.at('journal.db')];
    execFile(process.execPath, args, (error) => (error ? reject(error) : resolve()));
  });
}

describe('changes that SQLite keeps beside a database', () => {
  test.each(['u.db-wal', 'u.db-journal'])(
    'in %s are not parted from it, whoever has made them',
    async (name) => {
      await publish(folder, 'one', 'first');
      await folder.write(name, 'choices of a person');
      await expect(publish(folder, 'two', 'second', 'u.db.old')).rejects.toThrow(name);
      const texts = ['u.db', name, 'u.db.old'].map(folder.text);
      expect(await Promise.all(texts)).toEqual(['first', 'choices of a person', null]);
    },
  );

  test('would be read into a new one of the name, so that it waits', async () => {
    await folder.write('u.db-wal', 'left by a program that died');
    await expect(publish(folder, 'one', 'first')).rejects.toThrow('u.db-wal');
    expect(await folder.text('u.db')).toBeNull();
  });
});

test('what attempts that died have left unfinished goes when the file is there', async () => {
  await folder.write('u.db.r-123.unfinished', 'half');
  await folder.write('u.db.other-123.unfinished', 'of another run');
  await folder.write('u.db.r-4.unfinished', 'ours');
  await publish(folder, 'r', 'ours');
  expect(await folder.text('u.db.r-123.unfinished')).toBeNull();
  expect(await folder.text('u.db.other-123.unfinished')).toBe('of another run');
});
