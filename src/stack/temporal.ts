import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, plainEnv } from './child-process.ts';
import type { Server, Surroundings } from './server.ts';
import { type TemporalPrograms, temporalPrograms } from './temporal-binaries.ts';
import { DYNAMIC_CONFIG, dynamicConfigFile, serverConfigFile, uiConfigFile } from './temporal-config.ts';
import { temporalReady, temporalVersion } from './temporal-ready.ts';

/** Temporal with its Web UI: one process where the Temporal CLI is at hand, else two. */
export async function temporalServers(
  surroundings: Surroundings,
  ports: Record<string, number>,
): Promise<Server[]> {
  const namespace = surroundings.env.TEMPORAL_NAMESPACE ?? 'default';
  const address = `127.0.0.1:${ports.temporal}`;
  const ui = `http://127.0.0.1:${ports['temporal-ui']}`;
  const folder = path.join(surroundings.dataDir, 'temporal');
  await mkdir(folder, { recursive: true });
  const programs = await temporalPrograms(surroundings);
  const frontend = {
    name: 'temporal',
    address,
    env: { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, TEMPORAL_UI_URL: ui },
    ready: () => temporalReady(address, namespace),
    askVersion: () => temporalVersion(address),
  };
  const where = { folder, ui, ports, namespace, env: surroundings.env };
  if (programs.kind === 'cli') return [{ ...frontend, command: cli(programs.cli, where) }];
  return await separately(programs, frontend, where);
}

interface Where {
  folder: string;
  ui: string;
  namespace: string;
  ports: Record<string, number>;
  env: NodeJS.ProcessEnv;
}

function cli(file: string, { folder, namespace, ports, env }: Where): Command {
  const args = [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(ports.temporal)],
    ...['--ui-port', String(ports['temporal-ui']), '--namespace', namespace],
    ...['--db-filename', 'temporal-cli.db', '--log-level', 'warn'],
    ...Object.entries(DYNAMIC_CONFIG).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${JSON.stringify(value)}`,
    ]),
  ];
  return { file, args, cwd: folder, env: plainEnv(env) };
}

async function separately(
  programs: Extract<TemporalPrograms, { kind: 'server' }>,
  frontend: Omit<Server, 'command'>,
  where: Where,
): Promise<Server[]> {
  const { folder, ui, ports, namespace, env } = where;
  await writeFile(path.join(folder, 'server.yaml'), serverConfigFile(ports));
  await writeFile(path.join(folder, 'dynamic-config.yaml'), dynamicConfigFile());
  await mkdir(path.join(folder, 'ui'), { recursive: true });
  await writeFile(path.join(folder, 'ui', 'stack.yaml'), uiConfigFile(ports));
  const inFolder = { cwd: folder, env: plainEnv(env) };
  return [
    {
      ...frontend,
      command: {
        file: programs.server,
        args: ['--config-file', 'server.yaml', '--allow-no-auth', 'start'],
        ...inFolder,
      },
    },
    {
      name: 'temporal-ui',
      address: ui,
      env: {},
      command: { file: programs.ui, args: ['--config', 'ui', '--env', 'stack', 'start'], ...inFolder },
      ready: () => askUi(`${ui}/api/v1/namespaces/${encodeURIComponent(namespace)}`),
    },
  ];
}

/** Answers only when it reaches the server behind it. */
async function askUi(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}
