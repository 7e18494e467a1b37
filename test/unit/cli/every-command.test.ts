import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { BACKFILLS } from '../../../src/backfills/registry.ts';
import { commandLine, type Program, type Told } from '../../support/command-line.ts';

/** Not one of these reaches a server: what is wrong is found before. */
let commands: Command[];

interface Command {
  program: Program;
  /** `estimate vehicle-images` */
  path: string[];
  help: string;
}

beforeAll(async () => {
  for (const name of Object.keys(process.env))
    if (/^(AWS|OPENAI|TEMPORAL|BACKFILL)_|^(DATABASE|OPENSEARCH)_URL$/.test(name))
      vi.stubEnv(name, undefined);
  vi.stubEnv('BACKFILL_DATA_DIR', path.join(tmpdir(), 'backfill-none'));
  commands = [...(await below('backfill', [])), ...(await below('start-backfill', []))];
});
afterAll(() => {
  vi.unstubAllEnvs();
});

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
  for (const { program, path } of commands)
    refusedWithHint(await commandLine(program, ...path, '--no-such-flag'), path, '--no-such-flag');
});

test('a missing argument exits 2 and names it', async () => {
  const needy = commands.filter(({ help }) => argumentOf(help) !== null);
  expect(needy.length).toBeGreaterThan(5);
  for (const { program, path, help } of needy)
    refusedWithHint(await commandLine(program, ...path), path, `'${argumentOf(help)}'`);
});

test('a bad value exits 2, names the flag and what was expected', async () => {
  const valued = commands.filter(({ help }) => badValue(help) !== null);
  expect(valued.length).toBeGreaterThan(commands.length - 4);
  for (const { program, path, help } of valued) {
    const [flag, value] = badValue(help) ?? ['', ''];
    const named = argumentOf(help) === null ? [] : ['vehicle-images'];
    const told = await commandLine(program, ...path, ...named, flag, value);
    refusedWithHint(told, path, `${flag}: expected`);
  }
});

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
  const refused = await commandLine('backfill', ...args);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain(hint);
});

/** The command's own help, or those of the commands that it leads to. */
async function below(program: Program, path: string[]): Promise<Command[]> {
  const told = await commandLine(program, ...path, '--help');
  expect(told, told.stderr).toMatchObject({ code: 0, stderr: '' });
  const list = /^Commands:\n((?: {2}.*\n)+)/m.exec(told.stdout)?.[1];
  if (!list) return [{ program, path, help: told.stdout }];
  const names = [...list.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name = '']) => name);
  const found: Command[] = [];
  for (const name of names) if (name !== 'help') found.push(...(await below(program, [...path, name])));
  return found;
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

function refusedWithHint({ code, stdout, stderr }: Told, path: string[], told: string): void {
  const name = `${path.join(' ')}: ${stderr}`;
  expect({ code, stdout }, name).toEqual({ code: 2, stdout: '' });
  expect(stderr, name).toContain(told);
  expect(stderr, name).toMatch(/--help|hint:/);
  expect(stderr, name).not.toMatch(/^\s+at /m);
}
