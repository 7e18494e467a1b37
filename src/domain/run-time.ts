import { type Hours, hoursAt } from './hours.ts';
import type { RateLimit, Rates } from './settings.ts';

/** What a run will ask of one account (`provider/model`). */
export interface Load {
  account: string;
  calls: number;
  /** Input, and the answer, as far as it counts against limits. */
  tokens: number;
}

export interface RunTime {
  /** From `now` on; null where no limit concerns the run: then only machines and providers decide. */
  ms: number | null;
  /** Whose limit takes the longest. */
  slowest: string | null;
}

/** How long the rates let a run take: that of the account that takes longest. A provider's limit is for all of its models. */
export function runTime(loads: readonly Load[], rates: Rates, hours: Hours | null, now: number): RunTime {
  let longest: RunTime = { ms: null, slowest: null };
  for (const [account, limit] of Object.entries(rates)) {
    const load = together(loads.filter((one) => `${one.account}/`.startsWith(`${account}/`)));
    const ms = load.calls > 0 ? timeAt(limit, load, hours, now) : null;
    if (ms !== null && ms > (longest.ms ?? -1)) longest = { ms: Math.round(ms), slowest: account };
  }
  return longest;
}

function together(loads: readonly Load[]): { calls: number; tokens: number } {
  const sum = (of: 'calls' | 'tokens') => loads.reduce((all, one) => all + one[of], 0);
  return { calls: sum('calls'), tokens: sum('tokens') };
}

const DAY_MS = 86_400_000;

function timeAt(
  limit: RateLimit,
  { calls, tokens }: { calls: number; tokens: number },
  hours: Hours | null,
  now: number,
): number | null {
  const { perSecond, perMinute, perDay, tokensPerMinute, tokensPerDay } = limit;
  if (Object.values(limit).every((value) => value === undefined)) return null;
  const work = Math.max(
    over(calls, perSecond) * 1_000,
    over(calls, perMinute) * 60_000,
    over(tokens, tokensPerMinute) * 60_000,
  );
  const days = Math.max(over(calls, perDay), over(tokens, tokensPerDay));
  const throughout = hours ? withinHours(hours, now, work) : work;
  if (days <= 1) return throughout;
  // Today's quota, one for each full day after it, and the rest of the work on the last day.
  const full = Math.ceil(days) - 1;
  const lastDay = DAY_MS - (now % DAY_MS) + (full - 1) * DAY_MS;
  const rest = work * (1 - full / days);
  return Math.max(throughout, lastDay + (hours ? withinHours(hours, now + lastDay, rest) : rest));
}

function over(amount: number, limit: number | undefined): number {
  return limit === undefined ? 0 : amount / limit;
}

/** Until so much work is done in the open hours alone. */
function withinHours(hours: Hours, from: number, work: number): number {
  let at = from;
  for (let left = work; left > 0; ) {
    const { open, until } = hoursAt(hours, at);
    const done = open ? Math.min(left, until - at) : 0;
    left -= done;
    at = left > 0 ? until : at + done;
  }
  return at - from;
}
