import {
  type HealthLimits,
  type HealthSign,
  judge,
  limitedSigns,
  type Reading,
} from '../../domain/health.ts';

/** Reads one sign, or rejects with the reason why it cannot be read. */
export type Probe = (signal: AbortSignal) => Promise<number>;

export type Probes = Record<HealthSign, Probe>;

export const TIMEOUT_MS = 2_000;

/** One look at what has a limit, and at nothing else. Takes two seconds at most, and never rejects. */
export async function look(probes: Probes, limits: HealthLimits): Promise<string[]> {
  const readings = await Promise.all(
    limitedSigns(limits).map(async (sign) => [sign, await readInTime(probes[sign])] as const),
  );
  return judge(limits, Object.fromEntries(readings));
}

async function readInTime(probe: Probe): Promise<Reading> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), TIMEOUT_MS);
  const tooLate = new Promise<Reading>((resolve) => {
    const notReadable = `no answer within ${TIMEOUT_MS / 1_000} s`;
    late.signal.addEventListener('abort', () => resolve({ notReadable }));
  });
  const reading = probe(late.signal).catch((error: unknown) => ({ notReadable: reasonOf(error) }));
  try {
    return await Promise.race([reading, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** A host with two addresses, neither of which answers, fails with an error that has a code and no message. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : error.name;
  return error.message || code;
}
