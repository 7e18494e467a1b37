import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, readlink, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Archive, UnreadableArchive } from '../../../src/stores/archives/archive.ts';
import { openArchive } from '../../../src/stores/archives/open.ts';
import { ENCRYPTED, type RawEntry, rawZip, UTF8, writeZip, zipOf } from './zips.ts';

let folder: string;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zips-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function opened(bytes: Buffer, limits = {}): Promise<Archive> {
  const path = join(folder, `${++files}.zip`);
  await writeFile(path, bytes);
  return openArchive(path, limits);
}

const hostile = (entry: RawEntry, limits = {}) =>
  opened(rawZip([{ name: 'first.png' }, entry, { name: 'last.png' }]), limits);

const namesOf = ({ images }: Archive) => images.map(({ name }) => name);

describe('a zip', () => {
  test('gives each image back as it was packed, with its size and in the order of names', async () => {
    const blank = Buffer.alloc(400_000, 7);
    const archive = await opened(await zipOf({ 'b/2.JPG': blank, 'b/1.png': 'one', 'a.webp': 'a' }));
    expect(archive.images).toEqual([
      { name: 'a.webp', bytes: 1 },
      { name: 'b/1.png', bytes: 3 },
      { name: 'b/2.JPG', bytes: 400_000 },
    ]);
    expect(archive.skipped).toEqual({});
    expect(await archive.read('b/2.JPG')).toEqual(blank);
    expect(String(await archive.read('b/1.png'))).toBe('one');
  });

  test('is read by many callers at the same time', async () => {
    const content = Object.fromEntries(
      Array.from({ length: 300 }, (_, n) => [`${n}.png`, `image ${n} `.repeat(n + 1)]),
    );
    const archive = await opened(await zipOf(content));
    const read = await Promise.all(
      namesOf(archive).map(async (name) => [name, String(await archive.read(name))]),
    );
    expect(Object.fromEntries(read)).toEqual(content);
  });

  test('may have spaces, accents and other alphabets in its name and in those of its images', async () => {
    const path = join(folder, 'Average Patrícia 写真.zip');
    const names = ['My Photos/Größe 1.png', '写真/ファイル.jpg', 'e\u0301.png', '\u00e9.png'];
    await writeZip(path, Object.fromEntries(names.map((name) => [name, name])));
    const archive = await openArchive(path);
    expect(namesOf(archive)).toEqual(names.toSorted());
    for (const name of names) expect(String(await archive.read(name))).toBe(name);
  });

  test('that does not say it uses UTF-8 has its names in code page 437', async () => {
    const old = Buffer.from([0x47, 0x72, 0x94, 0xe1, 0x65, 0x2e, 0x70, 0x6e, 0x67]);
    const entries = [{ name: old }, { name: 'Größe 2.png', flags: UTF8 }];
    const archive = await opened(rawZip(entries));
    expect(namesOf(archive)).toEqual(['Größe 2.png', 'Größe.png']);
    expect(String(await archive.read('Größe.png'))).toBe('content');
  });

  test('counts what is no image by its reason, and folders not at all', async () => {
    const entries: RawEntry[] = [
      { name: 'a/', content: '', mode: 0o040755 },
      ...['a/1.png', './b.png', 'c..d.png', '__MACOSX/a/._1.png', 'x/__MACOSX/y.png'].map((name) => ({
        name,
      })),
      ...['.DS_Store', 'a/._1.png', '.cache/2.png'].map((name) => ({ name })),
      ...['notes.txt', 'Thumbs.db', 'drawing.svg', 'png'].map((name) => ({ name })),
      { name: 'link.png', mode: 0o120777, content: '/etc/passwd' },
    ];
    const archive = await opened(rawZip(entries));
    expect(namesOf(archive)).toEqual(['./b.png', 'a/1.png', 'c..d.png']);
    expect(archive.skipped).toEqual({ 'macos-metadata': 2, hidden: 3, 'not-an-image': 4, symlink: 1 });
  });

  test.each([
    '../evil.png',
    'a/../../evil.png',
    '/evil.png',
    'C:evil.png',
    'a\\..\\evil.png',
    'evil\0.png',
    'a\n.png',
  ])('leaves out an entry named %j, and keeps its neighbours', async (name) => {
    const archive = await hostile({ name, flags: UTF8 });
    expect(namesOf(archive)).toEqual(['first.png', 'last.png']);
    expect(archive.skipped).toEqual({ 'unsafe-name': 1 });
  });

  test('with two entries of one name has the later one, as unpacking would', async () => {
    const entries = ['earlier', 'later'].map((content) => ({ name: 'same.png', content }));
    const archive = await opened(rawZip(entries));
    expect(namesOf(archive)).toEqual(['same.png']);
    expect(archive.skipped).toEqual({ 'duplicate-name': 1 });
    expect(String(await archive.read('same.png'))).toBe('later');
  });
});

