import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import type { ItemResult, PageClaim } from '../../src/domain/page.ts';
import type { Journal, PageWork } from '../../src/stores/journal.ts';
import { workOf, written } from './journal-database.ts';
import { type Corner, type OpenSearchData, openOpenSearchData } from './opensearch-data.ts';
import { changesOf, claim, openRun, rollBack, write } from './opensearch-pages.ts';
import type { Shaky } from './opensearch-shaky.ts';

/**
 * Each test is gone through once for each request that its scene sends: side by side, in corners of their own.
 */

let data: OpenSearchData;

const PHOTOS = [{ url: 'one.jpg' }];
const START: Record<string, JsonObject> = {
  a: { text: 'old', photos: PHOTOS },
  b: { text: 'old', photos: PHOTOS, inside: 'by hand' },
  c: { text: 'old', photos: PHOTOS, outside: null },
  d: { text: 'old', photos: PHOTOS },
};

/** The hand's value stays. */
const AFTER = { ...START, c: { ...START.c, outside: 'hand' } };

beforeAll(async () => {
  data = await openOpenSearchData();
});
afterAll(() => data.drop());

describe('a page', () => {
  test('that is killed at any of its requests is worked again: each field once, with its first before-image', async () => {
    await atEachRequest(commitOnce, async (corner, request) => {
      const page = await pageOf(corner, 'r');
      const dying = corner.another();
      const work = await mixed(corner, 'killed');
      dying.dieAt(request);
      await expect(dying.journal.commit(page, work)).rejects.toThrow();
      const others = corner.another();
      others.dieAt(request);
      await others.journal.commit({ ...page, fence: 2 }, await mixed(corner, 'other')).catch(() => undefined);
      const finished = await corner.journal.receipt(page.runId, page.page);
      const again = await corner.journal.commit({ ...page, fence: 3 }, await mixed(corner, 'again'));
      expect(again.counts).toMatchObject({ written: 2, failed: 1, conflicts: 1 });
      if (!finished) expect((await corner.dump()).b).toMatchObject({ inside: 'oak b again' });
      expect(await corner.journal.written(page.runId, 10)).toHaveLength(4);
      expect(await rollBack(corner, 'r')).toMatchObject({ written: 2, conflicts: 0 });
      expect(await corner.dump()).toEqual(AFTER);
    });
  }, 120_000);

  test('that is frozen at any of its requests says and writes nothing more once another attempt has done it', async () => {
    await atEachRequest(commitOnce, async (corner, request) => {
      const page = await pageOf(corner, 'r');
      const sleeper = await frozenAt(request, corner.another(), async (journal) =>
        journal.commit(page, await mixed(corner, 'sleeper')),
      );
      await corner.journal.commit(
        { ...page, fence: 2 },
        workOf(await changesOf(corner, { a: { inside: 'new' } })),
      );
      await expectNothingFrom(corner, page, sleeper);
    });
  }, 120_000);

  test('that is frozen at any of its requests says and writes nothing more once its items were done by other pages', async () => {
    await atEachRequest(commitOnce, async (corner, request) => {
      const page = await pageOf(corner, 'r');
      const sleeper = await frozenAt(request, corner.another(), async (journal) =>
        journal.commit(page, await mixed(corner, 'sleeper')),
      );
      const lost = await corner.journal.claim({ ...page, fence: 2 });
      const outside = { outside: 'brick' };
      const changes = await changesOf(corner, { a: outside, b: outside, c: outside, d: outside });
      const results = ['a', 'b', 'c', 'd', 'failing', 'waiting'].map((item) => written(item));
      await corner.journal.commit(claim(corner, 'r'), workOf(changes, { results }));
      expect(await corner.journal.due(page.runId, 'unit', Date.now(), 10)).toEqual([]);
      expect(await corner.journal.failures(page.runId)).toEqual([]);
      if (lost) expect(lost.counts).toMatchObject({ written: 2, failed: 1 });
      await expectNothingFrom(corner, page, sleeper);
    });
  }, 120_000);

  test('that is frozen at any of its requests says and writes nothing more once its run was closed and rolled back', async () => {
    await atEachRequest(commitOnce, async (corner, request) => {
      const page = await pageOf(corner, 'r');
      const sleeper = await frozenAt(request, corner.another(), async (journal) =>
        journal.commit(page, await mixed(corner, 'sleeper')),
      );
      const closing = corner.another();
      closing.dieAt(1 + (request % 9));
      await closing.journal.closeRun(page.runId).catch(() => undefined);
      await rollBack(corner, 'r');
      expect(await corner.dump()).toEqual(AFTER);
      await expectNothingFrom(corner, page, sleeper);
    });
  }, 120_000);
});

