import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pending } from '../../src/domain/counts.ts';
import { startOfNextDay } from '../../src/domain/pacing.ts';
import type { Run } from '../../src/domain/run.ts';
import type { Report } from '../../src/report.ts';
import { analysisIn, analysisOf, sound } from '../support/vehicle-truth.ts';
import { BACKFILL } from '../support/vehicle-world.ts';
import { oneCallInTen } from './budget-faults.ts';
import { truthAbout } from './budget-truth.ts';
import {
  type Books,
  type BudgetWorld,
  nanodollarsOf,
  openBudgetWorld,
  type Witness,
  witness,
} from './budget-world.ts';

let world: BudgetWorld;
let onePass: number;

beforeAll(async () => {
  world = await openBudgetWorld({ images: 180, vehicles: 9, seed: 37 });
  onePass = nanodollarsOf(world.onePass.costUsd);
}, 120_000);
afterAll(() => world.close());

const FAST = ['--rps', 'rekognition=500', '--concurrency', '16'];

describe('a cap at 37 % of the work, with one call in ten failing and a worker killed', () => {
  let books: Books;
  let watching: Witness;
  let cap: number;
  let run: Run;

  beforeAll(async () => {
    books = await world.books();
    await world.simulator.set({ seed: 5, latencyMs: 40, jitterMs: 40, faults: oneCallInTen(world.images) });
    // In whole cents, as people give it.
    cap = Math.floor((onePass * 0.37) / 1e7) * 1e7;
    watching = witness(world.simulator, () => cap);
  });

  test('is never passed, not by the provider’s own bill, and the run says that it is paused for its budget', async () => {
    const [lost] = await Promise.all([books.hire(), books.hire()]);
    const starting = books.start('--budget', String(cap / 1e9), ...FAST);
    await watching.reaches(cap * 0.4);
    await lost.kill();
    const stopped = await starting;

    expect(stopped, stopped.stderr).toMatchObject({ code: 5 });
    expect(stopped.json()).toMatchObject({
      status: 'paused',
      reason: { kind: 'budget' },
      cost: { budgetUsd: cap / 1e9 },
    });
    expect(stopped.stderr).toContain('paused (the budget of');
    run = await books.client.run(BACKFILL);
    // It is used to the last call that fits, and nothing is in flight.
    expect(held(run)).toBe(0);
    expect(run.available).toBeLessThan(run.reason?.needs ?? 0);
    expect(run.spent + run.unknownHeld + run.available).toBe(cap);
    const asked = (await world.simulator.calls()).length;
    await sleep(1_500);
    expect((await world.simulator.calls()).length).toBe(asked);
    expect(watching.highest()).toBeGreaterThanOrEqual(run.spent);
    expect(watching.highest()).toBeLessThanOrEqual(run.spent + run.unknownHeld);
  }, 90_000);

  test('tuned up, it ends: one pass, and besides only what is listed; every row is right', async () => {
    await books.hire();
    const more = 4 * onePass;
    cap = more;
    const tuned = await books.backfill('tune', BACKFILL, '--budget', String(more / 1e9), '--json');
    expect(tuned, tuned.stderr).toMatchObject({ code: 0 });
    expect(tuned.json()).toMatchObject({ status: 'running' });
    const done = await books.backfill('watch', '--json');
    await watching.stop();
    expect(done, done.stderr).toMatchObject({ code: 3 });

    const images = sound(world.owned('never'));
    run = await books.client.run(BACKFILL);
    expect(run.counts).toMatchObject({
      total: world.images.filter(({ analysis }) => analysis === 'never').length,
      unknown: 0,
      conflicts: 0,
    });
    expect(run.counts.failed).toBe(world.owned('never').length - images.length);
    expect(run.counts.written + run.counts.cached).toBe(images.length);
    expect(pending(run.counts)).toBe(0);
    expect(run.holds).toEqual({});
    const after = await world.dump();
    for (const image of images) expect(analysisIn(after, image.id), image.id).toEqual(analysisOf(image));

    const report = done.json() as unknown as Report;
    const listed = report.duplicates.reduce((sum, { extraUsd }) => sum + nanodollarsOf(extraUsd), 0);
    expect(run.spent).toBe(onePass + listed + nanodollarsOf(report.unusableAnswers.costUsd));
    const truth = truthAbout(await books.calls(), await world.simulator.calls());
    expect(truth.map(({ call }) => call.callKey).sort()).toEqual(
      report.unknownCalls.map(({ callKey }) => callKey).sort(),
    );
    const lost = truth.reduce((sum, { cost }) => sum + cost, 0);
    expect(lost).toBeGreaterThan(0);
    expect(nanodollarsOf((await world.simulator.bill()).costUsd)).toBe(run.spent + lost);
    expect(run).toMatchObject({ unknownCalls: truth.length });
    expect(run.spent + run.unknownHeld + run.available).toBe(more);
  }, 120_000);

  test('when each unknown call is settled as the provider’s bill says, what is spent is that bill', async () => {
    const truth = truthAbout(await books.calls(), await world.simulator.calls());
    const nameOf = ({ call }: (typeof truth)[number]) =>
      `${run.runId}/${call.page}#${call.slot}.${call.index}`;
    const paid = truth.filter(({ cost }) => cost > 0);
    const unpaid = truth.filter(({ cost }) => cost === 0);
    const [one, other] = [paid.pop(), unpaid.pop()];
    if (!one || !other) throw new Error('there is no call of each kind');
    const [closed, freed] = await Promise.all([
      books.backfill('settle', nameOf(one), '--paid', '--cost', String(one.cost / 1e9), '--yes', '--json'),
      books.backfill('settle', nameOf(other), '--unpaid', '--yes', '--json'),
    ]);
    expect(closed, closed.stderr).toMatchObject({ code: 0 });
    expect(closed.json()).toMatchObject({ costUsd: one.cost / 1e9 });
    expect(freed, freed.stderr).toMatchObject({ code: 0 });
    expect(freed.json()).toMatchObject({ costUsd: 0 });
    for (const call of [...paid, ...unpaid]) await books.client.settle(nameOf(call), call.cost, 'a test');

    const bill = await world.simulator.bill();
    run = await books.client.run(BACKFILL);
    expect(run).toMatchObject({ spent: nanodollarsOf(bill.costUsd), unknownHeld: 0, unknownCalls: 0 });
    expect(run.spent + run.available).toBe(run.settings.budget);
    const report = await books.report();
    expect(report).toMatchObject({ unknownCalls: [], cost: { spentUsd: bill.costUsd } });
    expect(report.settlements).toHaveLength(truth.length);
    expect(await books.client.surroundings.ledger.days.read()).toMatchObject({ spent: run.spent });
    await expectCsvOfBill(books);
  }, 60_000);
});