describe('an image fails alone, and its neighbours are read', () => {
  const damaged = { name: 'bad.png', method: 8, content: Buffer.alloc(5_000, 'abc') };
  test.each<[string, string, RegExp, RawEntry, object?]>([
    ['without bytes', 'image-undecodable', /no bytes/, { name: 'bad.png', content: '' }],
    [
      'that is encrypted',
      'archive-entry-encrypted',
      /without a password/,
      { name: 'bad.png', flags: ENCRYPTED },
    ],
    ['packed by an unknown method', 'archive-entry-broken', /method 14/, { name: 'bad.png', method: 14 }],
    ['with another checksum', 'archive-entry-broken', /checksum/, { name: 'bad.png', crc: 1 }],
    ['that cannot be inflated', 'archive-entry-broken', /unpacked/, { ...damaged, packedBytes: 20 }],
    [
      'that is shorter than declared',
      'archive-entry-broken',
      /5000 bytes of 6000/,
      { ...damaged, bytes: 6_000 },
    ],
    [
      'that is longer than declared',
      'archive-entry-broken',
      /more than the 90 bytes/,
      { ...damaged, bytes: 90 },
    ],
    ['stored with two sizes', 'archive-entry-broken', /7 bytes packed for 9/, { name: 'bad.png', bytes: 9 }],
    ['that is elsewhere', 'archive-entry-broken', /not where/, { name: 'bad.png', offset: 3 }],
    ['beyond the end', 'archive-entry-broken', /beyond the end/, { name: 'bad.png', offset: 4_000_000_000 }],
    [
      'said to have gigabytes, with none behind them',
      'image-too-large',
      /no photo is packed so well/,
      { ...damaged, bytes: 4_000_000_000 },
      { imageBytes: 5_000_000_000 },
    ],
    [
      'packed in gigabytes that the file has not',
      'archive-entry-broken',
      /beyond the end/,
      { name: 'bad.png', bytes: 190_000_000, packedBytes: 190_000_000 },
    ],
    ['above the size limit', 'image-too-large', /5000 bytes, and 4000 are/, damaged, { imageBytes: 4_000 }],
    [
      'packed better than any photo',
      'image-too-large',
      /unpack to 2000000/,
      { name: 'bad.png', method: 8, content: Buffer.alloc(2_000_000) },
    ],
  ])('%s', async (_, code, message, entry, limits) => {
    const archive = await hostile(entry, limits);
    expect(namesOf(archive)).toEqual(['bad.png', 'first.png', 'last.png']);
    const failed = archive.read('bad.png');
    await expect(failed).rejects.toMatchObject({ name: 'ItemFailure', code });
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.toThrow(`bad.png in ${folder}`);
    for (const name of ['first.png', 'last.png']) expect(String(await archive.read(name))).toBe('content');
  });

  test('that the archive does not have', async () => {
    const archive = await opened(await zipOf({ 'a.png': 'a', 'notes.txt': 'b' }));
    for (const name of ['b.png', 'notes.txt', '../a.png'])
      await expect(archive.read(name)).rejects.toMatchObject({ code: 'image-not-found' });
  });

  test('when the archive is no longer as it was when its images were listed', async () => {
    const path = join(folder, 'cut-later.zip');
    await writeZip(path, { 'a.png': 'a'.repeat(300), 'b.png': Buffer.from([...Array(300).keys()]) });
    const archive = await openArchive(path);
    await truncate(path, 60);
    await expect(archive.read('b.png')).rejects.toMatchObject({ code: 'image-not-found' });
  });
});

