import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../domain/failure.ts';
import { openDataFolder } from './data-folder.ts';
import { tryLock } from './lock.ts';
import { endStale, readRecord } from './record.ts';

/** Makes the folder ours and clears away what a dead stack left running. Returns how to release it. */
export async function claimFolder(dataDir: string, say: (line: string) => void): Promise<() => void> {
  await openDataFolder(dataDir);
  await mkdir(path.join(dataDir, 'logs'), { recursive: true });
  const release = tryLock(path.join(dataDir, 'stack.lock'));
  if (!release) throw await alreadyRunning(dataDir);
  try {
    for (const one of await endStale(dataDir)) say(`ended ${one}, left over from a stack that died`);
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

async function alreadyRunning(dataDir: string): Promise<UsageError> {
  const record = await readRecord(dataDir);
  if (!record?.env) {
    return new UsageError(
      `${record ? `Process ${record.owner.pid}` : 'Another process'} is starting or stopping servers over ${dataDir}.`,
      'Try again in a few seconds.',
    );
  }
  return new UsageError(
    `Process ${record.owner.pid} already runs a stack over ${dataDir}.`,
    'Use that one (every command given the same data folder finds it), or stop it first with Ctrl-C.',
  );
}