describe('the budget of a day', () => {
  let books: Books;
  let watching: Witness;
  let cap = Number.POSITIVE_INFINITY;

  beforeAll(async () => {
    books = await world.books();
    watching = witness(world.simulator, () => cap);
    await Promise.all([books.hire(), books.hire()]);
  });

  test('is for all runs together: what the first has spent, the second has not; it pauses until the day is over', async () => {
    const first = await books.start('--only', 'all', '--limit', '20', ...FAST);
    expect(first.json(), first.stderr).toMatchObject({ status: 'done' });
    const { costUsd } = await world.simulator.bill();
    cap = nanodollarsOf(costUsd) + 100_000_000;
    const set = await books.backfill('budget', '--per-day', String(cap / 1e9), '--json');
    expect(set.json(), set.stderr).toMatchObject({ capUsd: cap / 1e9, spentUsd: costUsd, resumed: [] });

    const second = await books.start('--only', 'all', '--limit', '60', ...FAST);
    expect(second, second.stderr).toMatchObject({ code: 5 });
    const { reason, runId } = second.json() as unknown as Report;
    const tomorrow = startOfNextDay(Date.now());
    expect(reason).toMatchObject({ kind: 'day-budget', until: tomorrow });
    expect(reason?.message).toContain(`it renews at ${new Date(tomorrow).toISOString()}`);
    expect(second.stderr).toContain(
      `resumes by itself at ${new Date(tomorrow).toISOString().slice(0, 10)} 00:00 UTC`,
    );
    expect(held(await books.client.run(runId))).toBe(0);
    expect(watching.highest()).toBeGreaterThan(cap - (reason?.needs ?? 0));
  }, 60_000);

  test('raised, it lets the second run go on to its end, and never is the bill above it', async () => {
    cap += 3 * onePass;
    const raised = await books.backfill('budget', '--per-day', String(cap / 1e9), '--json');
    expect(raised.json(), raised.stderr).toMatchObject({ resumed: [BACKFILL] });
    const done = await books.backfill('watch', '--json');
    await watching.stop();
    expect(done.json(), done.stderr).toMatchObject({
      status: 'done',
      counts: { pending: 0 },
      unknownCalls: [],
    });
    const { costUsd } = await world.simulator.bill();
    expect((await books.backfill('budget', '--json')).json()).toMatchObject({
      spentUsd: costUsd,
      heldUsd: 0,
    });
    await expectCsvOfBill(books);
  }, 60_000);
});

const held = ({ holds }: Run) => Object.values(holds).reduce((sum, { amount }) => sum + amount, 0);

/** By model, as `--csv` prints it. */
async function expectCsvOfBill(books: Books): Promise<void> {
  const csv = await books.backfill('report', '--csv');
  const [head, ...lines] = csv.stdout.trimEnd().split('\n');
  expect(head).toBe('day,run,backfill,model,spent_usd');
  const byModel = new Map<string, number>();
  for (const line of lines) {
    const [, , , model = '', usd] = line.split(',');
    byModel.set(model, (byModel.get(model) ?? 0) + nanodollarsOf(Number(usd)));
  }
  const { byOperation } = await world.simulator.bill();
  const billed = (provider: string) =>
    Object.values(byOperation)
      .filter((one) => one.provider === provider)
      .reduce((sum, { costUsd }) => sum + nanodollarsOf(costUsd), 0);
  expect(Object.fromEntries(byModel)).toEqual({
    'openai/gpt-4o': billed('openai'),
    'rekognition/DetectLabels': billed('rekognition'),
  });
}
