import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { UsageError } from '../../src/domain/failure.ts';
import { findStack, type Stack, type StackOptions, startStack } from '../../src/stack/stack.ts';
import { launch } from './cli-world.ts';

/** Where its jars are not at hand, the first start gets them. */
const FIRST_START_MS = 10 * 60_000;

const said: string[] = [];
const { PATH, HOME, XDG_CACHE_HOME, JDK_JAVA_OPTIONS } = process.env;
const env = { PATH, HOME, XDG_CACHE_HOME, JDK_JAVA_OPTIONS };

const folders: string[] = [];
afterAll(async () => {
  await Promise.all(folders.map((made) => rm(made, { recursive: true, force: true })));
});

describe('OpenSearch', () => {
  let dataDir: string;
  let stack: Stack;
  beforeAll(async () => {
    dataDir = await folder();
    stack = await start({ dataDir, parts: ['opensearch'] });
  }, FIRST_START_MS);
  afterAll(() => stack.stop());

  test('answers at the address that others over the same folder are told, with its version', async () => {
    expect(await findStack(dataDir)).toEqual({ OPENSEARCH_URL: stack.env.OPENSEARCH_URL });
    expect(stack.services).toMatchObject([{ name: 'opensearch', origin: 'embedded' }]);
    expect(stack.services[0]?.version).toMatch(/^[23]\.\d+\.\d+$/);
    expect(await ask('')).toMatchObject({ version: { number: stack.services[0]?.version } });
  });

  test('is run by a Java that heeds JDK_JAVA_OPTIONS', async ({ skip }) => {
    if (!existsSync(path.join(dataDir, 'opensearch', 'conf'))) skip('this OpenSearch runs in a container');
    expect(JSON.stringify(await ask('_nodes/jvm'))).toContain(JDK_JAVA_OPTIONS);
  });

  test('keeps its documents when it is killed, and when the whole stack stops', {
    timeout: 120_000,
  }, async () => {
    const document = { zpid: '7', image_vectors: [{ vector: [0.5, -0.25] }] };
    const written = await ask('listings/_doc/7', { method: 'PUT', body: JSON.stringify(document) });
    expect(written).toMatchObject({ result: 'created' });

    process.kill(stack.services[0]?.pid as number, 'SIGKILL');
    await stack.restartService('opensearch');
    expect(await ask('listings/_doc/7')).toMatchObject({ found: true, _source: document });

    const address = stack.env.OPENSEARCH_URL;
    await stack.stop();
    stack = await start({ dataDir, parts: ['opensearch'] });
    expect(stack.env.OPENSEARCH_URL).toBe(address);
    expect(await ask('listings/_doc/7')).toMatchObject({ found: true, _source: document });
    expect(await ask('listings/_search?size=0')).toMatchObject({ hits: { total: { value: 1 } } });
  });

  test('given by OPENSEARCH_URL is used, with its version asked and its password kept off the disk', async () => {
    const OPENSEARCH_URL = String(process.env.OPENSEARCH_URL).replace('//', '//ann:s3cret@');
    const mine = await folder();
    const given = await start({ dataDir: mine, parts: ['opensearch'], env: { ...env, OPENSEARCH_URL } });
    onTestFinished(() => given.stop());
    expect(given.env).toEqual({ OPENSEARCH_URL });
    expect(given.services).toMatchObject([
      { name: 'OpenSearch', origin: 'given', version: stack.services[0]?.version },
    ]);
    expect(given.services[0]?.address).not.toContain('s3cret');
    expect(await readFile(path.join(mine, 'stack.json'), 'utf8')).not.toContain('s3cret');
  });

  async function ask(where: string, init: RequestInit = {}): Promise<unknown> {
    const headers = { 'content-type': 'application/json' };
    return (await fetch(`${stack.env.OPENSEARCH_URL}/${where}`, { headers, ...init })).json();
  }
});

describe('where there is neither Java nor Docker', () => {
  test('OpenSearch says what to install, and what was tried', async () => {
    const failed = start({
      dataDir: await folder(),
      parts: ['opensearch'],
      env: { ...env, PATH: '/nowhere' },
    });
    const failure = await failed.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    const { message, hint } = failure as UsageError;
    expect(message).toContain('Java: there is no `java` on the PATH');
    expect(message).toContain('Docker: there is no `docker` on the PATH');
    expect(hint).toMatch(/Java 17 or newer and Maven.*Docker.*OPENSEARCH_URL/);
  });

  test("'backfill stack' says so, and starts all the rest", async () => {
    const [bin, dataDir] = [await folder(), await folder()];
    // What PostgreSQL's start asks where it is root.
    await symlink('/usr/bin/id', path.join(bin, 'id'));
    const given = { ...env, PATH: bin, TEMPORAL_ADDRESS: process.env.TEMPORAL_ADDRESS };
    const command = launch('backfill', ['stack', '--no-worker', '--data-dir', dataDir], given);
    onTestFinished(() => void command.child.kill('SIGKILL'));
    await command.said(/servers run; Ctrl-C stops them/);
    command.child.kill('SIGINT');
    const { stdout, stderr } = await command.outcome;
    for (const started of ['postgres +18', 'dynamodb +dynalite', 'simulator'])
      expect(stdout).toMatch(new RegExp(started));
    expect(stdout).not.toContain('opensearch');
    expect(stderr).toContain('opensearch is left out; the rest goes on.');
    expect(stderr).toContain('Java: there is no `java` on the PATH');
    expect(stderr).toContain('or set OPENSEARCH_URL');
  });
});

async function folder(): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'opensearch-'));
  folders.push(made);
  return made;
}

function start(options: Omit<StackOptions, 'say'>): Promise<Stack> {
  return startStack({ env, say: (line) => void said.push(line), ...options });
}
