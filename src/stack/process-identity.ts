import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process id alone may be a stranger's by now; with the time of birth it never is. */
export interface ProcessIdentity {
  pid: number;
  /** Boot and moment of the start, as the system tells it; only good for comparing. */
  born: string;
}

const GRACE_MS = 8_000;

/** Null when no such process lives (one that has ended and only waits to be reaped does not). */
export function identify(pid: number): ProcessIdentity | null {
  const born = process.platform === 'linux' ? bornOnLinux(pid) : bornByPs(pid);
  return born === null ? null : { pid, born };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.born === identity.born;
}

/**
 * Ends the process and what it started: SIGINT (on which PostgreSQL does not wait for its clients, as it
 * would on SIGTERM), SIGKILL after a grace. The process must lead a group of its own.
 */
export async function endProcess(identity: ProcessIdentity): Promise<void> {
  if (!isRunning(identity)) return;
  send(identity.pid, 'SIGINT');
  const deadline = Date.now() + GRACE_MS;
  while (isRunning(identity) && Date.now() < deadline) await sleep(20);
  send(-identity.pid, 'SIGKILL');
  while (isRunning(identity)) await sleep(20);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function bornOnLinux(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; state and start time are the 1st and 20th field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`;
  } catch {
    return null;
  }
}

function bornByPs(pid: number): string | null {
  const ps = spawnSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const [state, ...born] = (ps.stdout ?? '').trim().split(/\s+/);
  return !state || state.startsWith('Z') ? null : born.join(' ');
}
