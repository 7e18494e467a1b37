import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshName } from '../support/gated-stores.ts';
import { createDatabase } from '../support/vehicle-world.ts';
import { launch, type Outcome } from './cli-world.ts';

/** Commands over a database that is there, and empty. */
let env: NodeJS.ProcessEnv;
let emptyList: string;

beforeAll(async () => {
  const name = freshName('commands');
  const DATABASE_URL = await createDatabase(name);
  env = {
    ...process.env,
    NO_COLOR: '1',
    DATABASE_URL,
    BACKFILL_LEDGER_TABLE: name,
    BACKFILL_TASK_QUEUE: name,
  };
  emptyList = path.join(tmpdir(), `${name}.txt`);
  await writeFile(emptyList, '\n\n');
});
afterAll(() => rm(emptyList));

const START = 'vehicle-images';

test('a flag that is unknown or of the wrong type is refused by name, before anything is done', async () => {
  const wrong: [args: string[], told: string][] = [
    [[START, '--concurency', '5'], 'Did you mean --concurrency?'],
    [[START, '--sensitivelocal'], 'Did you mean --sensitive-local?'],
    [[START, '--limit', '1.5'], '--limit'],
    [[START, '--limit', '0'], '--limit'],
    [[START, '--budget', 'ten'], '--budget'],
    [[START, '--budget', '-1'], '--budget'],
    [[START, '--rps', 'rekognition'], '--rps'],
    [[START, '--rps', 'openai=-3'], '--rps'],
    [[START, '--only', 'everything'], 'missing, incomplete, improved, failed, all'],
    [[START, '--steps', 'engine'], 'expected one of "angle"|"documents"|"appraise"'],
    [[START, '--yes', '--ids', '/nowhere/ids.txt'], '/nowhere/ids.txt'],
    [[START, '--yes', '--ids', emptyList], '--ids'],
  ];
  for (const [args, outcome] of await startAll(wrong.map(([args]) => args))) {
    const told = wrong.find(([one]) => one === args)?.[1] ?? '';
    expect(outcome, outcome.stderr).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toContain(told);
    saysNoStack(outcome);
  }
}, 60_000);

test('a database without the images, and one that does not answer, are told with what to correct', async () => {
  const missing = launch('start-backfill', [START, '--yes'], env).outcome;
  const away = { ...env, DATABASE_URL: 'postgres://ann:s3cret@127.0.0.1:9/shop' };
  const unreachable = launch('start-backfill', [START, '--yes'], away).outcome;
  expect(await missing).toMatchObject({ code: 2, stdout: '' });
  expect((await missing).stderr).toContain('table vehicle_images not found in database');
  expect((await missing).stderr).toContain('DATABASE_URL');
  expect(await unreachable).toMatchObject({ code: 4, stdout: '' });
  expect((await unreachable).stderr).toContain('127.0.0.1:9');
  expect((await unreachable).stderr).not.toContain('s3cret');
  saysNoStack(await missing);
  saysNoStack(await unreachable);
});

/** Four at a time. */
async function startAll(all: string[][]): Promise<[string[], Outcome][]> {
  const waiting = all.values();
  const outcomes: [string[], Outcome][] = [];
  const one = async () => {
    for (const args of waiting) outcomes.push([args, await launch('start-backfill', args, env).outcome]);
  };
  await Promise.all([one(), one(), one(), one()]);
  return outcomes;
}

function saysNoStack({ stderr }: Outcome): void {
  expect(stderr).not.toMatch(/^\s+at /m);
}
