import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { alive, launch, processesBelow } from './cli-world.ts';

let folder: string;
beforeAll(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'backfill-shown-')), 'demo');
});
afterAll(() => rm(path.dirname(folder), { recursive: true, force: true }));

const ARGS = ['--images', '60', '--json'];

test('the demo ends with its report: failures are the planted ones, fields equal their truth, the worker stays below 400 MB, twice in a row', async () => {
  for (const _time of ['first', 'second']) {
    const demo = launch('demo', [...ARGS, '--data-dir', folder], process.env);
    await demo.said(/running/);
    const started = processesBelow(demo.child.pid);
    expect(started.length).toBeGreaterThan(5);
    const shown = await demo.outcome;
    expect(shown, shown.stderr).toMatchObject({ code: 3 });
    const report = shown.json();
    expect(report).toMatchObject({
      status: 'done',
      counts: { total: 41, written: 37, failed: 3, skipped: 1, pending: 0 },
      checks: [{ passed: true }, { passed: true }],
    });
    expect(report.failures).toHaveLength(3);
    // Elsewhere the system does not tell.
    if (process.platform === 'linux') expect(report.workerPeakMb).toBeLessThan(400);
    expect(alive(started)).toEqual([]);
  }
}, 180_000);

test('a demo that is killed leaves no process behind', async () => {
  const shown = launch('demo', [...ARGS, '--data-dir', folder], process.env);
  await shown.said(/running/);
  const started = processesBelow(shown.child.pid);
  expect(started.length).toBeGreaterThan(5);
  shown.child.kill('SIGKILL');
  await expect.poll(() => alive(started), { timeout: 20_000 }).toEqual([]);
}, 120_000);

test('a demo that is interrupted stops everything', async () => {
  const shown = launch('demo', [...ARGS, '--data-dir', folder], process.env);
  await shown.said(/running/);
  await sleep(500);
  const started = processesBelow(shown.child.pid);
  shown.child.kill('SIGINT');
  expect(await shown.outcome).toMatchObject({ code: 130 });
  expect(alive(started)).toEqual([]);
}, 120_000);

test('a folder that holds something else than a demo is refused', async () => {
  const refused = await launch('demo', ['--data-dir', path.dirname(folder)], process.env).outcome;
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain('holds something else');
});
