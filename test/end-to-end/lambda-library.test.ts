import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { splitVisualFeatures } from '../../src/domain/listing/split.ts';
import { packageInto } from './lambda-world.ts';

const run = promisify(execFile);
const TSC = path.resolve(import.meta.dirname, '../../node_modules/typescript/bin/tsc');
const ANALYSES = [
  { image_type: 'exterior', exterior_color: 'white', features: ['Ski_Lockers', 'front porch'] },
  { image_type: 'interior', features: ['white cabinets'] },
];

/** An uploader's folder, where the library is installed. */
let folder: string;
let library: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'uploader-'));
  library = path.join(folder, 'node_modules/listing-features');
  await packageInto(library);
});
afterAll(() => rm(folder, { recursive: true }));

test('an uploader splits with the library as a backfill does', async () => {
  const program = `import { AMENITIES, splitVisualFeatures } from 'listing-features';
    const amenities = { ...AMENITIES, 'ski locker': ['ski lockers'] };
    console.log(JSON.stringify(splitVisualFeatures(${JSON.stringify(ANALYSES)}, { amenities })));`;
  await writeFile(path.join(folder, 'upload.mjs'), program);
  const flags = ['--no-experimental-strip-types', path.join(folder, 'upload.mjs')];
  const { stdout } = await run(process.execPath, flags);
  expect(JSON.parse(stdout)).toEqual({
    ...splitVisualFeatures(ANALYSES),
    amenities: 'ski locker, front porch',
    counts: { cut: { materials: 0, interior: 0, amenities: 0 }, unplaced: 0, unknownPhotos: 0 },
  });
});

test('the library brings its types', async () => {
  const right = "const text: string | null = splitVisualFeatures([{ image_type: 'exterior' }]).exterior;";
  const wrong = "splitVisualFeatures([], { caps: { interior: 'ten' } });";
  const program = `import { splitVisualFeatures } from 'listing-features';\n${right}\n${wrong}\nvoid text;\n`;
  await writeFile(path.join(folder, 'upload.mts'), program);
  const flags = ['--noEmit', '--strict', '--module', 'nodenext', 'upload.mts'];
  const checked = run(process.execPath, [TSC, ...flags], { cwd: folder });
  const { stdout } = await checked.then(
    () => ({ stdout: 'no complaint' }),
    (error: { stdout: string }) => error,
  );
  expect(stdout.trim().split('\n')).toEqual([
    expect.stringMatching(/^upload\.mts\(3,.+'string' is not assignable/),
  ]);
});

test('what is packaged is the same bytes each time, and imports nothing', async () => {
  const again = path.join(folder, 'again');
  await packageInto(again);
  for (const name of ['split.mjs', 'listing-features-lambda.zip']) {
    const [one, other] = await Promise.all([library, again].map((where) => readFile(path.join(where, name))));
    expect(one?.equals(other as Buffer)).toBe(true);
  }
  expect(await readFile(path.join(library, 'split.mjs'), 'utf8')).not.toMatch(/\b(import|require)\b/);
});
