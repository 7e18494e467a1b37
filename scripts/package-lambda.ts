/**
 * Packages the split for those who upload listings: `dist/listing-features/` (or the folder given) gets the library and
 * the zip of the AWS Lambda function. Needs no network; the same sources give the same bytes.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { build } from 'esbuild';
import { zipSync } from 'fflate';

const ROOT = path.dirname(import.meta.dirname);
const SPLIT = path.join(ROOT, 'src/domain/listing/split.ts');
const HANDLER = path.join(ROOT, 'src/lambda/listing-features.ts');

/** Of every file in the zip: zips know no earlier day. Lambda runs it as a user of its own, who must be able to read it. */
const FILE = { level: 9, mtime: new Date(1980, 0, 1), os: 3, attrs: 0o644 << 16 } as const;

const { positionals } = parseArgs({ allowPositionals: true });
const folder = path.resolve(positionals[0] ?? path.join(ROOT, 'dist/listing-features'));
await mkdir(folder, { recursive: true });
await Promise.all([writeLibrary(), writeTypes(), writePackage(), writeLambda()]);
console.log(folder);

async function writeLibrary(): Promise<void> {
  await write('split.mjs', await bundled(SPLIT, 'esm'));
}

async function writeTypes(): Promise<void> {
  const emitted = await mkdtemp(path.join(tmpdir(), 'listing-features-'));
  try {
    const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
    const how = '--ignoreConfig --declaration --emitDeclarationOnly --strict --skipLibCheck --lib esnext';
    const modules = '--module nodenext --allowImportingTsExtensions --outDir';
    const flags = [...how.split(' '), ...modules.split(' '), emitted];
    await promisify(execFile)(process.execPath, [tsc, ...flags, SPLIT], { cwd: ROOT });
    await write('split.d.mts', await readFile(path.join(emitted, 'split.d.ts')));
  } finally {
    await rm(emitted, { recursive: true });
  }
}

/** The folder can be installed as it is: `npm install ./dist/listing-features`. */
async function writePackage(): Promise<void> {
  const { version, license } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
  const exports = { '.': { types: './split.d.mts', default: './split.mjs' } };
  const files = ['split.mjs', 'split.d.mts'];
  const content = {
    name: 'listing-features',
    version,
    license,
    private: true,
    type: 'module',
    exports,
    files,
  };
  await write('package.json', `${JSON.stringify(content, null, 2)}\n`);
}

/** With all that it imports, the AWS clients too: what runs is what was tested, whatever the runtime brings. */
async function writeLambda(): Promise<void> {
  const zip = zipSync({ 'index.js': await bundled(HANDLER, 'cjs') }, FILE);
  await write('listing-features-lambda.zip', zip);
}

async function bundled(entry: string, format: 'esm' | 'cjs'): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format,
    platform: format === 'esm' ? 'neutral' : 'node',
    target: 'node22',
    // Readable where a stack trace leads to it; the zip is small all the same.
    minifySyntax: true,
    minifyWhitespace: format === 'cjs',
    logLevel: 'warning',
  });
  const [file] = outputFiles;
  if (!file) throw new Error(`esbuild made nothing of ${entry}`);
  return file.contents;
}

async function write(name: string, content: string | Uint8Array): Promise<void> {
  await writeFile(path.join(folder, name), content);
}
