import { z } from 'zod';
import { localTimeZone } from '../config.ts';
import { LIMITED, parseFailureLimit, SHARE_EXPECTED } from '../domain/failure-window.ts';
import { HOURS_EXPECTED, parseHours } from '../domain/hours.ts';
import { nanodollars } from '../domain/money.ts';
import { BOUNDS } from '../domain/settings.ts';
import type { Tuning } from '../domain/tuning.ts';
import { wholeNumber } from './flags.ts';
import { rateFlags, ratesOf } from './rate-flags.ts';

const MOST_DOLLARS = 1_000_000;

const budget = z.string().transform((given, context) => {
  if (given === 'none') return null;
  const usd = given.trim() === '' ? Number.NaN : Number(given);
  if (usd > 0 && usd <= MOST_DOLLARS) return nanodollars(usd);
  const message =
    usd > MOST_DOLLARS
      ? 'expected an amount of a million dollars at most, or none'
      : 'expected an amount in dollars, above 0, or none';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const hours = z.string().transform((given, context) => {
  if (given === 'none') return null;
  const parsed = parseHours(given, localTimeZone());
  if (parsed) return parsed;
  context.addIssue({ code: 'custom', message: `expected ${HOURS_EXPECTED}` });
  return z.NEVER;
});

const maxFailed = z.array(
  z.string().transform((given, context) => {
    const parsed = parseFailureLimit(given);
    if (parsed) return parsed;
    const message = `expected ${SHARE_EXPECTED}, or <class>=<share>; classes: ${LIMITED.join(', ')}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }),
);

/** What may be said when a run is started, and changed while it is under way. */
export const tuningFlags = {
  budget: budget
    .optional()
    .describe('never spend more than this many dollars; the run pauses instead; none: no cap')
    .meta({ placeholder: 'usd' }),
  ...rateFlags,
  concurrency: wholeNumber(...BOUNDS.concurrency)
    .optional()
    .describe('items in work at the same time, per worker')
    .meta({ placeholder: 'items' }),
  window: wholeNumber(...BOUNDS.window)
    .optional()
    .describe('child workflows at work at the same time')
    .meta({ placeholder: 'children' }),
  hours: hours
    .optional()
    .describe('work only then, every day: 22-06, or 22:30-06@Europe/Vienna; none: always')
    .meta({ placeholder: 'from-to' }),
  maxFailed: maxFailed
    .optional()
    .describe(
      'pause when more of the latest items failed: 5%, or image-not-found=1%; again for other classes',
    )
    .meta({ placeholder: 'share', repeatable: true }),
};

/** Holds only what was given. */
export function tuningOf(flags: Partial<z.infer<z.ZodObject<typeof tuningFlags>>>): Tuning {
  const { budget, window, concurrency, hours, maxFailed = [] } = flags;
  const rates = ratesOf(flags);
  return {
    ...(budget !== undefined && { budget }),
    ...(window !== undefined && { window }),
    ...(concurrency !== undefined && { concurrency }),
    ...(hours !== undefined && { hours }),
    ...(Object.keys(rates).length > 0 && { rates }),
    ...(maxFailed.length > 0 && { maxFailed: Object.fromEntries(maxFailed) }),
  };
}
