import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliWorld, createCliWorld, type Outcome } from './cli-world.ts';

let world: CliWorld;
beforeAll(async () => {
  world = await createCliWorld(60);
}, 120_000);
afterAll(() => world.close());

const FAST = ['--rps', 'rekognition=500'];

describe('before anything runs', () => {
  test('a dry run counts and estimates, and starts nothing', async () => {
    const dry = await world.start('--dry-run', '--json');
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.json()).toMatchObject({ dryRun: true, items: 40, units: 5, skipped: { 'no-vehicle': 1 } });
    expect(dry.json().estimatedUsd).toBeCloseTo(40 * 0.021);
    const list = await world.backfill('list', '--json');
    expect(list.json()).toEqual({ runs: [] });
  });

  test('without a terminal a start needs --yes', async () => {
    const refused = await world.start();
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('--yes');
  });

  test('an empty selection says so and starts no run', async () => {
    const empty = await world.start('--yes', '--json', '--unit', '00000000-0000-4000-8000-000000000000');
    expect(empty).toMatchObject({ code: 0 });
    expect(empty.stderr).toContain('nothing to do');
    expect(empty.json()).toMatchObject({ runId: null, status: 'empty' });
  });

  test.for([
    [['vehicle-imagse'], 'Did you mean vehicle-images?'],
    [['vehicle-images', '--limt', '3'], 'Did you mean --limit?'],
    [['vehicle-images', '--limit', 'x'], "--limit: expected a whole number (1 or more), got 'x'"],
  ] as const)('start-backfill %s is refused with what would be right', async ([args, told]) => {
    const refused = await world.launch('start-backfill', ...args).outcome;
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(told);
  });
});

describe('a run and what is said of it', () => {
  test('the last line of stdout is the report, its counters add up, failed items make the exit code 3', async () => {
    const done = await world.start('--yes', '--json', ...FAST);
    expect(done, done.stderr).toMatchObject({ code: 3 });
    const report = done.json() as {
      counts: Record<string, number>;
      cost: Record<string, number>;
      status: string;
    };
    const { total, ...others } = report.counts;
    expect(total).toBe(41);
    expect(Object.values(others).reduce((sum, amount) => sum + amount, 0)).toBe(total);
    expect(report).toMatchObject({ status: 'done', counts: { failed: 3, pending: 0, skipped: 1 } });
    expect(report.cost.spentUsd).toBeGreaterThan(0);
    expect(report.cost.possiblyPaidTwiceUsd).toBe(0);
  });

  test('failures are listed by class and item', async () => {
    const listed = await world.backfill('failures', 'vehicle-images');
    expect(listed).toMatchObject({ code: 0 });
    expect(listed.stdout).toMatch(/image-undecodable +2/);
    const one = await world.backfill('failures', 'vehicle-images', '--class', 'image-not-found', '--json');
    expect(one.json().failures).toHaveLength(1);
  });

  test('report, status, list and verify tell the same run', async () => {
    const report = await world.backfill('report', '--json');
    const { runId } = report.json();
    const list = await world.backfill('list');
    const status = await world.backfill('status', 'vehicle-images');
    expect(list.stdout).toContain(runId);
    expect(status.stdout).toContain('41/41, 100%');
    const verify = await world.backfill('verify', 'vehicle-images');
    expect(verify).toMatchObject({ code: 0 });
    expect(verify.stdout).toContain('Progress');
  });

  test('retry works on the failed items alone', async () => {
    const again = await world.backfill('retry', 'vehicle-images', '--yes', '--json');
    expect(again).toMatchObject({ code: 3 });
    expect(again.json()).toMatchObject({ counts: { total: 3, failed: 3 } });
  });

  test('rollback puts back what the run wrote, and a second one finds nothing', async () => {
    const runs = (await world.backfill('list', '--json')).json().runs as { runId: string }[];
    const first = runs.at(-1)?.runId ?? '';
    const undone = await world.backfill('rollback', first, '--yes');
    expect(undone, undone.stderr).toMatchObject({ code: 0 });
    expect(undone.stdout).toMatch(/kept, changed since +0/);
    const left = await world.postgres.query('SELECT count(*)::int AS n FROM image_tags');
    expect(left.rows[0].n).toBe(0);
    const second = await world.backfill('rollback', first, '--yes');
    expect(second).toMatchObject({ code: 0 });
    expect(second.stderr).toContain('nothing to put back');
  });
});

describe('steering an open run', () => {
  test('pause, a refused second start, resume, a watcher that leaves, and cancel', async () => {
    await world.simulator({ latencyMs: 1_000 });
    const started = await world.start(
      '--yes',
      '--only',
      'all',
      '--concurrency',
      '2',
      '--detach',
      '--model',
      'gpt-4o-mini',
      ...FAST,
    );
    expect(started, started.stderr).toMatchObject({ code: 0 });

    const paused = await world.backfill('pause', 'vehicle-images', '--json');
    expect(paused, paused.stderr).toMatchObject({ code: 0 });
    expect(paused.json()).toMatchObject({ status: 'paused' });
    const refused = await world.start('--yes');
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('open already');
    const resumed = await world.backfill('resume', 'vehicle-images', '--json');
    expect(resumed.json()).toMatchObject({ status: 'running' });

    const watching = world.launch('backfill', 'watch', 'vehicle-images');
    await watching.said(/running/);
    watching.child.kill('SIGINT');
    const left = await watching.outcome;
    expect(left).toMatchObject({ code: 130 });
    expect(left.stderr).toContain("'backfill watch vehicle-images'");

    const cancelled = await world.backfill('cancel', 'vehicle-images', '--yes', '--json');
    expect(cancelled.json()).toMatchObject({ status: 'cancelled' });
    const tooLate = await world.backfill('cancel', 'vehicle-images', '--yes');
    expect(tooLate).toMatchObject({ code: 2 });
    expect(tooLate.stderr).toMatch(/is not open: it is cancelled\nhint: .*backfill rollback/);
    await world.simulator({ latencyMs: 0 });
  }, 90_000);

  test('a budget that is used up ends the watching with exit code 5', async () => {
    const stopped = await world.start(
      '--yes',
      '--json',
      '--only',
      'all',
      '--budget',
      '0.0301',
      '--model',
      'gpt-4o-2024-08-06',
      ...FAST,
    );
    expect(stopped, stopped.stderr).toMatchObject({ code: 5 });
    expect(stopped.json()).toMatchObject({ status: 'paused', reason: { kind: 'budget' } });
    const { spentUsd } = stopped.json().cost as { spentUsd: number };
    expect(spentUsd).toBeLessThanOrEqual(0.0301);
    await cancel();
  });

  test('an API key that is refused pauses the run, says so, and fails no item', async () => {
    await world.simulator({ badKeys: [world.env.OPENAI_API_KEY] });
    const stopped = await world.start('--yes', '--json', '--only', 'all', '--model', 'gpt-4.1', ...FAST);
    expect(stopped, stopped.stderr).toMatchObject({ code: 1 });
    expect(stopped.json()).toMatchObject({ status: 'paused', reason: { kind: 'configuration' } });
    expect(stopped.stderr).toContain("'backfill resume vehicle-images'");
    noStackTrace(stopped);
    await world.simulator({ badKeys: [] });
    await cancel();
  });
});

async function cancel(): Promise<void> {
  const cancelled = await world.backfill('cancel', 'vehicle-images', '--yes');
  expect(cancelled, cancelled.stderr).toMatchObject({ code: 0 });
}

function noStackTrace({ stderr }: Outcome): void {
  expect(stderr).not.toMatch(/^\s+at /m);
}
