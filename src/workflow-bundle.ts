import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import envPaths from 'env-paths';

/**
 * The code of our workflows, as the worker's sandbox runs it. Bundling takes two seconds, and 150 MB which a worker would
 * keep for its whole life: so a process of its own does it, and the next worker of the same code finds it done.
 */
export async function bundleWorkflows(): Promise<{ code: string }> {
  const known = path.join(
    envPaths('temporal-backfill', { suffix: '' }).cache,
    'workflows',
    await nameOfBundle(),
  );
  const code = await readFile(known, 'utf8').catch(() => null);
  return { code: code ?? (await bundled(known)) };
}

/** Where the cache cannot be written, it is done again next time. */
async function bundled(known: string): Promise<string> {
  const folder = path.dirname(known);
  const cached = await mkdir(folder, { recursive: true, mode: 0o700 }).then(
    () => true,
    () => false,
  );
  const file = path.join(cached ? folder : tmpdir(), `temporal-backfill-workflows-${process.pid}.js`);
  await bundleInto(file);
  const code = await readFile(file, 'utf8');
  if (cached) await rename(file, known);
  else await rm(file);
  return code;
}

async function bundleInto(file: string): Promise<void> {
  const bundler = fork(import.meta.filename, [file], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
  let said = '';
  bundler.stderr?.on('data', (text: Buffer) => {
    said += text.toString();
  });
  const exitCode = await new Promise((resolve) => bundler.once('exit', resolve));
  if (exitCode !== 0) throw new Error(`the workflows could not be bundled: ${said.trim()}`);
}

/** Changes with whatever gets into the bundle: what workflows may import of ours, and the SDK. */
async function nameOfBundle(): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  const require = createRequire(import.meta.url);
  for (const part of ['worker', 'workflow', 'common'])
    hash.update(await readFile(require.resolve(`@temporalio/${part}/package.json`)));
  for (const room of ['workflows', 'domain']) {
    const folder = fileURLToPath(new URL(`./${room}`, import.meta.url));
    for (const name of (await readdir(folder, { recursive: true })).sort()) {
      if (/\.(ts|json)$/.test(name)) hash.update(name).update(await readFile(path.join(folder, name)));
    }
  }
  return `${hash.digest('hex').slice(0, 32)}.js`;
}

if (import.meta.main) {
  const workflowsPath = fileURLToPath(new URL('./workflows/index.ts', import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath });
  await writeFile(process.argv[2] ?? '', code, { mode: 0o600 });
}
