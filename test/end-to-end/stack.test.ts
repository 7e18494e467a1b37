import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { UsageError } from '../../src/domain/failure.ts';
import { identify, isRunning, type ProcessIdentity } from '../../src/stack/process-identity.ts';
import { findStack, type Part, type Stack, startStack } from '../../src/stack/stack.ts';

/** Where no Temporal is at hand, the first start compiles it. */
const FIRST_START_MS = 15 * 60_000;

const said: string[] = [];
const say = (line: string) => void said.push(line);
/** Nothing is given here, whatever the machine's variables say. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(AWS|OPENAI|TEMPORAL|DATABASE)_/.test(name)),
);

const folders: string[] = [];
afterAll(async () => {
  await Promise.all(folders.map((made) => rm(made, { recursive: true, force: true })));
});

describe('a whole stack', () => {
  let dataDir: string;
  let stack: Stack;
  beforeAll(async () => {
    dataDir = await folder();
    stack = await startStack({ dataDir, env, say });
  }, FIRST_START_MS);
  afterAll(async () => {
    await stack.stop();
  });

  test('answers on every address that it tells', async () => {
    const ui = await fetch(`${stack.env.TEMPORAL_UI_URL}/api/v1/namespaces/default`);
    expect(await ui.json()).toMatchObject({
      namespaceInfo: { name: 'default' },
      config: { workflowExecutionRetentionTtl: '604800s' },
    });
    const page = await fetch(String(stack.env.TEMPORAL_UI_URL));
    expect(await page.text()).toContain('<html');
    expect(await query('SELECT current_database() AS name')).toEqual([{ name: 'backfill' }]);
    expect((await fetch(`${stack.env.SIMULATOR_URL}/_sim/settings`)).status).toBe(200);
    expect(stack.services.map(({ name, origin }) => `${origin} ${name}`).sort()).toEqual([
      'embedded dynamodb',
      'embedded postgres',
      'embedded simulator',
      'embedded temporal',
      'embedded temporal-ui',
    ]);
  });

  test('keeps what it was told when each server is killed, and when the whole stack stops', async () => {
    await query('CREATE TABLE kept (id int)');
    await query('INSERT INTO kept VALUES (7)');
    await startWorkflow('kept');
    await putItem();

    for (const service of stack.services) {
      const before = service.pid as number;
      process.kill(before, 'SIGKILL');
      await stack.restartService(service.name);
      expect(service.pid).not.toBe(before);
    }
    await expectKept();

    const addresses = stack.services.map(({ name, address }) => `${name} ${address}`).sort();
    await stack.stop();
    stack = await startStack({ dataDir, env, say });
    expect(stack.services.map(({ name, address }) => `${name} ${address}`).sort()).toEqual(addresses);
    await expectKept();
  });

  test('is found over its folder, and nobody starts a second one there', async () => {
    expect(await findStack(dataDir)).toEqual(stack.env);
    const second = startStack({ dataDir, env, say });
    await expect(second).rejects.toThrow(UsageError);
    await expect(second).rejects.toThrow(`Process ${process.pid} already runs a stack over ${dataDir}`);
  });

  test('leaves no process and no trace of itself when it stops', async () => {
    const processes = stack.services.map(({ pid }) => identify(pid as number) as ProcessIdentity);
    expect(processes.every(isRunning)).toBe(true);
    await stack.stop();
    expect(processes.filter(isRunning)).toEqual([]);
    expect(await findStack(dataDir)).toBeNull();
    stack = await startStack({ dataDir, env, say });
  });

  async function query(sql: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: stack.env.DATABASE_URL as string });
    await client.connect();
    const { rows } = await client.query(sql);
    await client.end();
    return rows;
  }

  async function startWorkflow(workflowId: string): Promise<void> {
    await withTemporal((client) =>
      client.workflow.start('nobody-runs-it', { workflowId, taskQueue: 'none' }),
    );
  }

  async function withTemporal<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const connection = await Connection.connect({ address: stack.env.TEMPORAL_ADDRESS as string });
    try {
      return await work(new Client({ connection, namespace: stack.env.TEMPORAL_NAMESPACE as string }));
    } finally {
      await connection.close();
    }
  }

  async function putItem(): Promise<void> {
    const client = dynamodb(stack);
    await client.send(
      new CreateTableCommand({
        TableName: 'kept',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName: 'kept' });
    await client.send(new PutItemCommand({ TableName: 'kept', Item: { id: { S: 'seven' } } }));
    client.destroy();
  }

  async function expectKept(): Promise<void> {
    expect(await query('SELECT id FROM kept')).toEqual([{ id: 7 }]);
    const described = await withTemporal((client) => client.workflow.getHandle('kept').describe());
    expect(described.status.name).toBe('RUNNING');
    const client = dynamodb(stack);
    const found = await client.send(new GetItemCommand({ TableName: 'kept', Key: { id: { S: 'seven' } } }));
    client.destroy();
    expect(found.Item).toEqual({ id: { S: 'seven' } });
  }
});

describe('an owner that dies', () => {
  test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)('by %s takes its servers along', async (signal) => {
    const dataDir = await folder();
    const owner = await startOwner(dataDir, ['dynamodb', 'postgres']);
    const processes = await recorded(dataDir);
    expect(processes).toHaveLength(2);
    owner.kill(signal);
    await expect.poll(() => processes.filter(isRunning), { timeout: 10_000 }).toEqual([]);
    expect(await findStack(dataDir)).toBeNull();
  });

  test('leaves a folder in which the next start just works', async () => {
    const dataDir = await folder();
    const owner = await startOwner(dataDir, ['dynamodb', 'postgres']);
    owner.kill('SIGKILL');
    await new Promise((resolve) => owner.once('exit', resolve));
    await started({ dataDir, parts: ['dynamodb', 'postgres'] });
  });

  test('what it left is ended at the next start; a stranger with a number from its list is not', async () => {
    const dataDir = await folder();
    const [left, stranger] = [sleeper(), sleeper()];
    const owner = { pid: 999_999, born: 'long ago' };
    const processes = [
      { name: 'postgres', address: '127.0.0.1:1', ...left },
      { name: 'dynamodb', address: '127.0.0.1:2', pid: stranger.pid, born: 'long ago' },
    ];
    await writeFile(path.join(dataDir, 'stack.json'), JSON.stringify({ owner, processes, env: {} }));
    await started({ dataDir, parts: ['dynamodb'] });
    expect(isRunning(left)).toBe(false);
    expect(isRunning(stranger)).toBe(true);
    expect(said).toContain(`ended postgres (process ${left.pid}), left over from a stack that died`);
  });
});

describe('what stands in the way', () => {
  test('a full disk is called a full disk', async ({ skip }) => {
    const dataDir = await folder();
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', dataDir]);
    if (mounted.status !== 0) skip('this user cannot mount a small disk');
    onTestFinished(() => void spawnSync('umount', [dataDir]));
    const full = startStack({ dataDir, env, say, parts: ['postgres'] });
    await expect(full).rejects.toThrow(UsageError);
    await expect(full).rejects.toThrow(/The disk that holds .* is full: 4 MB are free/);
  });

  test('a folder that cannot be made is named, with what to do', async () => {
    const file = path.join(await folder(), 'file');
    await writeFile(file, '');
    const failure = await failureOf({ dataDir: path.join(file, 'data') });
    expect(failure.message).toContain(path.join(file, 'data'));
    expect(failure.hint).toMatch(/Choose a folder/);
  });

  test('a server that does not start is quoted from its log, and the others are stopped', async () => {
    const dataDir = await folder();
    await (await startStack({ dataDir, env, say, parts: ['postgres', 'dynamodb'] })).stop();
    await writeFile(path.join(dataDir, 'postgres', 'data', 'PG_VERSION'), '9\n');
    const failure = await failureOf({ dataDir, parts: ['postgres', 'dynamodb'] });
    expect(failure.message).toContain('postgres could not be started');
    expect(failure.message).toContain('database files are incompatible');
    expect(failure.message).toContain(path.join(dataDir, 'logs', 'postgres.log'));
    await started({ dataDir, parts: ['dynamodb'] });
  });

  test('a port that somebody took in the meantime is replaced by another', async () => {
    const dataDir = await folder();
    const first = await startStack({ dataDir, env, say, parts: ['dynamodb'] });
    await first.stop();
    const taken = Number(new URL(String(first.env.AWS_ENDPOINT_URL_DYNAMODB)).port);
    const squatter = createServer().listen(taken, '127.0.0.1');
    onTestFinished(() => void squatter.close());
    const second = await started({ dataDir, parts: ['dynamodb'] });
    expect(second.env.AWS_ENDPOINT_URL_DYNAMODB).not.toBe(first.env.AWS_ENDPOINT_URL_DYNAMODB);
  });

  test('a start that is called off leaves nothing behind', async () => {
    const dataDir = await folder();
    const callOff = new AbortController();
    const start = startStack({ dataDir, env, say, parts: ['postgres', 'dynamodb'], signal: callOff.signal });
    await sleep(150);
    callOff.abort(new Error('called off'));
    await expect(start).rejects.toThrow('called off');
    await started({ dataDir, parts: ['dynamodb'] });
  });

  test('no way to a Temporal server is told with everything that was tried', async () => {
    // A proxy that does not answer keeps the download from succeeding where there is a network.
    const HTTPS_PROXY = 'http://127.0.0.1:9';
    const nothing = { ...env, PATH: '/nowhere', XDG_CACHE_HOME: await folder(), HTTPS_PROXY };
    const owner = await ownerOf(await folder(), ['temporal'], nothing).output;
    expect(owner).toContain('`temporal` on the PATH: there is none');
    expect(owner).toContain('the download by the Temporal SDK');
    expect(owner).toContain('the Go toolchain: there is no `go` on the PATH');
    expect(owner).toContain('TEMPORAL_ADDRESS');
  });
});

test('a service given by its variable is used, and nothing is started for it', async () => {
  const given = {
    TEMPORAL_ADDRESS: 'temporal.example:7233',
    DATABASE_URL: 'postgresql://me:secret@db.example/mine',
    AWS_REGION: 'eu-west-1',
    AWS_PROFILE: 'work',
    OPENAI_API_KEY: 'sk-mine',
  };
  const dataDir = await folder();
  const stack = await started({ dataDir, env: { ...env, ...given } });
  expect(stack.env).toEqual(given);
  expect(stack.services.map(({ name, address, origin }) => `${origin} ${name} ${address}`)).toEqual([
    'given Temporal temporal.example:7233',
    'given PostgreSQL postgresql://me@db.example/mine',
    'given DynamoDB AWS eu-west-1',
    'given OpenAI https://api.openai.com/v1',
  ]);
  expect(await readFile(path.join(dataDir, 'stack.json'), 'utf8')).not.toMatch(/secret|sk-mine/);
});

async function folder(): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'stack-'));
  folders.push(made);
  return made;
}

async function started(options: {
  dataDir: string;
  parts?: Part[];
  env?: NodeJS.ProcessEnv;
}): Promise<Stack> {
  const stack = await startStack({ env, say, ...options });
  onTestFinished(() => stack.stop());
  return stack;
}

async function failureOf(options: { dataDir: string; parts?: Part[] }): Promise<UsageError> {
  const failure = await startStack({ env, say, ...options }).then(
    () => null,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(UsageError);
  return failure as UsageError;
}

function dynamodb(stack: Stack): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: String(stack.env.AWS_ENDPOINT_URL_DYNAMODB),
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
}

/** A process that starts a stack and then does nothing, as a program in its middle. */
function ownerOf(dataDir: string, parts: Part[], variables: NodeJS.ProcessEnv) {
  const module = new URL('../../src/stack/stack.ts', import.meta.url).href;
  const program = `
    const { startStack } = await import(${JSON.stringify(module)});
    const stack = await startStack({ dataDir: ${JSON.stringify(dataDir)}, parts: ${JSON.stringify(parts)}, say() {} })
      .catch((error) => { console.log(error.message, error.hint); process.exit(1); });
    console.log('started');
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', program], { env: variables });
  let text = '';
  const output = new Promise<string>((resolve) => {
    const keep = (chunk: Buffer) => {
      text += chunk;
      if (text.includes('started')) resolve(text);
    };
    owner.stdout.on('data', keep);
    owner.stderr.on('data', keep);
    owner.once('close', () => resolve(text));
  });
  return { owner, output };
}

async function startOwner(dataDir: string, parts: Part[]): Promise<ChildProcess> {
  const { owner, output } = ownerOf(dataDir, parts, env);
  onTestFinished(() => void owner.kill('SIGKILL'));
  expect(await output).toContain('started');
  return owner;
}

async function recorded(dataDir: string): Promise<ProcessIdentity[]> {
  const { processes } = JSON.parse(await readFile(path.join(dataDir, 'stack.json'), 'utf8')) as {
    processes: ProcessIdentity[];
  };
  return processes;
}

function sleeper(): ProcessIdentity {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return identify(child.pid as number) as ProcessIdentity;
}
