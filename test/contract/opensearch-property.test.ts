import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { Journal } from '../../src/stores/journal.ts';
import { workOf } from './journal-database.ts';
import { type Corner, type OpenSearchData, openOpenSearchData } from './opensearch-data.ts';
import { changesOf, claim, openRun, rollBack } from './opensearch-pages.ts';

/**
 * The model: each field is the list of everything ever written to it. Rolling runs back takes their writes out of the
 * lists, in whatever order; what stands last is what the field holds.
 */

let data: OpenSearchData;

beforeAll(async () => {
  data = await openOpenSearchData();
});
afterAll(() => data.drop());

test('whatever runs and other hands did, and whenever their workers died or slept, rolling any runs back in any order leaves the last write of the rest', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(history, { minLength: SIDE_BY_SIDE, maxLength: SIDE_BY_SIDE }),
      async (histories) => {
        await Promise.all(histories.map(play));
      },
    ),
    { numRuns: 40, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false, endOnFailure: true },
  );
}, 120_000);

const SIDE_BY_SIDE = 4;
const DOCUMENTS = ['a', 'b'];
const FIELDS = ['inside', 'outside'];
const START: Record<string, JsonObject> = { a: { inside: null, price: 1 }, b: { outside: { deep: [1] } } };

/** Null takes the field away. */
const value = fc.constantFrom<Json[]>('oak', 'brick', null, { deep: [1] });
const fields = fc.dictionary(fc.constantFrom(...FIELDS), value, { minKeys: 1, maxKeys: 2 });
const edits = fc.dictionary(fc.constantFrom(...DOCUMENTS), fields, { minKeys: 1, maxKeys: 2 });
/** An execution dies at a request, or sleeps there until all is over. */
const trouble = fc.record({ at: fc.integer({ min: 1, max: 14 }), sleeps: fc.boolean() });
const hand = fc.record({
  document: fc.constantFrom(...DOCUMENTS),
  does: fc.oneof(fc.constantFrom(...FIELDS), fc.constantFrom('delete', 'put anew')),
});
/** Executions of one page, one after another: each but the last meets trouble; hands come between. */
const page = fc.record({
  attempts: fc.array(fc.record({ edits, trouble, hands: fc.array(hand, { maxLength: 1 }) }), {
    maxLength: 2,
  }),
  last: fc.option(edits),
  hands: fc.array(hand, { maxLength: 1 }),
});
const rollback = (run: number) =>
  fc.record({ run: fc.constant(run), troubles: fc.array(trouble, { maxLength: 2 }), givenUp: fc.boolean() });
const RUNS = [0, 1, 2];

const history = fc.record({
  runs: fc.array(fc.array(page, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: RUNS.length }),
  rollbacks: fc.tuple(...RUNS.map(rollback)).chain((all) => fc.shuffledSubarray(all, { minLength: 1 })),
});

type History = typeof history extends fc.Arbitrary<infer T> ? T : never;
type Page = typeof page extends fc.Arbitrary<infer T> ? T : never;
type Edits = Page['last'] & object;
type Trouble = Page['attempts'][number]['trouble'];
/** Undefined: it is not there. */
type Written = { by: number | 'hand' | 'start'; value: Json | undefined };

interface World {
  corner: Corner;
  cells: Map<string, Written[]>;
  /** Lets sleeping executions go on. */
  wake: (() => Promise<void>)[];
  edits: number;
}

async function play({ runs, rollbacks }: History): Promise<void> {
  const world = await start();
  const { corner } = world;
  for (const [run, pages] of runs.entries()) {
    await openRun(corner, `r${run}`);
    for (const one of pages) await playPage(world, run, one);
    await corner.journal.closeRun(corner.name(`r${run}`));
    await learn(world, run);
  }
  const undone = rollbacks.filter(({ run }) => run < runs.length);
  for (const { run, troubles, givenUp } of undone) await playRollback(world, run, troubles, givenUp);
  // Those that were given up, too.
  for (const { run } of undone) await rollBack(corner, `r${run}`, { name: `last of r${run}` });
  const expected = last(
    world,
    undone.map(({ run }) => run),
  );
  expect(await observed(world)).toEqual(expected);
  for (const wake of world.wake) await wake();
  expect(await observed(world)).toEqual(expected);
  for (const { run } of undone)
    expect(await rollBack(corner, `r${run}`, { name: `again of r${run}` })).toMatchObject({
      written: 0,
      conflicts: 0,
    });
}

async function start(): Promise<World> {
  const corner = data.corner();
  await corner.put(START);
  const world: World = { corner, cells: new Map(), wake: [], edits: 0 };
  for (const [cell, found] of Object.entries(await observed(world)))
    world.cells.set(cell, [{ by: 'start', value: found }]);
  return world;
}

