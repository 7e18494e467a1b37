import { fork } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

/**
 * The code of our workflows, as the worker's sandbox runs it. Bundling takes 150 MB for a second, which a
 * worker would keep for its whole life: so a process of its own does it.
 */
export async function bundleWorkflows(): Promise<{ code: string }> {
  const file = path.join(tmpdir(), `temporal-backfill-workflows-${process.pid}.js`);
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
  const code = await readFile(file, 'utf8');
  await rm(file);
  return { code };
}

if (import.meta.main) {
  const workflowsPath = fileURLToPath(new URL('./workflows/index.ts', import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath });
  await writeFile(process.argv[2] ?? '', code, { mode: 0o600 });
}
