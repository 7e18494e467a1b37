import { z } from 'zod';
import type { Provider } from '../domain/call.ts';
import { DEFAULT_RATES, type RunSettings } from '../domain/settings.ts';

const PROVIDERS = Object.keys(DEFAULT_RATES) as [Provider, ...Provider[]];

export const rateFlags = {
  rps: z
    .array(perProvider('requests per second', (given) => above0(Number(given))))
    .optional()
    .describe(`requests per second: --rps ${PROVIDERS[0]}=50; may be given once per provider`)
    .meta({ placeholder: 'provider=n', repeatable: true }),
  rpd: z
    .array(
      perProvider('requests per day, or none', (given) => (given === 'none' ? null : whole(Number(given)))),
    )
    .optional()
    .describe('requests per UTC day: --rpd openai=50000, or openai=none; may be given once per provider')
    .meta({ placeholder: 'provider=n', repeatable: true }),
};

type Given = z.infer<z.ZodObject<typeof rateFlags>>;

/** What is given, over the defaults. A day quota of none lifts the default one. */
export function ratesOf({ rps = [], rpd = [] }: Given): RunSettings['rates'] {
  const rates = { ...DEFAULT_RATES };
  for (const [provider, perSecond] of rps) rates[provider] = { ...rates[provider], perSecond };
  for (const [provider, perDay] of rpd) {
    const { perDay: _replaced, ...others } = rates[provider] ?? {};
    rates[provider] = { ...others, ...(perDay !== null && { perDay }) };
  }
  return rates;
}

/** `<provider>=<amount>`. `amount` returns undefined for what is none. */
function perProvider<Amount extends number | null>(
  what: string,
  amount: (given: string | undefined) => Amount | undefined,
) {
  return z.string().transform((given, context): readonly [Provider, Amount] => {
    const [provider, limit] = given.split('=');
    const found = amount(limit);
    if (PROVIDERS.includes(provider as Provider) && found !== undefined) return [provider as Provider, found];
    const message = `expected <provider>=<${what}>, provider one of: ${PROVIDERS.join(', ')}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

function above0(limit: number): number | undefined {
  return limit > 0 && Number.isFinite(limit) ? limit : undefined;
}

function whole(limit: number): number | undefined {
  return Number.isInteger(limit) ? above0(limit) : undefined;
}
