import { hash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync } from 'node:fs';

/** sha-256, in hex; null where there is no file. */
export function hashOf(file: string): string | null {
  try {
    return hash('sha256', readFileSync(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Its contents outlast a loss of power. */
export function syncFile(file: string): void {
  const descriptor = openSync(file, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** So do its names; where folders cannot be synced (on Windows), the system sees to it. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
