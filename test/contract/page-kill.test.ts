import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGate } from '../support/gated-stores.ts';
import { createPageWorld, type PageWorld } from '../support/page-world.ts';
import { TINY_COST, TINY_WORST_CASE } from '../support/tiny.ts';
import { startTinyProvider, type TinyProvider } from '../support/tiny-provider.ts';

const ITEMS = 3;
const BUDGET = 100 * TINY_WORST_CASE;

let provider: TinyProvider;

beforeAll(async () => {
  provider = await startTinyProvider();
});
afterAll(() => provider.close());

async function stepsOfAnUndisturbedPage(): Promise<number> {
  const world = await createPageWorld(provider, ITEMS, { budget: BUDGET });
  const gate = createGate();
  await world.attempt(1, gate);
  await expectRight(world, 0);
  await world.close();
  return gate.steps;
}

/** From one of the first: over time, every step comes. */
function everySecond(steps: number): number[] {
  const first = 1 + Math.floor(Math.random() * 2);
  return Array.from({ length: Math.floor((steps - first) / 2) + 1 }, (_, index) => first + 2 * index);
}

/** Everything that must hold after the page was worked to its end, whatever came before. */
async function expectRight(world: PageWorld, mayBePaidTwice: number, at = 'undisturbed'): Promise<void> {
  const { rows } = await world.stores.postgres.query(
    `SELECT count(*)::int AS rows, count(*) FILTER (WHERE answer = 'answer to ' || question)::int AS right FROM ${world.table}`,
  );
  expect(rows[0], at).toEqual({ rows: ITEMS, right: ITEMS });
  const journal = await world.stores.postgres.query(
    `SELECT count(*)::int AS entries FROM temporal_backfill.journal WHERE run_id = $1 AND before = 'null'::jsonb`,
    [world.runId],
  );
  expect(journal.rows[0].entries, at).toBe(ITEMS);

  const run = await world.stores.ledger.runs.get(world.runId);
  const audit = await world.stores.ledger.audit(world.runId);
  expect(run?.counts, at).toMatchObject({ total: ITEMS, written: ITEMS, failed: 0 });
  expect(run?.holds, at).toEqual({});
  expect((run?.available ?? 0) + (run?.spent ?? 0) + (run?.unknownHeld ?? 0), at).toBe(BUDGET);
  // An answer that a sleeper brings in later is known to the log; the run still holds money for it.
  const late = audit.spent - (run?.spent ?? 0);
  expect(late, at).toBeGreaterThanOrEqual(0);
  expect(late, at).toBeLessThanOrEqual(run?.unknownHeld ?? 0);
  expect(run?.spent, at).toBe(ITEMS * TINY_COST);

  const billed = [...provider.billed].filter(([question]) => question.startsWith(world.table));
  const extra = billed.reduce((sum, [, times]) => sum + times - 1, 0);
  expect(billed, at).toHaveLength(ITEMS);
  const listed = audit.unknown.length + audit.duplicates.length;
  expect(extra, at).toBeLessThanOrEqual(listed);
  expect(listed, at).toBeLessThanOrEqual(mayBePaidTwice);
}

test('a worker killed at any step of a page leaves nothing that the next attempt does not make right', async () => {
  const steps = await stepsOfAnUndisturbedPage();
  expect(steps).toBeGreaterThan(20);
  for (const killAt of everySecond(steps)) {
    const world = await createPageWorld(provider, ITEMS, { budget: BUDGET });
    const gate = createGate({ killAt });
    const dying = world.attempt(1, gate);
    dying.catch(() => undefined);
    await Promise.race([gate.reached, dying.catch(() => undefined)]);
    await world.attempt(2);
    await expectRight(world, 3, `killed at step ${killAt}`);
    await world.close();
  }
}, 240_000);

test('a page that pauses its run says so whenever its worker dies, also when only the booking was left to do', async () => {
  provider.refuse = (question) => (question.endsWith('-1-2') ? 401 : null);
  const whole = await createPageWorld(provider, ITEMS, { budget: BUDGET });
  const gate = createGate();
  expect(await whole.attempt(1, gate)).toMatchObject({ pause: { kind: 'configuration' } });
  await whole.close();
  for (let killAt = gate.steps - 12; killAt <= gate.steps; killAt += 1) {
    const world = await createPageWorld(provider, ITEMS, { budget: BUDGET });
    const dyingGate = createGate({ killAt });
    const dying = world.attempt(1, dyingGate);
    dying.catch(() => undefined);
    await Promise.race([dyingGate.reached, dying.catch(() => undefined)]);
    expect(await world.attempt(2), `killed at step ${killAt}`).toMatchObject({
      pause: { kind: 'configuration' },
    });
    await world.close();
  }
  provider.refuse = () => null;
});

test('a worker that wakes up after its page was taken over buys nothing more and writes nothing', async () => {
  const steps = await stepsOfAnUndisturbedPage();
  // Before each request: frozen after one, it would have to sleep for as long as an intent may be sent.
  for (let freezeAt = 1; freezeAt <= steps; freezeAt += 2) {
    const world = await createPageWorld(provider, ITEMS, { budget: BUDGET });
    const { promise: released, resolve: wakeUp } = Promise.withResolvers<void>();
    const gate = createGate({ freezeAt, released });
    const sleeper = world.attempt(1, gate);
    sleeper.catch(() => undefined);
    await Promise.race([gate.reached, sleeper.catch(() => undefined)]);
    await world.attempt(2);
    const before = provider.arrivals.length;
    wakeUp();
    await sleeper.catch(() => undefined);
    expect(provider.arrivals.length, `frozen at step ${freezeAt}`).toBe(before);
    // A sleeper may have opened an empty hold after its page was booked: the end of the run frees it, and books nothing.
    const { ledger, journal } = world.stores;
    await ledger.closeLeftovers(world.runId, (page) => journal.receipt(world.runId, page));
    await expectRight(world, 3, `frozen at step ${freezeAt}`);
    await world.close();
  }
}, 240_000);

test('a page whose worker died is booked by its next attempt also where the run is being paused', async () => {
  const steps = await stepsOfAnUndisturbedPage();
  for (const killAt of everySecond(steps)) {
    const world = await createPageWorld(provider, ITEMS, { budget: BUDGET });
    const gate = createGate({ killAt });
    const dying = world.attempt(1, gate);
    dying.catch(() => undefined);
    await Promise.race([gate.reached, dying.catch(() => undefined)]);
    const { ledger } = world.stores;
    const held = Object.keys((await ledger.runs.get(world.runId))?.holds ?? {}).length > 0;
    await ledger.runs.move(world.runId, 'pausing');
    const { receipt, used } = await world.attempt(2);
    const run = await ledger.runs.get(world.runId);
    expect(run?.holds, `killed at step ${killAt}`).toEqual({});
    expect((run?.available ?? 0) + (run?.spent ?? 0) + (run?.unknownHeld ?? 0)).toBe(BUDGET);
    if (receipt === null) expect(used ?? false, `killed at step ${killAt}`).toBe(held);
    await world.close();
  }
}, 240_000);
