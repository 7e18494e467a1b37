import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alive, launch, processesBelow } from './cli-world.ts';

let dataDir: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'backfill-own-'));
  const { PATH, HOME } = process.env;
  env = { PATH, HOME, BACKFILL_DATA_DIR: dataDir };
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

describe('without any servers', () => {
  test('backfill stack keeps them running until Ctrl-C, with a sample, and leaves no process', async () => {
    const stack = launch(
      'backfill',
      ['stack', '--no-worker', '--no-opensearch', '--sample', '60', '--json'],
      env,
    );
    await stack.said(/Ctrl-C stops/);
    const list = await launch('backfill', ['list', '--json'], env).outcome;
    expect(list.json()).toEqual({ runs: [] });
    const started = processesBelow(stack.child.pid);
    stack.child.kill('SIGINT');
    const stopped = await stack.outcome;
    expect(stopped, stopped.stderr).toMatchObject({ code: 0 });
    expect(stopped.json().services).toHaveLength(5);
    expect(alive(started)).toEqual([]);
  }, 120_000);

  test('Ctrl-C pauses a run whose servers and worker it has started itself; the next start ends it', async () => {
    const file = path.join(dataDir, 'progress.json');
    const watched = ['--progress-file', file, '--after', 'echo over'];
    const first = launch('start-backfill', ['vehicle-images', '--yes', '--json', ...watched], env);
    await first.said(/running/);
    const started = processesBelow(first.child.pid);
    first.child.kill('SIGINT');
    const paused = await first.outcome;
    expect(paused, paused.stderr).toMatchObject({ code: 130 });
    expect(paused.json()).toMatchObject({ status: 'paused' });
    expect(paused.stderr).toContain("'start-backfill vehicle-images' goes on");
    expect(alive(started)).toEqual([]);
    const { total, pending } = paused.json().counts as { total: number; pending: number };
    const progress = { total, processed: total - pending, estimatedTimeRemaining: 'unknown' };
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject(progress);
    expect(paused.stderr).not.toContain('after: over');

    const second = await launch('start-backfill', ['vehicle-images', '--yes', '--json'], env).outcome;
    expect(second, second.stderr).toMatchObject({ code: 3 });
    expect(second.stderr).toContain('going on with run');
    expect(second.json()).toMatchObject({
      runId: paused.json().runId,
      status: 'done',
      counts: { total: 41, failed: 3, pending: 0 },
    });
  }, 120_000);

  test('what is over can still be looked at, and undone', async () => {
    const report = await launch('backfill', ['report', '--json'], env).outcome;
    expect(report.json()).toMatchObject({ status: 'done' });
    const undone = await launch('backfill', ['rollback', 'vehicle-images', '--yes', '--json'], env).outcome;
    expect(undone, undone.stderr).toMatchObject({ code: 0 });
    expect(undone.json()).toMatchObject({ status: 'done', counts: { conflicts: 0, pending: 0 } });
  }, 120_000);

  test('--detach is refused: nobody would be left to do the work', async () => {
    const refused = await launch('start-backfill', ['vehicle-images', '--yes', '--detach'], env).outcome;
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain("'backfill stack'");
  }, 120_000);
});
