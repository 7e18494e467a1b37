import { readFile } from 'node:fs/promises';

export interface MemorySeries {
  /** Means of each tenth of the time, in megabytes. */
  tenths: number[];
  peakMb: number;
  /** Megabytes per minute, by least squares over the second half: before, a heap grows to its usual size. */
  slopeMbPerMinute: number;
}

/** Looks at the resident memory of a process once a second until it is asked for the series. Linux only. */
export function watchMemory(pid: number): { end(): MemorySeries } {
  const samples: number[] = [];
  const look = async () => {
    const megabytes = await residentMb(pid);
    if (megabytes > 0) samples.push(megabytes);
  };
  const timer = setInterval(look, 1_000);
  return {
    end() {
      clearInterval(timer);
      return seriesOf(samples);
    },
  };
}

/** Now; 0 where there is no such process. */
export async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}

function seriesOf(samples: readonly number[]): MemorySeries {
  const tenth = (n: number) => samples.slice((n * samples.length) / 10, ((n + 1) * samples.length) / 10);
  return {
    tenths: Array.from({ length: 10 }, (_, n) => Math.round(mean(tenth(n)))),
    peakMb: Math.round(Math.max(0, ...samples)),
    slopeMbPerMinute: Number((60 * slope(samples.slice(samples.length / 2))).toFixed(1)),
  };
}

/** By least squares, per sample. */
function slope(values: readonly number[]): number {
  const [x, y] = [(values.length - 1) / 2, mean(values)];
  const moved = values.reduce((sum, value, n) => sum + (n - x) * (value - y), 0);
  const spread = values.reduce((sum, _, n) => sum + (n - x) ** 2, 0);
  return spread > 0 ? moved / spread : 0;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
