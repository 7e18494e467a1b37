import { userInfo } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/report.ts';
import { type CliWorld, createCliWorld, type Outcome } from './cli-world.ts';

let world: CliWorld;
beforeAll(async () => {
  world = await createCliWorld(60);
}, 120_000);
afterAll(() => world.close());

const FAST = ['--rps', 'rekognition=500'];
const BY = userInfo().username;

describe('a canary', () => {
  test('ends in a run that awaits approval, with what it came to: exit code 0, and nothing more is asked', async () => {
    const waiting = await world.start('--yes', '--canary', '8', ...FAST);
    expect(waiting, waiting.stderr).toMatchObject({ code: 0 });
    expect(waiting.stderr).toContain(
      "awaiting approval: 'backfill approve vehicle-images', or 'backfill cancel vehicle-images --rollback'",
    );
    expect(waiting.stdout).toContain('Canary of 8 of 40 items');
    expect(waiting.stdout).toMatch(/all 40 at this rate +\$/);
    expect(waiting.stdout).toMatch(/Before and after of [0-9a-f-]{36}/);
    const { canary, counts, status } = await report();
    expect(status).toBe('awaiting-approval');
    expect(counts.pending).toBe(32);
    expect(canary).toMatchObject({ items: 8, ofItems: 40 });
    expect(canary?.confidence.length).toBeGreaterThan(0);
  });

  test('while it waits, list and status say so, and pause and resume say what to do instead', async () => {
    expect((await world.backfill('list')).stdout).toContain('awaiting approval');
    const status = await world.backfill('status', 'vehicle-images');
    expect(status.stdout).toContain('awaiting approval');
    expect(status.stderr).toContain('backfill approve vehicle-images');
    for (const command of ['pause', 'resume']) {
      const refused = await world.backfill(command, 'vehicle-images');
      expect(refused).toMatchObject({ code: 2 });
      expect(refused.stderr).toContain('backfill approve vehicle-images');
    }
  });

  test('approved, the rest is done, and the report says by whom; a second approval is refused', async () => {
    const approved = await world.backfill('approve', 'vehicle-images', '--yes', '--json');
    expect(approved, approved.stderr).toMatchObject({ code: 0 });
    expect(approved.json()).toMatchObject({ approval: { by: BY } });
    const done = await world.backfill('watch', 'vehicle-images', '--json');
    expect(done, done.stderr).toMatchObject({ code: 3 });
    expect(done.json()).toMatchObject({ status: 'done', counts: { pending: 0 }, approval: { by: BY } });
    const again = await world.backfill('approve', 'vehicle-images', '--yes');
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toContain(`was approved by ${BY} already`);
    await undo();
  });

  test('cancelled with --rollback, every row is as it was', async () => {
    const waiting = await world.start('--yes', '--canary', '8', '--json', ...FAST);
    expect(waiting, waiting.stderr).toMatchObject({ code: 0 });
    const undone = await world.backfill('cancel', 'vehicle-images', '--rollback', '--yes', '--json');
    expect(undone, undone.stderr).toMatchObject({ code: 0 });
    expect(undone.json()).toMatchObject({ status: 'done', rollbackOf: waiting.json().runId });
    expect(await analysed()).toBe(0);
    expect(await report(String(waiting.json().runId))).toMatchObject({ status: 'rolled-back' });
  });
});

