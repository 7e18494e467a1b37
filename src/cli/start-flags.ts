import { z } from 'zod';
import type { StartRequest } from '../client.ts';
import { readConfig } from '../config.ts';
import { type ConfigFile, readConfigFile } from '../config-file.ts';
import type { JsonObject } from '../domain/json.ts';
import { BOUNDS, DEFAULT_SETTINGS } from '../domain/settings.ts';
import { applyTuning } from '../domain/tuning.ts';
import { oneOf, wholeNumber } from './flags.ts';
import { healthFlag, healthOf } from './health-flag.ts';
import { readIds } from './id-file.ts';
import { orderFlag, orderOf } from './order-flag.ts';
import { say } from './output.ts';
import { tuningFlags, tuningOf } from './tuning-flags.ts';
import { hookFlag, watchFlags } from './watch-flags.ts';

/** What every backfill's start takes, besides its own options. */
export const startFlags = z.object({
  dryRun: z.boolean().optional().describe('only show what would be done: no paid call, no run'),
  config: z
    .string()
    .min(1, 'expected a file')
    .optional()
    .describe('rates, prices and limits (default: BACKFILL_CONFIG, or backfill.yaml where it exists)')
    .meta({ placeholder: 'file' }),
  only: oneOf('missing', 'incomplete', 'improved', 'failed', 'all')
    .default('missing')
    .describe(
      'which items: never done; or done in part as well; or done when less was known; or failed in earlier runs; or all',
    )
    .meta({ placeholder: 'which' }),
  limit: wholeNumber(1).optional().describe('at most so many items').meta({ placeholder: 'items' }),
  ids: z
    .string()
    .optional()
    .describe('only the items in FILE, one id per line; - reads stdin')
    .meta({ placeholder: 'file' }),
  unit: z
    .string()
    .min(1, 'expected an id')
    .optional()
    .describe('only the items of this unit')
    .meta({ placeholder: 'id' }),
  order: orderFlag,
  canary: wholeNumber(1)
    .optional()
    .describe('begin with so many items, spread over units and kinds, and wait for approval')
    .meta({ placeholder: 'items' }),
  ...tuningFlags,
  concurrency: tuningFlags.concurrency.default(DEFAULT_SETTINGS.concurrency),
  window: tuningFlags.window.default(DEFAULT_SETTINGS.window),
  page: wholeNumber(...BOUNDS.page)
    .optional()
    .describe('items per page, at most (default: 500; listing-features: 1,000)')
    .meta({ placeholder: 'items' }),
  pack: wholeNumber(...BOUNDS.pack)
    .optional()
    .describe(
      'items per child in large runs, where small units share one (default: as a page); 1 turns that off',
    )
    .meta({ placeholder: 'items' }),
  health: healthFlag,
  onUnknown: oneOf('repay', 'hold')
    .default(DEFAULT_SETTINGS.onUnknown)
    .describe('a call whose outcome nobody knows: pay again and list it, or keep the item for a person')
    .meta({ placeholder: 'what' }),
  onFailure: oneOf('rollback', 'keep')
    .default(DEFAULT_SETTINGS.onFailure)
    .describe('what was written, when the run is cancelled or does not pass its verify')
    .meta({ placeholder: 'what' }),
  priority: wholeNumber(...BOUNDS.priority)
    .default(DEFAULT_SETTINGS.priority)
    .describe('among runs that share workers: 1 is served first, 5 last')
    .meta({ placeholder: 'level' }),
  detach: z.boolean().optional().describe('start, and do not watch'),
  before: hookFlag
    .describe('run this command before the run is started; where it fails, nothing is')
    .meta({ placeholder: 'command' }),
  ...watchFlags.shape,
});

export type StartFlags = z.infer<typeof startFlags>;

/** Reads the files that are named, and the config file that is there unnamed. */
export async function startRequest(
  backfill: string,
  flags: StartFlags,
  options: JsonObject,
): Promise<StartRequest> {
  const { only, unit, limit, ids } = flags;
  const order = orderOf(flags.order);
  return {
    backfill,
    options,
    selection: { only, ...(unit !== undefined && { unit }), ...(order && { order }) },
    ...(ids !== undefined && { ids: await readIds(ids) }),
    ...(limit !== undefined && { limit }),
    settings: settingsOf(flags, await configFile(flags.config)),
  };
}

/** Flags over the file, and the file over the defaults. */
function settingsOf(flags: StartFlags, file: ConfigFile | null): NonNullable<StartRequest['settings']> {
  const { page, pack, onUnknown, onFailure, priority, canary } = flags;
  const byFile = applyTuning({ ...DEFAULT_SETTINGS, ...file?.settings, options: {} }, file?.changes ?? {});
  const { options: _, health, ...tuned } = applyTuning(byFile, tuningOf(flags));
  return {
    ...tuned,
    health: healthOf(flags.health, health),
    ...(page !== undefined && { page }),
    ...(pack !== undefined && { pack }),
    onUnknown,
    onFailure,
    priority,
    canary: canary ?? null,
  };
}

/** One that no flag names could surprise: it is told. */
async function configFile(named: string | undefined): Promise<ConfigFile | null> {
  const file = await readConfigFile(named, readConfig().BACKFILL_CONFIG);
  if (file && !named) {
    const prices = file.pricesDate ? `, prices of ${file.pricesDate}` : '';
    say(`settings from ${file.path}${prices}; flags go over them`);
  }
  return file;
}
