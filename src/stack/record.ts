import { readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { writeWhole } from './data-folder.ts';
import { endProcess, identify, isRunning, type ProcessIdentity } from './process-identity.ts';

/** `stack.json` in the data folder: who runs here, for whoever comes by. */
export interface StackRecord {
  owner: ProcessIdentity;
  processes: ({ name: string; address: string } & ProcessIdentity)[];
  /** Null until everything answers. */
  env: Record<string, string> | null;
}

export async function readRecord(dataDir: string): Promise<StackRecord | null> {
  try {
    return JSON.parse(await readFile(recordFile(dataDir), 'utf8')) as StackRecord;
  } catch {
    return null;
  }
}

/**
 * Writes the record of this process, as often as its servers change, one after the other. What is told as
 * `env` stays until something else is told.
 */
export function recorder(
  dataDir: string,
  running: ReadonlyMap<string, StackRecord['processes'][number]>,
): { write(env?: Record<string, string>): Promise<void> } {
  const owner = identify(process.pid) ?? { pid: process.pid, born: 'unknown' };
  let told: Record<string, string> | null = null;
  let written: Promise<void> = Promise.resolve();
  const write = async () => {
    const processes = [...running.values()].map(({ name, address, pid, born }) => ({
      name,
      address,
      pid,
      born,
    }));
    const record: StackRecord = { owner, processes, env: told };
    await writeWhole(recordFile(dataDir), JSON.stringify(record, null, 2));
  };
  return {
    write(env) {
      told = env ?? told;
      written = written.catch(() => {}).then(write);
      return written;
    },
  };
}

export async function removeRecord(dataDir: string): Promise<void> {
  await rm(recordFile(dataDir), { force: true });
}

/** Ends what a stack that died left behind. Only for who holds the folder's lock. */
export async function endStale(dataDir: string): Promise<string[]> {
  const record = await readRecord(dataDir);
  const stale = record?.processes.filter(isRunning) ?? [];
  await Promise.all(stale.map(endProcess));
  await removeRecord(dataDir);
  return stale.map(({ name, pid }) => `${name} (process ${pid})`);
}

/**
 * The variables of a stack that another process keeps running over the same data folder, or null. What a
 * dead one left is recognised by its owner and by a port that does not answer.
 */
export async function findStack(dataDir: string): Promise<Record<string, string> | null> {
  const record = await readRecord(path.resolve(dataDir));
  if (!record?.env || !isRunning(record.owner)) return null;
  const answers = await Promise.all(record.processes.map(({ address }) => accepts(address)));
  return answers.every(Boolean) ? record.env : null;
}

function accepts(address: string): Promise<boolean> {
  const { hostname, port } = new URL(address.includes('://') ? address : `tcp://${address}`);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: 2_000 });
    const tell = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', tell(true)).once('error', tell(false)).once('timeout', tell(false));
  });
}

function recordFile(dataDir: string): string {
  return path.join(dataDir, 'stack.json');
}
