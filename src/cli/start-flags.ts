import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { StartRequest } from '../client.ts';
import { UsageError } from '../domain/failure.ts';
import type { JsonObject } from '../domain/json.ts';
import { DEFAULT_SETTINGS } from '../domain/settings.ts';
import { applyTuning } from '../domain/tuning.ts';
import { oneOf, wholeNumber } from './flags.ts';
import { tuningFlags, tuningOf } from './tuning-flags.ts';

/** What every backfill's start takes, besides its own options. */
export const startFlags = z.object({
  dryRun: z.boolean().optional().describe('only show what would be done: no paid call, no run'),
  only: oneOf('missing', 'incomplete', 'failed', 'all')
    .default('missing')
    .describe('which items: never done; or done in part as well; or failed in earlier runs; or all')
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
  ...tuningFlags,
  concurrency: tuningFlags.concurrency.default(DEFAULT_SETTINGS.concurrency),
  window: tuningFlags.window.default(DEFAULT_SETTINGS.window),
  page: wholeNumber(1, 5_000)
    .default(DEFAULT_SETTINGS.page)
    .describe('items per page, at most')
    .meta({ placeholder: 'items' }),
  pack: wholeNumber(1, 100_000)
    .default(DEFAULT_SETTINGS.pack)
    .describe('items per child in large runs, where small units share one; 1 turns that off')
    .meta({ placeholder: 'items' }),
  onUnknown: oneOf('repay', 'hold')
    .default('repay')
    .describe('a call whose outcome nobody knows: pay again and list it, or keep the item for a person')
    .meta({ placeholder: 'what' }),
  detach: z.boolean().optional().describe('start, and do not watch'),
});

export type StartFlags = z.infer<typeof startFlags>;

/** Reads the file of ids where one is named. */
export async function startRequest(
  backfill: string,
  flags: StartFlags,
  options: JsonObject,
): Promise<StartRequest> {
  const { only, unit, limit, ids } = flags;
  return {
    backfill,
    options,
    selection: { only, ...(unit !== undefined && { unit }) },
    ...(ids !== undefined && { ids: await readIds(ids) }),
    ...(limit !== undefined && { limit }),
    settings: settingsOf(flags),
  };
}

function settingsOf(flags: StartFlags): NonNullable<StartRequest['settings']> {
  const { page, pack, onUnknown } = flags;
  const { options: _, ...tuned } = applyTuning({ ...DEFAULT_SETTINGS, options: {} }, tuningOf(flags));
  return { ...tuned, page, pack, onUnknown };
}

async function readIds(file: string): Promise<string[]> {
  const ids = (await contentOf(file))
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  if (ids.length > 0) return [...new Set(ids)];
  throw new UsageError(`--ids: ${file === '-' ? 'stdin' : file} holds no id`, 'write one id per line');
}

async function contentOf(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--ids: cannot read ${file}: ${(error as Error).message}`, 'name a readable file', {
      cause: error,
    });
  }
}
