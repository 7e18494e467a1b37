import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** CPU seconds of a process and everything below it, the ended ones included. Linux only. */
export function cpuSeconds(pid: number): number {
  const own = statOf(pid);
  const below = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => statOf(other)?.parent === pid);
  return (own?.seconds ?? 0) + below.reduce((sum, child) => sum + cpuSeconds(child), 0);
}

function statOf(pid: number): { parent: number; seconds: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; what follows it is regular.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent, user, system, childUser, childSystem] = [1, 11, 12, 13, 14].map((i) => fields[i] ?? 0);
    return {
      parent: parent ?? 0,
      seconds: ((user ?? 0) + (system ?? 0) + (childUser ?? 0) + (childSystem ?? 0)) / TICKS_PER_SECOND,
    };
  } catch {
    return null;
  }
}
