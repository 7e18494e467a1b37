import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/domain/failure.ts';
import { readCatalogue, scanProjects } from '../../../src/stores/archives/catalogue.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'catalogue-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function read(content: string) {
  const file = join(folder, 'catalogue.yaml');
  await writeFile(file, content);
  return readCatalogue(file, '/photos');
}

const wanted = [
  { id: '1101_Hailey', source: '/photos/1101.zip', done: false },
  { id: 'mojo3', source: '/photos/mojo3', done: true },
  { id: 'Patricia', source: '/elsewhere/Average Patricia.zip', done: false },
];

describe('a catalogue', () => {
  test.each([
    [
      'a list in YAML',
      `- { id: 1101_Hailey, source: 1101.zip }
- { id: mojo3, source: mojo3/, done: true }
- id: Patricia
  source: /elsewhere/Average Patricia.zip
  done: false`,
    ],
    [
      'a map in YAML',
      `1101_Hailey: 1101.zip
mojo3: { source: mojo3, done: true }
Patricia: /elsewhere/Average Patricia.zip`,
    ],
    [
      'a list in JSON',
      JSON.stringify([
        { id: '1101_Hailey', source: '1101.zip' },
        { id: 'mojo3', source: 'mojo3', done: true },
        { id: 'Patricia', source: '/elsewhere/Average Patricia.zip' },
      ]),
    ],
  ])('may be %s', async (_, content) => {
    expect(await read(content)).toEqual(wanted);
  });

  test('has ids that look like numbers as they are written', async () => {
    const projects = await read('[{ id: 1010, source: a }, { id: 007, source: b }, { id: 1e3, source: c }]');
    expect(projects.map(({ id }) => id)).toEqual(['1010', '007', '1e3']);
  });

  test.each([
    ['- { id: a }', /catalogue\.yaml: project 1: source: expected the path/],
    ['- { id: a, source: }', /project 1: source: expected the path/],
    ['- { id: a, source: a.zip }\n- { source: b.zip }', /project 2: id: expected a name/],
    ['- { id: a, source: a.zip, done: maybe }', /project 1: done: expected true or false/],
    ['- { id: a, source: a.zip, doen: true }', /project 1: 'doen' is unknown/],
    ['- a.zip', /project 1: expected id and source/],
    ['mojo3: [a]', /mojo3: expected id and source/],
    ['just words', /expected a list of projects, or a map/],
    ['', /expected a list of projects, or a map/],
    ['- { id: a, source: [', /catalogue\.yaml is no YAML/],
    ['a: a.zip\na: b.zip', /is no YAML: Map keys must be unique/],
    ['- { id: a, source: a.zip }\n- { id: a, source: b.zip }', /'a' and 'a' would share one database/],
    ['- { id: Dalia, source: a.zip }\n- { id: dalia, source: b.zip }', /'Dalia' and 'dalia' would share/],
  ])('is refused with its place: %j', async (content, message) => {
    const failed = read(content);
    await expect(failed).rejects.toBeInstanceOf(UsageError);
    await expect(failed).rejects.toThrow(message);
  });

  test.each([
    '../a',
    'a/b',
    'a\\b',
    '.a',
    '-a',
    'a ',
    'a.',
    'nul',
    'a:b',
    'a\nb',
    'a.predictions',
    'ä'.repeat(101),
  ])('is refused with an id that cannot name a file: %j', async (id) => {
    await expect(read(JSON.stringify([{ id, source: 'a.zip' }]))).rejects.toThrow(/project 1: id: /);
  });

  test('that cannot be read is named', async () => {
    await expect(readCatalogue(join(folder, 'none.yaml'), '/')).rejects.toThrow(/none\.yaml cannot be read/);
  });
});

describe('a scanned folder', () => {
  test('has a project for each zip and each directory', async () => {
    for (const name of ['Average Patricia.zip', 'UPPER.ZIP', '.hidden.zip', '._dalia.zip', 'notes.txt'])
      await writeFile(join(folder, name), '');
    for (const name of ['mojo3', '__MACOSX', '.git']) await mkdir(join(folder, name));
    await symlink('/', join(folder, 'link'));
    expect(await scanProjects(folder)).toEqual([
      { id: 'Average Patricia', source: join(folder, 'Average Patricia.zip'), done: false },
      { id: 'UPPER', source: join(folder, 'UPPER.ZIP'), done: false },
      { id: 'mojo3', source: join(folder, 'mojo3'), done: false },
    ]);
  });

  test('is refused with a zip and a directory of one name', async () => {
    await writeFile(join(folder, 'mojo3.zip'), '');
    await mkdir(join(folder, 'mojo3'));
    await expect(scanProjects(folder)).rejects.toThrow(/two projects for one database: 'mojo3' and 'mojo3'/);
  });

  test('that cannot be read, or holds what cannot be a project, is refused', async () => {
    await expect(scanProjects(join(folder, 'none'))).rejects.toThrow(/cannot be searched for projects/);
    await writeFile(join(folder, '-x.zip'), '');
    await expect(scanProjects(folder)).rejects.toThrow(/-x\.zip cannot be a project/);
  });
});