describe('a rollback', () => {
  const rollBackOnce = async (corner: Corner, { journal }: Shaky) => {
    await twoRuns(corner);
    return async () => void (await rollBack(corner, 'r1', { journal }));
  };

  test('that is killed at any of its requests goes on with the next attempt; what a later run wrote stays, until that is rolled back', async () => {
    await atEachRequest(rollBackOnce, async (corner, request) => {
      await twoRuns(corner);
      const dying = corner.another();
      dying.dieAt(request);
      await rollBack(corner, 'r1', { journal: dying.journal }).catch(() => undefined);
      expect(await rollBack(corner, 'r1', { fence: 2 })).toMatchObject({ written: 3, conflicts: 0 });
      expect(await corner.dump()).toEqual({
        ...START,
        b: { ...START.b, inside: 'pine b r2', outside: 'lead' },
      });
      expect(await rollBack(corner, 'r2')).toMatchObject({ written: 1, conflicts: 0 });
      expect(await corner.dump()).toEqual(START);
    });
  }, 120_000);

  test('that is given up at any of its requests can be done after those of other runs, earlier or later', async () => {
    await atEachRequest(rollBackOnce, async (corner, request) => {
      await twoRuns(corner);
      const [first, second] = request % 2 ? ['r1', 'r2'] : ['r2', 'r1'];
      const dying = corner.another();
      dying.dieAt(request);
      await rollBack(corner, first as string, { journal: dying.journal }).catch(() => undefined);
      await corner.journal.closeRun(corner.name(`rollback of ${first}`));
      await rollBack(corner, second as string);
      await rollBack(corner, first as string, { name: 'once more' });
      await rollBack(corner, second as string, { name: 'and again' });
      expect(await corner.dump()).toEqual(START);
    });
  }, 120_000);

  test('that is frozen at any of its requests does nothing more once another attempt has done it, or it was given up', async () => {
    await atEachRequest(rollBackOnce, async (corner, request) => {
      await twoRuns(corner);
      const of = { backfill: corner.name('test'), rollbackOf: corner.name('r1') };
      await corner.journal.openRun({ runId: corner.name('rollback of r1'), ...of });
      const sleeper = await frozenAt(request, corner.another(), (journal) =>
        rollBack(corner, 'r1', { journal }),
      );
      if (request % 2) await rollBack(corner, 'r1', { fence: 2 });
      await corner.journal.closeRun(corner.name('rollback of r1'));
      await rollBack(corner, 'r2');
      const left = await corner.dump();
      await sleeper.wake();
      expect(await corner.dump()).toEqual(left);
      await rollBack(corner, 'r1', { name: 'once more' });
      await rollBack(corner, 'r2', { name: 'and again' });
      expect(await corner.dump()).toEqual(START);
    });
  }, 120_000);
});

describe('the network', () => {
  const wholeLife = async (corner: Corner, shaky: Shaky) => async () => {
    const page = { ...(await pageOf(corner, 'r', shaky.journal)), fence: 2 };
    await corner.journal.claim({ ...page, fence: 1 });
    const receipt = await shaky.journal.commit(page, await mixed(corner, 'r'));
    expect(receipt.counts).toMatchObject({ written: 2, failed: 1, conflicts: 1 });
    expect(receipt.waiting).toMatchObject({ items: 1 });
    const due = claim(corner, 'r');
    const { waiting } = await shaky.journal.commit(due, workOf({}, { results: [written('waiting')] }));
    expect(waiting.items).toBe(0);
    expect(await shaky.journal.begin(page.runId, 'a')).toBe(0);
    expect(await shaky.journal.begin(page.runId, 'a')).toBe(1);
    await shaky.journal.end(page.runId, 'a');
    expect(await corner.journal.summary(page.runId)).toMatchObject([{ rows: 2, fields: 4 }]);
    await write(corner, 'r2', { b: { inside: 'pine' } });
    expect(await rollBack(corner, 'r', { journal: shaky.journal })).toMatchObject({
      written: 2,
      conflicts: 0,
    });
    await rollBack(corner, 'r2', { journal: shaky.journal });
    await expectTold(corner, page.runId);
  };

  test.for(['odd', 'even'] as const)(
    'may lose every second answer, the %s ones: nothing is done twice',
    async (which) => {
      const corner = await begin();
      const shaky = corner.another();
      shaky.loseAnswers(which);
      await (await wholeLife(corner, shaky))();
    },
  );

  test('may lose the answers of who takes over: the sleeper writes nothing more', async () => {
    await atEachRequest(commitOnce, async (corner, request) => {
      const page = await pageOf(corner, 'r');
      const sleeper = await frozenAt(request, corner.another(), async (journal) =>
        journal.commit(page, await mixed(corner, 'sleeper')),
      );
      const shaky = corner.another();
      shaky.loseAnswers(request % 2 ? 'odd' : 'even');
      if (request % 3) await shaky.journal.closeRun(page.runId);
      else await shaky.journal.claim({ ...page, fence: 2 });
      const left = await corner.dump();
      await sleeper.wake();
      expect(await corner.dump()).toEqual(left);
    });
  });

  test('may deliver any request twice, the second time when all is over', async () => {
    await atEachRequest(wholeLife, async (corner, request) => {
      const shaky = corner.another();
      const late = shaky.delay(request);
      await (await wholeLife(corner, shaky))();
      await late.arrive();
      await expectTold(corner, corner.name('r'));
      expect(await corner.journal.begin(corner.name('r'), 'a')).toBe(1);
    });
  }, 120_000);

  test('may find a server that does the half of a bulk: the rest is done when there is room', async () => {
    const corner = await begin();
    const shaky = corner.another();
    const halves = shaky.rejectHalves();
    await (await wholeLife(corner, shaky))();
    expect(halves.rejected()).toBeGreaterThan(10);
  });
});

