import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BACKFILLS } from '../../src/backfills/registry.ts';
import { launch, type Outcome } from './cli-world.ts';

/** Not one of these reaches a server: what is wrong is found before. */
let env: NodeJS.ProcessEnv;
let cache: string;
let commands: Command[];

interface Command {
  program: string;
  /** `estimate vehicle-images` */
  path: string[];
  help: string;
}

beforeAll(async () => {
  cache = await mkdtemp(path.join(tmpdir(), 'backfill-commands-'));
  env = {
    PATH: process.env.PATH,
    NO_COLOR: '1',
    NODE_COMPILE_CACHE: cache,
    BACKFILL_DATA_DIR: path.join(cache, 'none'),
  };
  const found = await Promise.all([below('backfill', []), below('start-backfill', [])]);
  commands = found.flat();
}, 60_000);
afterAll(() => rm(cache, { recursive: true }));

test('every command is found by its help, and the programs have those that are promised', () => {
  const names = commands.map(({ program, path }) => [program, ...path].join(' '));
  for (const name of [
    ...'list status watch pause resume cancel approve tune retry failures report'.split(' '),
    ...'rollback settle budget worker stack'.split(' '),
  ])
    expect(names).toContain(`backfill ${name}`);
  for (const { name, tells = [] } of BACKFILLS) {
    const commands = tells.filter((one) => !['outcome', 'search', 'trend'].includes(one));
    for (const command of ['estimate', 'verify', 'one', ...commands])
      expect(names).toContain(`backfill ${command} ${name}`);
    expect(names).toContain(`start-backfill ${name}`);
  }
});

test('every help has an example, and says that --json is there', () => {
  for (const { program, path, help } of commands) {
    const name = [program, ...path].join(' ');
    expect(help, name).toMatch(/^Examples?:\n {2}\S/m);
    expect(help, name).toContain('--json');
  }
});

test('an unknown flag exits 2 with a hint, and says nothing on stdout', async () => {
  await each(commands, async ({ program, path }) => {
    refusedWithHint(await run(program, ...path, '--no-such-flag'), path, '--no-such-flag');
  });
}, 120_000);

test('a missing argument exits 2 and names it', async () => {
  const needy = commands.filter(({ help }) => argumentOf(help) !== null);
  expect(needy.length).toBeGreaterThan(5);
  await each(needy, async ({ program, path, help }) => {
    const argument = argumentOf(help);
    refusedWithHint(await run(program, ...path), path, `'${argument}'`);
  });
}, 120_000);

test('a bad value exits 2, names the flag and what was expected', async () => {
  const valued = commands.filter(({ help }) => badValue(help) !== null);
  expect(valued.length).toBeGreaterThan(commands.length - 4);
  await each(valued, async ({ program, path, help }) => {
    const [flag, value] = badValue(help) ?? ['', ''];
    const told = await run(
      program,
      ...path,
      ...(argumentOf(help) === null ? [] : ['vehicle-images']),
      flag,
      value,
    );
    refusedWithHint(told, path, `${flag}: expected`);
  });
}, 120_000);

test.for([
  [['settle', 'run/page#0.0'], 'give one of --paid and --unpaid'],
  [['settle', 'run/page#0.0', '--paid', '--unpaid'], 'give one of --paid and --unpaid'],
  [['settle', 'run/page#0.0', '--unpaid', '--cost', '1', '--yes'], 'give --paid'],
  [['settle', 'run/page#0.0', '--paid'], 'add --yes'],
  [['cancel', 'vehicle-images', '--rollback'], 'add --yes'],
  [['tune', 'vehicle-images'], "'backfill tune --help'"],
  [['tune', 'vehicle-images', '--budget', 'much'], "'backfill tune --help'"],
  [['budget', '--per-day', '0'], "'backfill budget --help'"],
  [['report', '--csv', '--json'], 'give one of them'],
  [['report', '--csv', '--trend'], 'give one of them'],
  [['report', '--by', 'day'], 'add --trend'],
  [['verify', 'vehicle-image'], 'choose one of: vehicle-images'],
  [['estimate', 'vehicle-image'], 'choose one of: vehicle-images'],
  [['verify', 'listing-features', '--queries', 'no-such-file'], 'name a readable file'],
  [['verify', 'vehicle-images', '--queries', 'any'], 'leave --queries out'],
  [['coverage', 'vehicle-images'], "'backfill verify vehicle-images'"],
  [['coverage', 'listing-features', '--all', '--sample', '5'], 'give one of them'],
  [['compare', 'listing-features', '--ids', 'no-such-file'], 'name a readable file'],
  [['export', 'listing-features', '--out', 'x.json'], '--field is missing'],
  [['export', 'listing-features', '--field', 'x'], '--out is missing'],
  [['export', 'listing-features', '--field', 'x', '--out', '-', '--json'], 'both write to stdout'],
] as const)('backfill %s is refused with what would be right', async ([args, hint]) => {
  const refused = await run('backfill', ...args);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain(hint);
});

function run(program: string, ...args: string[]): Promise<Outcome> {
  return launch(program, args, env).outcome;
}

/** The command's own help, or those of the commands that it leads to. */
async function below(program: string, path: string[]): Promise<Command[]> {
  const told = await run(program, ...path, '--help');
  expect(told, told.stderr).toMatchObject({ code: 0, stderr: '' });
  const list = /^Commands:\n((?: {2}.*\n)+)/m.exec(told.stdout)?.[1];
  if (!list) return [{ program, path, help: told.stdout }];
  const names = [...list.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name = '']) => name);
  const found = await each(
    names.filter((name) => name !== 'help'),
    (name) => below(program, [...path, name]),
  );
  return found.flat();
}

/** Four at a time, so that the walk takes seconds. */
async function each<In, Out>(all: readonly In[], work: (one: In) => Promise<Out>): Promise<Out[]> {
  const waiting = all.entries();
  const done: Out[] = [];
  const worker = async () => {
    for (const [index, one] of waiting) done[index] = await work(one);
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return done;
}

/** A flag of the command with a value that it cannot have. */
function badValue(help: string): [flag: string, value: string] | null {
  for (const flag of ['--limit', '--budget', '--cost', '--per-day', '--sample', '--data-dir'])
    if (help.includes(`${flag} <`)) return [flag, flag === '--data-dir' ? '' : 'x'];
  return null;
}

/** Its name, where the command cannot do without. */
function argumentOf(help: string): string | null {
  return /^Usage: .* <([^>.]+)(?:\.\.\.)?>$/m.exec(help)?.[1] ?? null;
}

function refusedWithHint({ code, stdout, stderr }: Outcome, path: string[], told: string): void {
  const name = `${path.join(' ')}: ${stderr}`;
  expect({ code, stdout }, name).toEqual({ code: 2, stdout: '' });
  expect(stderr, name).toContain(told);
  expect(stderr, name).toMatch(/--help|hint:/);
  expect(stderr, name).not.toMatch(/^\s+at /m);
}
