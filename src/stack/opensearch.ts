import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UsageError } from '../domain/failure.ts';
import type { Command } from './child-process.ts';
import { opensearchByDocker } from './opensearch-docker.ts';
import { opensearchByJava } from './opensearch-java.ts';
import type { Wanted } from './opensearch-wanted.ts';
import type { Server, Surroundings } from './server.ts';

export const OPENSEARCH_PORTS = ['opensearch', 'opensearch-transport'];

/**
 * OpenSearch on Java with jars from Maven Central, or in a Docker container. Throws UsageError that tells what
 * each way said where neither works.
 */
export async function opensearchServer(
  surroundings: Surroundings,
  ports: Record<string, number>,
): Promise<Server> {
  const folder = path.join(surroundings.dataDir, 'opensearch');
  await mkdir(folder, { recursive: true });
  const wanted: Wanted = {
    folder,
    cluster: `backfill-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`,
    port: ports.opensearch as number,
    transportPort: ports['opensearch-transport'] as number,
  };
  const url = `http://127.0.0.1:${wanted.port}`;
  return {
    name: 'opensearch',
    address: url,
    env: { OPENSEARCH_URL: url },
    command: await firstThatWorks(surroundings, wanted),
    ready: () => reachable(url, wanted.cluster),
    askVersion: () => opensearchVersion(url),
  };
}

async function firstThatWorks(surroundings: Surroundings, wanted: Wanted): Promise<Command> {
  const attempts: string[] = [];
  for (const way of [opensearchByJava, opensearchByDocker]) {
    try {
      return await way(surroundings, wanted);
    } catch (error) {
      surroundings.signal.throwIfAborted();
      attempts.push((error as Error).message);
    }
  }
  throw new UsageError(
    `No OpenSearch could be had. What was tried:\n${attempts.map((one) => `  - ${one}`).join('\n')}`,
    'Install Java 17 or newer and Maven (packages openjdk-17-jre-headless and maven on Debian and Ubuntu), or ' +
      'Docker, or set OPENSEARCH_URL to a server of yours.',
  );
}

const health = z.object({ cluster_name: z.string(), status: z.enum(['green', 'yellow', 'red']) });

async function reachable(url: string, cluster: string): Promise<void> {
  const { cluster_name, status } = health.parse(await ask(url, '_cluster/health'));
  if (cluster_name !== cluster) throw new Error(`${url} belongs to another cluster, ${cluster_name}`);
  // Until each index has found its data on disk.
  if (status === 'red') throw new Error(`${url} says that its data is not there yet`);
}

const greeting = z.object({ version: z.object({ number: z.string() }) });

/** The address may hold a user and a password. */
export async function opensearchVersion(url: string): Promise<string> {
  return greeting.parse(await ask(url, '')).version.number;
}

async function ask(address: string, path: string): Promise<unknown> {
  const { username, password, origin, pathname } = new URL(address);
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const response = await fetch(`${origin}${pathname.replace(/\/?$/, '/')}${path}`, {
    headers: username ? { authorization: `Basic ${Buffer.from(user).toString('base64')}` } : {},
    signal: AbortSignal.timeout(5_000),
  });
  if (response.ok) return await response.json();
  await response.body?.cancel();
  throw new Error(`${origin} answered HTTP ${response.status}`);
}