async function begin(): Promise<Corner> {
  const corner = data.corner();
  await corner.put(START);
  return corner;
}

/** Counts the requests of a scene, then plays another one for each of them. */
async function atEachRequest(
  scene: (corner: Corner, counted: Shaky) => Promise<() => Promise<void>>,
  play: (corner: Corner, request: number) => Promise<void>,
): Promise<void> {
  const corner = await begin();
  const counted = corner.another();
  await (await scene(corner, counted))();
  const requests = Array.from({ length: counted.sent() }, (_, n) => n + 1);
  expect(requests.length).toBeGreaterThan(8);
  const played = requests.map(async (request) => {
    await play(await begin(), request).catch((error) => {
      throw new Error(`at request ${request}: ${error.message}`, { cause: error });
    });
  });
  await Promise.all(played);
}

async function commitOnce(corner: Corner, { journal }: Shaky): Promise<() => Promise<void>> {
  const page = await pageOf(corner, 'r');
  const work = await mixed(corner, 'counted');
  return async () => void (await journal.commit(page, work));
}

async function pageOf(corner: Corner, run: string, journal: Journal = corner.journal): Promise<PageClaim> {
  await openRun(corner, run, journal);
  return claim(corner, run);
}

/** A page with some of everything: two documents are written, one is changed by hand, one item fails, one waits. */
async function mixed(corner: Corner, by: string): Promise<PageWork> {
  const changes = await changesOf(corner, {
    a: { inside: `oak a ${by}`, outside: 'brick' },
    b: { inside: `oak b ${by}`, outside: 'brick' },
    c: { inside: `oak c ${by}`, outside: null },
  });
  const [change] = changes.c ?? [];
  if (change?.kind === 'fields') change.seen = { ...change.seen, outside: 'something else' };
  await corner.put({ c: { ...START.c, outside: 'hand' } });
  const other = (item: string, more: Partial<ItemResult>) => ({ ...written(item), ...more });
  const results = [
    ...Object.keys(changes).map((item) => written(item)),
    other('failing', { status: 'failed', class: 'bad', message: 'no' }),
    other('waiting', { status: 'deferred', class: 'busy', message: 'later', dueAt: 1 }),
  ];
  return workOf(changes, { results });
}

/** Two runs over the same documents; the second one has overwritten one field of b, and set another. */
async function twoRuns(corner: Corner): Promise<void> {
  await write(corner, 'r1', {
    a: { inside: 'oak a', outside: 'brick' },
    b: { inside: 'oak b' },
    c: { inside: 'oak c', outside: 'brick' },
  });
  await write(corner, 'r2', { b: { inside: 'pine b r2', outside: 'lead' } });
}

interface Sleeper {
  /** Lets it do whatever it still can. */
  wake(): Promise<void>;
}

async function frozenAt(
  request: number,
  shaky: Shaky,
  work: (journal: Journal) => Promise<unknown>,
): Promise<Sleeper> {
  const { frozen, thaw } = shaky.freezeAt(request);
  const late = work(shaky.journal).then(nothing, nothing);
  await Promise.race([frozen, late]);
  return {
    async wake() {
      thaw();
      await late;
    },
  };
}

async function expectNothingFrom(
  corner: Corner,
  { runId, page }: PageClaim,
  sleeper: Sleeper,
): Promise<void> {
  const { journal } = corner;
  const told = async () => ({
    documents: await corner.dump(),
    written: await journal.written(runId, 10),
    failures: await journal.failures(runId),
    conflicts: await journal.conflicts(runId),
    failed: await journal.failedItems(corner.name('test')),
    due: await journal.due(runId, 'unit', Date.now(), 10),
    receipt: await journal.receipt(runId, page),
  });
  const left = await told();
  await sleeper.wake();
  expect(await told()).toEqual(left);
}

/** After all that the tests of the network do. */
async function expectTold(corner: Corner, runId: string): Promise<void> {
  const { journal } = corner;
  expect(await corner.dump()).toEqual(AFTER);
  expect(await journal.failures(runId)).toMatchObject([{ item: 'failing', class: 'bad' }]);
  expect(await journal.conflicts(runId)).toMatchObject([{ item: 'c' }]);
  expect(await journal.due(runId, 'unit', Date.now(), 10)).toEqual([]);
  expect(await journal.failedItems(corner.name('test'))).toEqual(['failing']);
  expect(await journal.summary(runId)).toMatchObject([{ rows: 2, fields: 4, restored: 3, handedOn: 1 }]);
}

function nothing(): void {}
