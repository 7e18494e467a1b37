import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { writeWhole } from './data-folder.ts';

/**
 * Below the range from which systems take the ports of outgoing connections: one chosen there could be
 * gone at the next start.
 */
const FIRST = 20_000;
const LAST = 31_999;

/** A free port for each name, the same as last time where possible. Remembered in the data folder. */
export async function choosePorts<Name extends string>(
  dataDir: string,
  names: readonly Name[],
): Promise<Record<Name, number>> {
  const file = path.join(dataDir, 'ports.json');
  const remembered = await readPorts(file);
  const chosen: Record<string, number> = {};
  for (const name of names) {
    const taken = new Set(Object.values({ ...remembered, ...chosen }));
    const last = remembered[name];
    chosen[name] = last !== undefined && (await isFree(last)) ? last : await findFree(taken);
  }
  await writeWhole(file, JSON.stringify({ ...remembered, ...chosen }, null, 2));
  return chosen as Record<Name, number>;
}

async function findFree(taken: ReadonlySet<number>): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (!taken.has(port) && (await isFree(port))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

async function readPorts(file: string): Promise<Record<string, number>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, number>;
  } catch {
    return {};
  }
}