describe('an archive fails as a whole, with what to do', () => {
  const two = rawZip([{ name: 'a.png' }, { name: 'b.png' }]);
  const otherDisk = Buffer.from(two);
  otherDisk.writeUInt16LE(1, two.length - 22 + 4);
  const wrongStart = Buffer.from(two);
  wrongStart.writeUInt32LE(5, two.length - 22 + 16);
  test.each<[string, Buffer, RegExp]>([
    ['that is empty', Buffer.alloc(0), /is no zip, or its end is cut off/],
    ['that is no zip', Buffer.from('a photo, not a zip'), /is no zip/],
    ['that is cut off', two.subarray(0, -30), /cut off/],
    [
      'that has lost its list of entries',
      Buffer.concat([two.subarray(0, 40), two.subarray(-22)]),
      /damaged list/,
    ],
    ['whose list is elsewhere', wrongStart, /damaged list/],
    [
      'with more entries than it says',
      rawZip([{ name: 'a.png' }, { name: 'b.png' }], { count: 1 }),
      /damaged list/,
    ],
    ['with fewer entries than it says', rawZip([{ name: 'a.png' }], { count: 2 }), /damaged list/],
    ['that is one of several parts', otherDisk, /one part of a zip in several/],
  ])('%s', async (_, bytes, message) => {
    const failed = opened(bytes);
    await expect(failed).rejects.toBeInstanceOf(UnreadableArchive);
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.toThrow(folder);
    await expect(failed).rejects.toHaveProperty('hint', expect.stringMatching(/copy|join/));
  });

  test('that does not exist, or is no file', async () => {
    await expect(openArchive(join(folder, 'none.zip'))).rejects.toThrow(/none\.zip does not exist/);
    await expect(openArchive('/dev/null')).rejects.toThrow('/dev/null is neither a zip nor a directory');
  });

  test('with more entries than allowed', async () => {
    await expect(opened(two, { entries: 1 })).rejects.toThrow('has 2 entries, and 1 are allowed');
  });

  test('and leaves no file open', async () => {
    const before = await openFiles();
    await expect(opened(two.subarray(0, -30))).rejects.toThrow();
    await expect(opened(rawZip([{ name: 'a.png' }], { count: 2 }))).rejects.toThrow();
    expect(await openFiles()).toEqual(before);
  });
});

describe('an archive with more than 65,535 entries', () => {
  const many = Array.from({ length: 70_000 }, (_, n) => ({ name: `${n}.png`, content: `${n}` }));

  test('is read whole: with zip64', async () => {
    const archive = await opened(rawZip(many, { zip64: true }));
    expect(archive.images.length).toBe(70_000);
    expect(String(await archive.read('69999.png'))).toBe('69999');
  });

  test('is read whole: without zip64, as macOS packs it', async () => {
    const archive = await opened(rawZip(many));
    expect(archive.images.length).toBe(70_000);
    expect(String(await archive.read('69999.png'))).toBe('69999');
  });
});

test('an entry with sizes and offset in zip64 is read', async () => {
  const archive = await opened(await zipOf({ 'a.png': 'content' }, { forceZip64Format: true }));
  expect(archive.images).toEqual([{ name: 'a.png', bytes: 7 }]);
  expect(String(await archive.read('a.png'))).toBe('content');
});

test('reading changes nothing in the sources: neither bytes nor times nor the list of files', async () => {
  const own = await mkdtemp(join(folder, 'own-'));
  await writeFile(
    join(own, 'a.zip'),
    rawZip([{ name: 'a.png' }, { name: 'bad.png', crc: 1 }, { name: '../x.png' }]),
  );
  await writeFile(join(own, 'cut.zip'), rawZip([{ name: 'a.png' }]).subarray(0, -10));
  await writeFile(join(own, 'b.png'), 'b');
  const before = await stateOf(own);
  const archive = await openArchive(join(own, 'a.zip'));
  await Promise.allSettled(namesOf(archive).map((name) => archive.read(name)));
  await expect(openArchive(join(own, 'cut.zip'))).rejects.toThrow();
  const beside = await openArchive(own);
  expect(String(await beside.read('b.png'))).toBe('b');
  expect(await stateOf(own)).toEqual(before);
});

async function stateOf(own: string) {
  const names = (await readdir(own)).sort();
  return Promise.all(
    names.map(async (name) => {
      const { mtimeMs, ctimeMs, size, mode } = await stat(join(own, name));
      const hash = createHash('sha256').update(await readFile(join(own, name)));
      return { name, mtimeMs, ctimeMs, size, mode, hash: hash.digest('hex') };
    }),
  );
}

/** Among the test's own files. */
async function openFiles(): Promise<string[]> {
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
  return (await Promise.all(links)).filter((path) => path.startsWith(folder));
}