async function playPage(world: World, run: number, { attempts, last, hands }: Page): Promise<void> {
  const { corner } = world;
  const page = claim(corner, `r${run}`);
  let fence = 0;
  for (const attempt of attempts) {
    fence += 1;
    const mine = { ...page, fence };
    await inTrouble(world, attempt.trouble, async (journal) => {
      await journal.claim(mine);
      await journal.commit(mine, workOf(await changes(corner, attempt.edits)));
    });
    await learn(world, run, attempt.edits);
    for (const one of attempt.hands) await byHand(world, one);
  }
  if (last) {
    fence += 1;
    if (!(await corner.journal.claim({ ...page, fence })))
      await corner.journal.commit({ ...page, fence }, workOf(await changes(corner, last)));
    await learn(world, run, last);
  }
  for (const one of hands) await byHand(world, one);
}

async function playRollback(world: World, run: number, troubles: Trouble[], givenUp: boolean): Promise<void> {
  const { corner } = world;
  const name = `rollback of r${run}`;
  await corner.journal.openRun({
    ...{ runId: corner.name(name), backfill: corner.name('test') },
    rollbackOf: corner.name(`r${run}`),
  });
  for (const [n, one] of troubles.entries())
    await inTrouble(world, one, (journal) => rollBack(corner, `r${run}`, { journal, fence: n + 1 }));
  if (!givenUp) await rollBack(corner, `r${run}`, { fence: troubles.length + 1 });
  await corner.journal.closeRun(corner.name(name));
}

async function inTrouble(
  world: World,
  { at, sleeps }: Trouble,
  work: (journal: Journal) => Promise<unknown>,
): Promise<void> {
  const shaky = world.corner.another();
  if (!sleeps) shaky.dieAt(at);
  const { frozen, thaw } = sleeps
    ? shaky.freezeAt(at)
    : { frozen: new Promise<void>(() => {}), thaw: () => {} };
  const late = work(shaky.journal).then(nothing, nothing);
  await Promise.race([frozen, late]);
  world.wake.push(async () => {
    thaw();
    await late;
  });
}

/** Of documents that are there: a source reads no others. */
async function changes(corner: Corner, wanted: Edits) {
  const there = await corner.dump();
  return changesOf(corner, Object.fromEntries(Object.entries(wanted).filter(([name]) => there[name])));
}

/** What is not as the model has it, the run has written; and with one field of a document all that it sets there. */
async function learn({ corner, cells }: World, run: number, edits: Edits = {}): Promise<void> {
  const now = await observed({ corner });
  const isNew = (cell: string) =>
    JSON.stringify(cells.get(cell)?.at(-1)?.value) !== JSON.stringify(now[cell]);
  for (const document of DOCUMENTS) {
    const changed = FIELDS.filter((field) => isNew(`${document}.${field}`));
    const set = changed.length > 0 ? Object.keys(edits[document] ?? {}) : [];
    for (const field of new Set([...changed, ...set])) {
      const cell = `${document}.${field}`;
      cells.get(cell)?.push({ by: run, value: now[cell] });
    }
  }
}

/** Values that nobody else writes: a hand that sets a field to what a run had put there cannot be told from the run. */
async function byHand(
  world: World,
  { document, does }: typeof hand extends fc.Arbitrary<infer T> ? T : never,
) {
  const { corner, cells } = world;
  const { [document]: now } = await corner.dump();
  world.edits += 1;
  const mine = (fields: string[]) =>
    Object.fromEntries(fields.map((field) => [field, `hand ${world.edits} ${field}`]));
  const after =
    does === 'delete' ? null : does === 'put anew' ? mine(FIELDS) : now && { ...now, ...mine([does]) };
  if (after === undefined || (after === null && !now)) return;
  await corner.put({ [document]: after });
  for (const field of FIELDS) {
    if (!now || does === 'delete' || does === 'put anew' || does === field)
      cells.get(`${document}.${field}`)?.push({ by: 'hand', value: after?.[field] });
  }
}

async function observed({ corner }: Pick<World, 'corner'>): Promise<Record<string, Json | undefined>> {
  const dump = await corner.dump();
  const cells = DOCUMENTS.flatMap((name) => FIELDS.map((field) => [`${name}.${field}`, dump[name]?.[field]]));
  return Object.fromEntries(cells);
}

function last({ cells }: World, undone: number[]): Record<string, Json | undefined> {
  const standing = [...cells].map(([cell, writes]) => {
    const left = writes.filter(({ by }) => typeof by !== 'number' || !undone.includes(by));
    return [cell, left.at(-1)?.value];
  });
  return Object.fromEntries(standing);
}

function nothing(): void {}
