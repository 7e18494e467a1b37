import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkProgressFile, writeProgressFile } from '../../../src/cli/progress-file.ts';

const PROGRESS = {
  total: 2,
  processed: 1,
  succeeded: 0,
  failed: 1,
  startTime: '2026-11-21T12:00:00.000Z',
  lastProcessedId: 'a',
  estimatedTimeRemaining: '8 s',
  failedImages: [{ id: 'a', url: null, error: 'image-not-found: it is gone' }],
};
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'backfill-progress-'));
  file = path.join(folder, 'progress.json');
});
afterEach(() => rm(folder, { recursive: true }));

test('the look before a run leaves nothing behind', async () => {
  await checkProgressFile(file);
  expect(await readdir(folder)).toEqual([]);
});

test('what was written can be read, and be written again by the next run', async () => {
  await writeProgressFile(file, PROGRESS);
  await checkProgressFile(file);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(PROGRESS);
  expect(await readdir(folder)).toEqual(['progress.json']);
});

test("a script's checkpoint, which may lack its last id, is one", async () => {
  const { lastProcessedId: _, ...others } = PROGRESS;
  await writeFile(file, JSON.stringify(others));
  await checkProgressFile(file);
});

test.for([
  ['other JSON', '{"name": "mine"}'],
  ['a checkpoint with a field more', JSON.stringify({ ...PROGRESS, notes: 'mine' })],
  ['half a checkpoint', JSON.stringify(PROGRESS).slice(0, 40)],
  ['nothing', ''],
  ['no text', Buffer.from([0xff, 0xfe, 0])],
] as const)('a file that holds %s is refused, and stays as it is', async ([, content]) => {
  await writeFile(file, content);
  const before = await readFile(file);
  await expect(checkProgressFile(file)).rejects.toThrow('is no progress file');
  expect(await readFile(file)).toEqual(before);
  expect(await readdir(folder)).toEqual(['progress.json']);
});

test('a folder, a link, a pipe, and a place in no folder are refused with what would be right', async () => {
  await mkdir(file);
  await expect(checkProgressFile(file)).rejects.toMatchObject({ hint: expect.stringContaining(`${file}/`) });
  const link = path.join(folder, 'link');
  await symlink(path.join(folder, 'none'), link);
  await expect(checkProgressFile(link)).rejects.toThrow('symbolic link');
  const pipe = path.join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await expect(checkProgressFile(pipe)).rejects.toThrow('is no file');
  const nowhere = path.join(folder, 'none', 'progress.json');
  await expect(checkProgressFile(nowhere)).rejects.toThrow(`there is no folder ${path.join(folder, 'none')}`);
  await expect(checkProgressFile(path.join(pipe, 'x'))).rejects.toThrow('cannot write');
});

test('a link that takes the place of the file beside it is not followed', async () => {
  const mine = path.join(folder, 'mine');
  await writeFile(mine, 'mine');
  await symlink(mine, `${file}.${process.pid}.part`);
  await writeProgressFile(file, PROGRESS);
  expect(await readFile(mine, 'utf8')).toBe('mine');
});

test('a file that cannot be written rejects, and the one before stays', async () => {
  await writeProgressFile(file, PROGRESS);
  await mkdir(`${file}.${process.pid}.part`);
  await expect(writeProgressFile(file, { ...PROGRESS, processed: 2 })).rejects.toThrow();
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(PROGRESS);
});
