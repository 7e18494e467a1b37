import type { Allowance, Reply } from '../domain/call.ts';

/** What a reply's `x-ratelimit-…` headers say is left, where they say it. */
export function allowances(headers: Pick<Headers, 'get'>): Pick<Reply, 'left'> {
  const requests = allowance(headers, 'requests');
  const tokens = allowance(headers, 'tokens');
  return requests || tokens ? { left: { ...(requests && { requests }), ...(tokens && { tokens }) } } : {};
}

function allowance(headers: Pick<Headers, 'get'>, what: 'requests' | 'tokens'): Allowance | undefined {
  const said = headers.get(`x-ratelimit-remaining-${what}`)?.trim();
  const remaining = said ? Number(said) : Number.NaN;
  const resetMs = durationMs(headers.get(`x-ratelimit-reset-${what}`));
  return Number.isFinite(remaining) && resetMs !== undefined ? { remaining, resetMs } : undefined;
}

/** `1s`, `6m0s`, `20ms`, `1h2m3.5s`; undefined for anything else. */
export function durationMs(text: string | null | undefined): number | undefined {
  const parts = [...(text ?? '').trim().matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text?.trim()) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit as Unit] ?? 0), 0);
}

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
type Unit = keyof typeof UNITS;
