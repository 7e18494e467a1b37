import { ACCOUNTS, parseAccount } from './account.ts';
import type { RateLimit, Rates } from './settings.ts';

/** What is absent stays; null takes a limit away. */
export type RateChange = Partial<Record<keyof RateLimit, number | null>>;

/** By account; null takes all its limits away. */
export type RateChanges = Record<string, RateChange | null>;

const LIMITS: Record<keyof RateLimit, string> = {
  perSecond: 'requests per second',
  perMinute: 'requests per minute',
  perDay: 'requests per day',
  tokensPerMinute: 'tokens per minute',
  tokensPerDay: 'tokens per day',
};

export function changeRates(before: Rates, changes: RateChanges): Rates {
  const changed = Object.entries(changes).map(([account, change]) => {
    // The account stays, without a limit: an image host that is not listed has the one of `host`.
    return [account, change === null ? {} : withoutNulls({ ...before[account], ...change })] as const;
  });
  return { ...before, ...Object.fromEntries(changed) };
}

/** Why these are no changes; null when they are. They may come from any program. */
export function rateProblem(changes: RateChanges): string | null {
  for (const [account, change] of Object.entries(changes)) {
    if (parseAccount(account) !== account) return `'${account}' has no rates; what has: ${ACCOUNTS}`;
    for (const [name, amount] of Object.entries(change ?? {})) {
      if (!Object.hasOwn(LIMITS, name)) return `a rate of ${account} is not called '${name}'`;
      if (amount !== null && !(Number.isFinite(amount) && amount > 0))
        return `${LIMITS[name as keyof RateLimit]} of ${account} must be a number above 0, and is ${amount}`;
    }
  }
  return null;
}

/** `openai requests per day` and its limit, one for each. */
export function rateWords(rates: Rates): [name: string, limit: string][] {
  return Object.entries(rates).flatMap(([account, limits]) =>
    Object.entries(limits).map(([name, limit]): [string, string] => [
      `${account} ${LIMITS[name as keyof RateLimit]}`,
      String(limit),
    ]),
  );
}

export function withoutNulls<T>(record: Record<string, T | null | undefined>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter((entry): entry is [string, T] => entry[1] != null));
}
