import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rename, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openArchive } from '../../../src/stores/archives/open.ts';
import { zipOf } from './zips.ts';

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'folder-'));
  folder = join(parent, 'mojo3');
  await mkdir(folder);
});

afterEach(() => rm(parent, { recursive: true }));

async function put(files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

describe('a directory', () => {
  test('has the same images and counts as a zip of it', async () => {
    const files = {
      'b/c/2.JPG': 'two',
      'b/1.png': 'one',
      'Größe 写真.webp': 'wide',
      'notes.txt': 'note',
      '.DS_Store': 'x',
      'a\\b.png': 'windows',
    };
    await put(files);
    const { 'a\\b.png': _, ...packed } = files;
    await writeFile(join(parent, 'a.zip'), await zipOf(packed));
    const archive = await openArchive(folder);
    const zip = await openArchive(join(parent, 'a.zip'));
    expect(archive.images).toEqual(zip.images);
    expect(archive.skipped).toEqual({ ...zip.skipped, 'unsafe-name': 1 });
    for (const { name } of archive.images) expect(await archive.read(name)).toEqual(await zip.read(name));
  });

  test('counts hidden folders once, whatever is in them and even where they may not be read', async () => {
    await put({ 'a.png': 'a', '.Trashes/1.png': '1', '.Trashes/2.png': '2', '__MACOSX/._a.png': 'x' });
    await chmod(join(folder, '.Trashes'), 0);
    expect(await openArchive(folder)).toMatchObject({
      images: [{ name: 'a.png', bytes: 1 }],
      skipped: { hidden: 1, 'macos-metadata': 1 },
    });
    await chmod(join(folder, '.Trashes'), 0o700);
  });

  test('does not follow links, and does not wait for pipes', async () => {
    await put({ 'a.png': 'a' });
    await writeFile(join(parent, 'secret.png'), 'secret');
    await symlink(join(parent, 'secret.png'), join(folder, 'file.png'));
    await symlink(parent, join(folder, 'around'));
    execFileSync('mkfifo', [join(folder, 'pipe.png')]);
    expect(await openArchive(folder)).toMatchObject({
      images: [{ name: 'a.png' }],
      skipped: { symlink: 2, 'special-file': 1 },
    });
  });

  test('tells of files whose names are no UTF-8', async () => {
    await writeFile(
      Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe]), Buffer.from('.png')]),
      'a',
    );
    expect(await openArchive(folder)).toMatchObject({ images: [], skipped: { 'unsafe-name': 1 } });
  });

  test('fails as a whole with more entries than allowed', async () => {
    await put({ 'a.png': 'a', 'b/b.png': 'b' });
    await expect(openArchive(folder, { entries: 1 })).rejects.toThrow(/more than the 1 entries/);
  });
});

describe('an image fails alone', () => {
  test.each<[string, string, () => Promise<void>]>([
    ['gone since the folder was listed', 'image-not-found', () => unlink(join(folder, 'a.png'))],
    ['longer than it was', 'image-not-found', () => writeFile(join(folder, 'a.png'), 'longer')],
    ['of the same length, changed', 'image-not-found', () => utimes(join(folder, 'a.png'), 1, 1)],
    [
      'replaced by a link',
      'image-not-found',
      async () => {
        await rename(join(folder, 'a.png'), join(parent, 'moved.png'));
        await symlink(join(parent, 'moved.png'), join(folder, 'a.png'));
      },
    ],
  ])('%s', async (_, code, change) => {
    await put({ 'a.png': 'a', 'b.png': 'b' });
    const archive = await openArchive(folder);
    await change();
    await expect(archive.read('a.png')).rejects.toMatchObject({ name: 'ItemFailure', code });
    expect(String(await archive.read('b.png'))).toBe('b');
  });

  test('without bytes, above the size limit, or never listed', async () => {
    await put({ 'empty.png': '', 'large.png': 'large', 'notes.txt': 'x' });
    await writeFile(join(parent, 'outside.png'), 'x');
    const archive = await openArchive(folder, { imageBytes: 4 });
    expect(archive.images.map(({ name }) => name)).toEqual(['empty.png', 'large.png']);
    await expect(archive.read('empty.png')).rejects.toMatchObject({ code: 'image-undecodable' });
    await expect(archive.read('large.png')).rejects.toMatchObject({ code: 'image-too-large' });
    for (const name of ['notes.txt', '../outside.png'])
      await expect(archive.read(name)).rejects.toMatchObject({ code: 'image-not-found' });
  });
});
