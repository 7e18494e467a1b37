import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import pg from 'pg';
import { startWorkerProcess } from '../../src/cli/worker-process.ts';
import { generateSample } from '../../src/stack/sample/generate.ts';

const CLI = path.join(import.meta.dirname, '../../src/cli');

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
  /** The last line of stdout, parsed. */
  json: () => Record<string, unknown>;
}

export interface Running {
  child: ChildProcess;
  /** Resolves when stderr has said this. */
  said(what: RegExp): Promise<void>;
  outcome: Promise<Outcome>;
}

/** Runs a command as a person does, but without a terminal. */
export function launch(program: string, args: string[], env: NodeJS.ProcessEnv, stdin = ''): Running {
  const child = spawn(process.execPath, [path.join(CLI, `${program}.ts`), ...args], { env, stdio: 'pipe' });
  child.stdin.end(stdin);
  let stderr = '';
  const listeners = new Set<() => void>();
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
    for (const listener of listeners) listener();
  });
  const stdout = text(child.stdout);
  const outcome = new Promise<Outcome>((resolve) => {
    child.once('close', async (code) => {
      const out = await stdout;
      resolve({ code, stdout: out, stderr, json: () => JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') });
    });
  });
  const said = (what: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const listen = () => {
        if (!what.test(stderr)) return;
        listeners.delete(listen);
        resolve();
      };
      listeners.add(listen);
      listen();
      void outcome.then((end) =>
        reject(new Error(`ended (${end.code}) without saying ${what}:\n${end.stderr}`)),
      );
    });
  return { child, said, outcome };
}

export interface CliWorld {
  env: NodeJS.ProcessEnv;
  postgres: pg.Pool;
  start(...args: string[]): Promise<Outcome>;
  backfill(...args: string[]): Promise<Outcome>;
  launch(program: string, ...args: string[]): Running;
  simulator(settings: object): Promise<void>;
  close(): Promise<void>;
}

/** The servers of the test run, with a database, a ledger and a task queue of its own, a sample and a worker. */
export async function createCliWorld(images: number, { withWorker = true } = {}): Promise<CliWorld> {
  const name = `cli_${randomBytes(4).toString('hex')}`;
  const databaseUrl = await createDatabase(name);
  const dir = await mkdtemp(path.join(tmpdir(), 'backfill-cli-'));
  await generateSample({ images, vehicles: Math.ceil(images / 12), databaseUrl, dir });
  Object.assign(process.env, {
    DATABASE_URL: databaseUrl,
    IMAGE_BASE_URL: pathToFileURL(`${dir}/`).href,
    BACKFILL_LEDGER_TABLE: `temporal-backfill-${name}`,
    BACKFILL_TASK_QUEUE: name,
  });
  const env = { ...process.env, NO_COLOR: '1' };
  const simulator = (settings: object) => configure(env, 'settings', settings);
  await configure(env, 'reset', {});
  const worker = withWorker ? await startWorkerProcess() : undefined;
  const postgres = new pg.Pool({ connectionString: databaseUrl });
  return {
    env,
    postgres,
    simulator,
    launch: (program, ...args) => launch(program, args, env),
    start: (...args) => launch('start-backfill', ['vehicle-images', ...args], env).outcome,
    backfill: (...args) => launch('backfill', args, env).outcome,
    async close() {
      await worker?.stop();
      await terminateOpenRun(env);
      await postgres.end();
      await configure(env, 'reset', {});
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** One run may be open per backfill: what a file leaves open would refuse the next one's runs. */
async function terminateOpenRun({ TEMPORAL_ADDRESS = '' }: NodeJS.ProcessEnv): Promise<void> {
  const connection = await Connection.connect({ address: TEMPORAL_ADDRESS });
  try {
    await new Client({ connection }).workflow
      .getHandle('backfill/vehicle-images')
      .terminate('the tests are over');
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  } finally {
    await connection.close();
  }
}

/** The processes that this one has started, and those that they have started. */
export function processesBelow(pid: number | undefined): number[] {
  const lines = execFileSync('ps', ['-eo', 'ppid=,pid='], { encoding: 'utf8' }).trim().split('\n');
  const children = Map.groupBy(
    lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]),
    ([parent]) => parent,
  );
  const below = (parent: number): number[] =>
    (children.get(parent) ?? []).flatMap(([, child]) => [child, ...below(child)]);
  return below(pid ?? 0);
}

/** Those that still run. */
export function alive(pids: readonly number[]): number[] {
  return pids.filter((pid) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  });
}

export async function createDatabase(name: string): Promise<string> {
  const url = new URL(process.env.DATABASE_URL ?? '');
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  url.pathname = `/${name}`;
  return url.href;
}

async function configure(env: NodeJS.ProcessEnv, route: string, settings: object): Promise<void> {
  const url = new URL(`/_sim/${route}`, env.OPENAI_BASE_URL);
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(settings) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
}
