import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ItemFailure } from '../../../src/domain/failure.ts';
import { UnreadableArchive } from '../../../src/stores/archives/archive.ts';
import { openArchive } from '../../../src/stores/archives/open.ts';
import { rawZip, zipOf } from './zips.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'damaged-'));
});

afterAll(() => rm(folder, { recursive: true }));

const CONTENT = { 'a/1.png': 'one '.repeat(40), 'a/2.png': 'two', '3.jpg': 'three '.repeat(30) };

test('whatever bytes of a zip are lost or wrong: it fails as a whole, or single images do, or they are as they were', async () => {
  const raw = Object.entries(CONTENT).map(([name, content]) => ({ name, content }));
  const zips = [
    await zipOf(CONTENT),
    await zipOf(CONTENT, { forceZip64Format: true }),
    rawZip(raw, { zip64: true }),
    rawZip(raw),
  ];
  // Most of what can go wrong is in the list at the end.
  const place = fc.tuple(fc.boolean(), fc.nat({ max: 600 }));
  const damage = fc.record({
    zip: fc.constantFrom(...zips),
    bytes: fc.array(fc.tuple(place, fc.oneof(fc.constantFrom(0, 1, 0x7f, 0xff), fc.nat({ max: 255 }))), {
      maxLength: 4,
    }),
    cut: fc.option(place, { freq: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(damage, async ({ zip, bytes, cut }) => {
      const at = ([fromEnd, by]: [boolean, number]) => (fromEnd ? Math.max(0, zip.length - 1 - by) : by);
      const damaged = Buffer.from(zip);
      for (const [where, value] of bytes) damaged[at(where)] = value;
      await survives(cut ? damaged.subarray(0, at(cut)) : damaged);
    }),
    { numRuns: 500 },
  );
});

async function survives(bytes: Buffer): Promise<void> {
  const path = join(folder, 'damaged.zip');
  await writeFile(path, bytes);
  const archive = await openArchive(path, { entries: 1_000 }).catch((error: unknown) => error);
  if (archive instanceof Error) return expect(archive).toBeInstanceOf(UnreadableArchive);
  const { images, read } = archive as Awaited<ReturnType<typeof openArchive>>;
  for (const { name } of images) {
    const found = await read(name).catch((error: unknown) => error);
    if (found instanceof Error) expect(found).toBeInstanceOf(ItemFailure);
    else expect(Object.values(CONTENT)).toContain(String(found));
  }
}
