import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { writeWhole } from './data-folder.ts';

/**
 * Below the range from which systems take the ports of outgoing connections: one chosen there could be
 * gone at the next start.
 */
const USUAL: Range = { first: 20_000, last: 31_999 };

/** The program that runs OpenSearch takes none above 9299; `fetch` refuses some up to 6697 (6666 is one). */
const OF_THEIR_OWN: Record<string, Range> = { opensearch: { first: 6_700, last: 9_199 } };

/** Two stacks that this process starts side by side would else choose the same before either listens. */
const chosenHere = new Set<number>();

interface Range {
  first: number;
  last: number;
}

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
    const range = OF_THEIR_OWN[name] ?? USUAL;
    const last = remembered[name];
    const again = last !== undefined && last >= range.first && last <= range.last && (await isFree(last));
    chosen[name] = again ? last : await findFree(range, taken);
  }
  await writeWhole(file, JSON.stringify({ ...remembered, ...chosen }, null, 2));
  return chosen as Record<Name, number>;
}

async function findFree({ first, last }: Range, taken: ReadonlySet<number>): Promise<number> {
  for (;;) {
    const port = first + Math.floor(Math.random() * (last - first + 1));
    if (taken.has(port) || chosenHere.has(port)) continue;
    chosenHere.add(port);
    if (await isFree(port)) return port;
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
