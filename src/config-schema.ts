import { z } from 'zod';
import { localTimeZone } from './config.ts';
import { ACCOUNTS, parseAccount } from './domain/account.ts';
import { LIMITED, parseShare, SHARE_EXPECTED } from './domain/failure-window.ts';
import { HOURS_EXPECTED, parseHours } from './domain/hours.ts';
import type { CallPrice, ImageTokens, TokenPrice } from './domain/prices.ts';

const ABOVE_0 = 'a number above 0, or none';
const WHOLE = 'a whole number above 0, or none';

const rate = orNone(z.number(expected(ABOVE_0)).positive(expected(ABOVE_0)));
const wholeRate = orNone(z.int(expected(WHOLE)).positive(expected(WHOLE)));

const rates = z.record(
  z.string().refine((name) => parseAccount(name) !== null, expected(`one of ${ACCOUNTS}`)),
  orNone(
    section({
      requestsPerSecond: rate,
      requestsPerMinute: rate,
      requestsPerDay: wholeRate,
      tokensPerMinute: wholeRate,
      tokensPerDay: wholeRate,
    }),
  ),
  expected('accounts, each with its limits'),
);

const usd = atLeast0('an amount in US dollars').optional();

const image = section({
  tiles: section({ base: atLeast0('tokens'), perTile: atLeast0('tokens') }).optional(),
  patches: atLeast0('tokens of a patch of 32 pixels').optional(),
}).transform(({ tiles, patches }, context): ImageTokens => {
  if (tiles && patches === undefined) return { by: 'tiles', ...tiles };
  if (!tiles && patches !== undefined) return { by: 'patches', perPatch: patches };
  context.addIssue({ code: 'custom', message: 'expected either tiles or patches' });
  return z.NEVER;
});

const price = section({
  input: usd,
  cachedInput: usd,
  output: usd,
  image: image.optional(),
  perCall: usd,
}).transform(({ perCall, input, cachedInput, output, image }, context): TokenPrice | CallPrice => {
  const byToken = [input, cachedInput, output, image].some((one) => one !== undefined);
  if (perCall !== undefined && !byToken) return { perCall };
  // A price is never guessed too low: what is cached costs as much as what is not, unless the file knows better.
  if (perCall === undefined && input !== undefined && output !== undefined && image)
    return { input, cachedInput: cachedInput ?? input, output, image };
  context.addIssue({ code: 'custom', message: 'expected either perCall, or input, output and image' });
  return z.NEVER;
});

/** A model, or one operation of it: `openai/gpt-4o/find_gaps`. */
const PRICED = /^(?<account>(?:openai|rekognition)\/[^/]+)(?:\/(?<operation>\w+))?$/;

const prices = z
  .object(
    { date: z.iso.date(expected('a date, as 2026-11-21')).optional() },
    expected('models, each with its price'),
  )
  .catchall(price)
  .superRefine(({ date: _, ...models }, context) => {
    for (const [name, one] of Object.entries(models)) {
      const { account = '', operation } = PRICED.exec(name)?.groups ?? {};
      if (parseAccount(account) === null)
        context.addIssue({
          code: 'custom',
          path: [name],
          params: { name },
          message: 'expected a model with its provider, as openai/gpt-4o',
        });
      else if (operation && !('perCall' in one))
        context.addIssue({ code: 'custom', path: [name], message: 'expected perCall, as for any operation' });
    }
  })
  .transform(({ date, ...models }) => ({ date, models }));

const health = section({
  replicaLagSeconds: orNone(atLeast0('seconds, or none')),
  lockWaits: orNone(atLeast0('sessions that wait, or none')),
  opensearchQueue: orNone(atLeast0('tasks in a queue, or none')),
  dynamodbThrottles: orNone(atLeast0('throttled requests in a minute, or none')),
});

const hours = z.string(expected(HOURS_EXPECTED)).transform((given, context) => {
  const parsed = parseHours(given, localTimeZone());
  if (parsed) return parsed;
  context.addIssue({ code: 'custom', message: `expected ${HOURS_EXPECTED}` });
  return z.NEVER;
});

const share = z
  .union([z.number(), z.string().transform(parseShare)], expected(SHARE_EXPECTED))
  .refine((value) => value >= 0 && value <= 1, expected(SHARE_EXPECTED));

/** One share is for all failures together. */
const maxFailed = z.preprocess(
  (given) => (typeof given === 'object' ? given : { all: given }),
  z.record(
    z.string().refine((name) => LIMITED.includes(name), expected(`one of ${LIMITED.join(', ')}`)),
    orNone(share),
  ),
);

/** The whole file. A section without a line in it is as good as none; null and `none` take a limit away. */
export const configSchema = section({
  rates: rates.nullish(),
  prices: prices.nullish(),
  health: health.nullish(),
  hours: orNone(hours),
  maxFailed: maxFailed.nullish(),
});

/** `what` is told with the place in the file and with what was found there. */
function expected(what: string): { error: string } {
  return { error: `expected ${what}` };
}

function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, expected(`a section with ${Object.keys(shape).join(', ')}`));
}

function orNone<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((given) => (given === 'none' ? null : given), schema.nullable()).optional();
}

function atLeast0(what: string) {
  return z.number(expected(what)).nonnegative(expected(what));
}
