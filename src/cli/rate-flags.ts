import { z } from 'zod';
import { ACCOUNTS, parseAccount } from '../domain/account.ts';
import type { RateChange, RateChanges } from '../domain/rate-change.ts';
import type { RateLimit } from '../domain/settings.ts';

/** Each may be given once per account; none takes the limit away. */
export const rateFlags = {
  rps: rateFlag('requests per second', 'rekognition=50', above0),
  rpm: rateFlag('requests per minute', 'openai/gpt-4o=500', above0),
  rpd: rateFlag('requests per UTC day', 'openai=50000', whole),
  tpm: rateFlag('tokens per minute, input and output limit', 'openai/gpt-4o=800000', whole),
  tpd: rateFlag('tokens per UTC day, input and output limit', 'openai=90000000', whole),
};

const LIMITS = {
  rps: 'perSecond',
  rpm: 'perMinute',
  rpd: 'perDay',
  tpm: 'tokensPerMinute',
  tpd: 'tokensPerDay',
} as const satisfies Record<keyof typeof rateFlags, keyof RateLimit>;

type Given = z.infer<z.ZodObject<typeof rateFlags>>;

/** Empty where no rate is given. */
export function ratesOf(given: Given): RateChanges {
  const rates: Record<string, RateChange> = {};
  for (const [flag, limit] of Object.entries(LIMITS) as [keyof typeof LIMITS, keyof RateLimit][]) {
    for (const [account, amount] of given[flag] ?? [])
      rates[account] = { ...rates[account], [limit]: amount };
  }
  return rates;
}

/** `amount` returns undefined for what is none. */
function rateFlag(what: string, example: string, amount: (given: string) => number | undefined) {
  const message = `expected <account>=<${what}>, or <account>=none; accounts: ${ACCOUNTS}`;
  return z
    .array(
      z.string().transform((given, context): readonly [account: string, amount: number | null] => {
        const [account, limit] = accountAndAmount(given, amount);
        if (account !== null && limit !== undefined) return [account, limit];
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }),
    )
    .optional()
    .describe(`${what}: ${example}; again for other accounts; none: no limit`)
    .meta({ placeholder: 'account=n', repeatable: true });
}

function accountAndAmount(given: string, amount: (given: string) => number | undefined) {
  const split = given.indexOf('=');
  if (split < 0) return [null, undefined] as const;
  const limit = given.slice(split + 1).trim();
  return [parseAccount(given.slice(0, split).trim()), limit === 'none' ? null : amount(limit)] as const;
}

function above0(given: string): number | undefined {
  const limit = Number(given);
  return limit > 0 && Number.isFinite(limit) ? limit : undefined;
}

function whole(given: string): number | undefined {
  return Number.isSafeInteger(Number(given)) ? above0(given) : undefined;
}
