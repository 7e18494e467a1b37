import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { ProcessIdentity } from './process-identity.ts';

/**
 * A small process that ends our servers when we are gone, however we went: it holds the other end of a
 * pipe that the system closes with us. So there are no signal handlers to forget, and `kill -9` leaves
 * nothing behind either.
 */
export interface Guard {
  watch(ward: ProcessIdentity): void;
  unwatch(ward: ProcessIdentity): void;
  /** Dismisses the guard; what it still watches is ended. */
  close(): Promise<void>;
}

export function startGuard(): Guard {
  const child = spawn(process.execPath, [fileURLToPath(new URL('guard-process.ts', import.meta.url))], {
    detached: true,
    cwd: '/',
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const wards = new Map<string, ProcessIdentity>();
  const ended = endOf(child);
  // Neither may keep us alive: our natural end is the guard's cue too.
  child.unref();
  (child.stdin as Socket).unref();
  child.stdin.on('error', () => {});
  const tell = () => child.stdin.write(`${JSON.stringify([...wards.values()])}\n`);

  return {
    watch(ward) {
      wards.set(keyOf(ward), ward);
      tell();
    },
    unwatch(ward) {
      wards.delete(keyOf(ward));
      tell();
    },
    async close() {
      child.ref();
      child.stdin.end();
      await ended;
    },
  };
}

function keyOf(ward: ProcessIdentity): string {
  return `${ward.pid} ${ward.born}`;
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
}
