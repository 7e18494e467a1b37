import { readFile } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { runHook } from '../../../src/cli/hook.ts';

const NODE = process.execPath;

test('arguments arrive as they are, and what it says is told line by line', async () => {
  const odd = ['two words', '"quoted"', '$(rm -rf x)', '`id`; *', ''];
  const { failure, lines } = await run([
    NODE,
    '-e',
    'console.log(JSON.stringify(process.argv.slice(1)))',
    ...odd,
  ]);
  expect(failure).toBeNull();
  expect(JSON.parse(lines.join('\n'))).toEqual(odd);
});

test('it gets what we have, but for what may hold a key of ours', async () => {
  vi.stubEnv('OPENAI_API_KEY', 'secret');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('PGPASSWORD', 'secret');
  vi.stubEnv('DATABASE_URL', 'postgres://user:secret@host/db');
  vi.stubEnv('NOTIFY_CHANNEL', 'ops');
  const { lines } = await run([NODE, '-e', 'console.log(JSON.stringify(process.env))'], {
    BACKFILL_STATUS: 'done',
  });
  vi.unstubAllEnvs();
  expect(lines.join()).not.toContain('secret');
  expect(JSON.parse(lines.join())).toMatchObject({ NOTIFY_CHANNEL: 'ops', BACKFILL_STATUS: 'done' });
});

test.for([
  [['no-such-command-of-ours'], 'there is no such command: no-such-command-of-ours'],
  [['/dev/null/x'], 'ENOTDIR'],
  [['/'], 'EACCES'],
  [[NODE, '-e', 'process.exit(3)'], 'ended with exit code 3'],
  [[NODE, '-e', 'process.kill(process.pid, "SIGKILL")'], 'was ended by SIGKILL'],
] as const)('%s fails, and it is told why', async ([argv, why]) => {
  expect((await run(argv)).failure).toContain(why);
});

test('one that hangs, and takes no notice of being asked, is ended with what it has started', async () => {
  const stubborn = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);`;
  const parent = `const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', ${JSON.stringify(stubborn)}], { stdio: 'inherit' });
    console.log(child.pid); ${stubborn}`;
  const { failure, lines } = await run([NODE, '-e', parent], {}, 500);
  expect(failure).toBe('took longer than 0.5 s, and was ended');
  await gone(Number(lines[0]));
}, 20_000);

test('what it leaves running ends with it, and holds nothing up', async () => {
  const parent = `const { spawn } = require('node:child_process');
    const child = spawn('sleep', ['60'], { stdio: 'inherit' });
    console.log(child.pid); child.unref();`;
  const { failure, lines } = await run([NODE, '-e', parent], {}, 10_000);
  expect(failure).toBeNull();
  await gone(Number(lines[0]));
}, 20_000);

test('an interruption ends it', async () => {
  const controller = new AbortController();
  const running = run(['sleep', '60'], {}, 30_000, controller.signal);
  controller.abort();
  expect((await running).failure).toBe('interrupted, and was ended');
});

async function run(argv: readonly string[], variables = {}, timeoutMs = 20_000, signal?: AbortSignal) {
  const lines: string[] = [];
  const onLine = (line: string) => lines.push(line);
  const failure = await runHook({ argv, timeoutMs }, { variables, onLine, signal });
  return { failure, lines };
}

/** Killed, though nobody may have waited for it. */
async function gone(pid: number): Promise<void> {
  expect(pid).toBeGreaterThan(0);
  await vi.waitFor(async () => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
    expect(stat.slice(stat.lastIndexOf(')'))).toMatch(/^\) Z/);
  });
}
