import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alive, type CliWorld, createCliWorld, launch, processesBelow } from './cli-world.ts';

let world: CliWorld;
beforeAll(async () => {
  world = await createCliWorld(60, { withWorker: false });
}, 120_000);
afterAll(() => world.close());

describe('backfill worker', () => {
  test('an image key without IMAGE_BASE_URL pauses the run; set, and resumed, it comes to its end', async () => {
    const { IMAGE_BASE_URL: _, ...env } = world.env;
    // Rows with a whole address are read all the same.
    const lacking = launch('backfill', ['worker'], { ...env, IMAGE_ALLOW_PRIVATE: 'all' });
    await lacking.said(/working on task queue/);
    const stopped = await world.start('--yes', '--json', '--rps', 'rekognition=500');
    expect(stopped, stopped.stderr).toMatchObject({ code: 1 });
    expect(stopped.json()).toMatchObject({
      status: 'paused',
      reason: { kind: 'configuration' },
    });
    expect(stopped.json().byClass).not.toHaveProperty('row-invalid');
    expect(stopped.stderr).toContain('set IMAGE_BASE_URL');
    lacking.child.kill('SIGTERM');
    await lacking.outcome;

    const worker = world.launch('backfill', 'worker');
    await worker.said(/working on task queue/);
    await world.backfill('resume', 'vehicle-images');
    const done = await world.backfill('watch', 'vehicle-images', '--json');
    expect(done, done.stderr).toMatchObject({ code: 3 });
    expect(done.json()).toMatchObject({
      status: 'done',
      counts: { pending: 0 },
      byClass: { 'image-undecodable': 2 },
    });
    worker.child.kill('SIGTERM');
    await worker.outcome;
  }, 60_000);

  test('works in a process of its own with bounded memory, and Ctrl-C settles and ends both', async () => {
    const worker = world.launch('backfill', 'worker');
    await worker.said(/working on task queue/);
    const pid = workerOf(worker.child.pid);
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('--max-old-space-size=');
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toContain('MALLOC_ARENA_MAX=2');

    await world.simulator({ latencyMs: 1_000 });
    const started = await world.start('--yes', '--detach', '--only', 'all', '--model', 'gpt-4o-mini');
    expect(started, started.stderr).toMatchObject({ code: 0 });
    await expect.poll(() => callsSent(world), { timeout: 20_000 }).toBeGreaterThan(0);
    worker.child.kill('SIGINT');
    const stopped = await worker.outcome;
    expect(stopped, stopped.stderr).toMatchObject({ code: 0 });
    expect(stopped.stderr).toContain('settling what is in flight');
    expect(alive([pid])).toEqual([]);
    const report = await world.backfill('report', '--json');
    expect(report.json()).toMatchObject({ unknownCalls: [] });
  }, 60_000);

  test('a worker whose supervisor is killed ends as well', async () => {
    const worker = world.launch('backfill', 'worker');
    await worker.said(/working on task queue/);
    const pid = workerOf(worker.child.pid);
    worker.child.kill('SIGKILL');
    await expect.poll(() => alive([pid]), { timeout: 20_000 }).toEqual([]);
  }, 60_000);

  test('a worker that is killed is told by its supervisor, with its exit code', async () => {
    const worker = world.launch('backfill', 'worker');
    await worker.said(/working on task queue/);
    process.kill(workerOf(worker.child.pid), 'SIGKILL');
    const ended = await worker.outcome;
    expect(ended, ended.stderr).toMatchObject({ code: 137 });
    expect(ended.stderr).toContain('the worker ended by itself');
  }, 60_000);
});

/** The worker itself; the process that bundled its workflows has ended. */
function workerOf(supervisor: number | undefined): number {
  const [worker = 0] = processesBelow(supervisor);
  return worker;
}

async function callsSent({ env }: CliWorld): Promise<number> {
  const answer = await fetch(new URL('/_sim/calls', env.OPENAI_BASE_URL));
  const { calls } = (await answer.json()) as { calls: unknown[] };
  return calls.length;
}
