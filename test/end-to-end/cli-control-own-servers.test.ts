import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launch, type Outcome } from './cli-world.ts';

let dataDir: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'backfill-own-control-'));
  const { PATH, HOME } = process.env;
  env = { PATH, HOME, BACKFILL_DATA_DIR: dataDir };
  const stack = launch('backfill', ['stack', '--no-worker', '--no-opensearch', '--sample', '60'], env);
  await stack.said(/Ctrl-C stops/);
  stack.child.kill('SIGINT');
  await stack.outcome;
}, 120_000);
afterAll(() => rm(dataDir, { recursive: true, force: true }));

describe('where each command starts its servers and worker itself', () => {
  test('approve does the rest of the run, and tune --budget the rest of one that had used its budget up', async () => {
    const start = ['vehicle-images', '--yes', '--json', '--rps', 'rekognition=500'];
    const waiting = await run('start-backfill', ...start, '--canary', '4', '--budget', '0.12');
    expect(waiting, waiting.stderr).toMatchObject({ code: 0 });
    expect(waiting.json()).toMatchObject({ status: 'awaiting-approval' });

    const stopped = await run('backfill', 'approve', 'vehicle-images', '--yes', '--json');
    expect(stopped, stopped.stderr).toMatchObject({ code: 5 });
    expect(stopped.json()).toMatchObject({ status: 'paused', reason: { kind: 'budget' } });

    const done = await run('backfill', 'tune', 'vehicle-images', '--budget', '9', '--json');
    expect(done, done.stderr).toMatchObject({ code: 3 });
    expect(done.json()).toMatchObject({
      runId: waiting.json().runId,
      status: 'done',
      counts: { pending: 0 },
    });
  }, 180_000);
});

function run(program: string, ...args: string[]): Promise<Outcome> {
  return launch(program, args, env).outcome;
}