describe('money', () => {
  test('tune --budget lets a run go on that had used it up; less than is spent is refused with the amounts', async () => {
    const budget = ['--model', 'gpt-4o-2024-08-06', '--budget', '0.05'];
    const stopped = await world.start('--yes', '--json', ...budget, ...FAST);
    expect(stopped, stopped.stderr).toMatchObject({ code: 5 });
    expect(stopped.stderr).toContain("'backfill tune vehicle-images --budget <more>'");

    const less = await world.backfill('tune', 'vehicle-images', '--budget', '0.0001');
    expect(less).toMatchObject({ code: 2 });
    expect(less.stderr).toMatch(/budget cannot be less .*spent/);

    const more = await world.backfill('tune', 'vehicle-images', '--budget', '5', '--json');
    expect(more, more.stderr).toMatchObject({ code: 0 });
    expect(more.json()).toMatchObject({ status: 'running', changes: ['budget $0.0500 → $5.00'] });
    const done = await world.backfill('watch', '--json');
    expect(done.json(), done.stderr).toMatchObject({
      status: 'done',
      cost: { budgetUsd: 5 },
      tunings: [{ by: BY, changes: ['budget $0.0500 → $5.00'] }],
    });
    const late = await world.backfill('tune', 'vehicle-images', '--window', '3');
    expect(late).toMatchObject({ code: 2 });
    await undo();
  });

  test('the budget of the day pauses whatever runs; raised, the run goes on by itself', async () => {
    const before = await world.backfill('budget', '--json');
    expect(before.json()).toMatchObject({ capUsd: null });
    const spent = Number(before.json().spentUsd);
    const cap = spent + 0.05;
    const set = await world.backfill('budget', '--per-day', String(cap));
    expect(set, set.stderr).toMatchObject({ code: 0 });
    const stopped = await world.start('--yes', '--json', '--model', 'gpt-4o-2024-11-20', ...FAST);
    expect(stopped, stopped.stderr).toMatchObject({ code: 5 });
    expect(stopped.json()).toMatchObject({ status: 'paused', reason: { kind: 'day-budget' } });
    expect(stopped.stderr).toContain('resumes by itself at');
    expect(stopped.stderr).toContain('backfill budget --per-day');
    const today = (await world.backfill('budget', '--json')).json();
    expect(Number(today.spentUsd) + Number(today.heldUsd)).toBeLessThanOrEqual(cap);

    const raised = await world.backfill('budget', '--per-day', 'none', '--json');
    expect(raised, raised.stderr).toMatchObject({ code: 0 });
    expect(raised.json()).toMatchObject({ capUsd: null, resumed: ['vehicle-images'] });
    const done = await world.backfill('watch', '--json');
    expect(done.json(), done.stderr).toMatchObject({ status: 'done', counts: { pending: 0 } });
    await undo();
  });

  test('report --csv adds up to what all runs have spent', async () => {
    const csv = await world.backfill('report', '--csv');
    expect(csv, csv.stderr).toMatchObject({ code: 0 });
    const [head, ...lines] = csv.stdout.trimEnd().split('\n');
    expect(head).toBe('day,run,backfill,model,spent_usd');
    const sum = lines.reduce((all, line) => all + Number(line.split(',')[4]), 0);
    expect(sum).toBeGreaterThan(0);
    expect(sum).toBeCloseTo(Number((await world.backfill('budget', '--json')).json().spentUsd), 9);
    const both = await world.backfill('report', '--csv', '--json');
    expect(both).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('a call of unknown outcome', () => {
  test('is listed with its name; settled once, its money is booked and it is listed no more', async () => {
    const cut = { match: { provider: 'openai' }, kind: 'cut-after-billing', rate: 0.2, times: 1 };
    await world.simulator({ faults: [cut] });
    const run = await world.start('--yes', '--json', '--model', 'gpt-4o-mini', ...FAST);
    await world.simulator({ faults: [] });
    const { status, unknownCalls } = run.json() as unknown as Report;
    expect(status).toBe('done');
    expect(unknownCalls.length).toBeGreaterThan(1);
    const [paid, unpaid] = unknownCalls.map(({ call }) => call) as [string, string];
    const spent = (await report()).cost.spentUsd;
    const held = async () => Number((await world.backfill('budget', '--json')).json().heldUsd);
    const heldBefore = await held();

    expect(await world.backfill('settle', paid, '--paid')).toMatchObject({ code: 2 });
    const settled = await world.backfill('settle', paid, '--paid', '--yes', '--json');
    expect(settled, settled.stderr).toMatchObject({ code: 0 });
    expect(settled.json()).toMatchObject({ call: paid, costUsd: unknownCalls[0]?.worstCaseUsd, by: BY });
    expect(await world.backfill('settle', unpaid, '--unpaid', '--yes')).toMatchObject({ code: 0 });

    const after = await report();
    expect(after.unknownCalls).toHaveLength(unknownCalls.length - 2);
    expect(after.settlements.map(({ call }) => call).sort()).toEqual([paid, unpaid].sort());
    expect(after.cost.spentUsd).toBeCloseTo(spent + (unknownCalls[0]?.worstCaseUsd ?? 0), 9);
    const kept = unknownCalls.filter(({ call }) => call === paid || call === unpaid);
    const freed = kept.reduce((sum, { worstCaseUsd }) => sum + worstCaseUsd, 0);
    expect(await held()).toBeCloseTo(heldBefore - freed, 9);
    const twice = await world.backfill('settle', paid, '--unpaid', '--yes');
    expect(twice).toMatchObject({ code: 2 });
    expect(twice.stderr).toContain('was closed before');
    const shown = await world.backfill('report');
    expect(shown.stdout).toContain(`settled ${unpaid}: not billed`);
    await undo();
  });
});

describe('a run with --on-failure rollback', () => {
  test('that is cancelled undoes itself; who watches it sees that, and gets exit code 1', async () => {
    await world.simulator({ latencyMs: 400 });
    const watching = world.launch(
      'start-backfill',
      ...['vehicle-images', '--yes', '--json', '--on-failure', 'rollback', '--concurrency', '2'],
      ...['--canary', '4', '--model', 'gpt-4.1', ...FAST],
    );
    const waiting = await watching.outcome;
    expect(waiting, waiting.stderr).toMatchObject({ code: 0 });
    expect(await world.backfill('approve', 'vehicle-images', '--yes')).toMatchObject({ code: 0 });
    const watcher = world.launch('backfill', 'watch', 'vehicle-images', '--json');
    await watcher.said(/running/);
    const cancelled = await world.backfill('cancel', 'vehicle-images', '--yes', '--json');
    const seen = await watcher.outcome;
    await world.simulator({ latencyMs: 0 });
    expect(cancelled, cancelled.stderr).toMatchObject({ code: 0 });
    expect(cancelled.json()).toMatchObject({ status: 'done', rollbackOf: waiting.json().runId });
    expect(seen, seen.stderr).toMatchObject({ code: 1 });
    expect(seen.stderr).toMatch(/has undone itself: it was cancelled/);
    expect(seen.json()).toMatchObject({ runId: waiting.json().runId, status: 'rolled-back' });
    expect(await analysed()).toBe(0);
  });

  test('that does not pass its verify undoes itself, says why, and ends with exit code 1', async () => {
    const rollback = ['--on-failure', 'rollback', '--canary', '4'];
    const waiting = await world.start('--yes', '--json', ...rollback, ...FAST);
    expect(waiting, waiting.stderr).toMatchObject({ code: 0 });
    await contradict();
    expect(await world.backfill('approve', 'vehicle-images', '--yes')).toMatchObject({ code: 0 });
    const ended = await world.backfill('watch', 'vehicle-images', '--json');
    expect(ended, ended.stderr).toMatchObject({ code: 1 });
    expect(ended.json()).toMatchObject({
      runId: waiting.json().runId,
      status: 'rolled-back',
      verified: { passed: false },
    });
    expect(ended.stderr).toMatch(/has undone itself: verify did not pass/);
  });
});

async function report(named = 'vehicle-images'): Promise<Report> {
  const told = await world.backfill('report', named, '--json');
  expect(told, told.stderr).toMatchObject({ code: 0 });
  return told.json() as unknown as Report;
}

async function undo(): Promise<Outcome> {
  const undone = await world.backfill('rollback', 'vehicle-images', '--yes');
  expect(undone, undone.stderr).toMatchObject({ code: 0 });
  return undone;
}

/** What no run of ours would write. */
async function contradict(): Promise<void> {
  const { rowCount } = await world.postgres.query(
    `UPDATE vehicle_images SET ai_avg_confidence = 400
      WHERE id = (SELECT row_id::uuid FROM temporal_backfill.journal
                   WHERE field = 'ai_last_scanned' AND rollback_state IS NULL LIMIT 1)`,
  );
  expect(rowCount).toBe(1);
}

async function analysed(): Promise<number> {
  const { rows } = await world.postgres.query('SELECT count(*)::int AS n FROM image_tags');
  return rows[0].n;
}
