import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, runTool } from './child-process.ts';
import { writeWhole } from './data-folder.ts';
import type { Wanted } from './opensearch-wanted.ts';
import { reportEvery } from './progress.ts';
import type { Surroundings } from './server.ts';

const IMAGE = 'opensearchproject/opensearch:3.8.0';

export async function opensearchByDocker(surroundings: Surroundings, wanted: Wanted): Promise<Command> {
  const { env } = surroundings;
  await docker(surroundings, ['info']);
  await docker(surroundings, ['image', 'inspect', IMAGE]).catch(() => pull(surroundings));
  return { ...containerCommand(wanted, await volumeOf(wanted.folder)), cwd: wanted.folder, env };
}

/**
 * In the foreground, so that it ends with its process. A container that outlived its stack, because Docker's
 * client was killed, would hold name, port and data: each start removes it.
 */
export function containerCommand(
  { cluster, port }: Wanted,
  volume: string,
): { file: string; args: string[] } {
  const settings = {
    'discovery.type': 'single-node',
    'cluster.name': cluster,
    'cluster.routing.allocation.disk.threshold_enabled': 'false',
    DISABLE_SECURITY_PLUGIN: 'true',
    DISABLE_INSTALL_DEMO_CONFIG: 'true',
    OPENSEARCH_JAVA_OPTS: '-Xms512m -Xmx512m',
  };
  const run = [
    ...['run', '--rm', '--init', '--name', cluster, '--publish', `127.0.0.1:${port}:9200`],
    ...['--volume', `${volume}:/usr/share/opensearch/data`],
    ...Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    IMAGE,
  ];
  return { file: 'sh', args: ['-c', REMOVE_THEN_RUN, cluster, ...run] };
}

const REMOVE_THEN_RUN = 'docker rm --force "$0" >/dev/null 2>&1; exec docker "$@"';

/**
 * The container's user could not write a folder of ours, so the data is in a volume. Its name is in the data
 * folder: whoever removes the folder starts anew.
 */
async function volumeOf(folder: string): Promise<string> {
  const file = path.join(folder, 'docker-volume');
  if (!existsSync(file)) await writeWhole(file, `backfill-opensearch-${randomBytes(6).toString('hex')}`);
  return await readFile(file, 'utf8');
}

async function pull(surroundings: Surroundings): Promise<void> {
  const progress = reportEvery(5_000, surroundings.say, () => `getting the image ${IMAGE}`);
  try {
    await docker(surroundings, ['pull', '--quiet', IMAGE]);
  } finally {
    progress.end();
  }
}

async function docker({ env, guard, signal }: Surroundings, args: string[]): Promise<void> {
  try {
    await runTool({ file: 'docker', args, env }, { guard, signal });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const said = code === 'ENOENT' ? 'there is no `docker` on the PATH' : message.split('\n').at(-1);
    throw new Error(`Docker: ${said}`, { cause: error });
  }
}
