import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { misfit } from './config-misfit.ts';
import { configSchema } from './config-schema.ts';
import { parseAccount } from './domain/account.ts';
import { UsageError } from './domain/failure.ts';
import { type RateChanges, withoutNulls } from './domain/rate-change.ts';
import type { RunSettings } from './domain/settings.ts';
import type { Tuning } from './domain/tuning.ts';

/** What a config file says about runs that are started with it. */
export interface ConfigFile {
  path: string;
  /** Of its prices: when they were looked up. */
  pricesDate: string | undefined;
  /** To be applied to the defaults. */
  changes: Pick<Tuning, 'rates' | 'hours' | 'maxFailed'>;
  settings: Pick<RunSettings, 'prices' | 'health'>;
}

const IN_THE_FOLDER = 'backfill.yaml';

/**
 * Reads the file named by a flag, else by `BACKFILL_CONFIG`, else `backfill.yaml` of the current folder, if there is one.
 * Throws UsageError that names the file, the place in it, what was expected and what was found.
 */
export async function readConfigFile(
  byFlag: string | undefined,
  byVariable: string | undefined,
): Promise<ConfigFile | null> {
  const path = byFlag || byVariable || IN_THE_FOLDER;
  const named = byFlag ? '--config' : byVariable ? 'BACKFILL_CONFIG' : null;
  try {
    return parseConfig(path, await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (named === null && (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new UsageError(
      `${named ? `${named}: ` : ''}cannot read ${path}: ${(error as Error).message}`,
      named ? `correct ${named}` : `move ${path} away, or name another file with --config`,
      { cause: error },
    );
  }
}

/** YAML, or JSON. */
export function parseConfig(path: string, content: string): ConfigFile {
  const values = valuesOf(path, content) ?? {};
  const parsed = configSchema.safeParse(values);
  if (!parsed.success) throw new UsageError(`${path}: ${misfit(parsed.error, values)}`, HINT);
  const { rates, prices, health, hours, maxFailed } = parsed.data;
  return {
    path,
    pricesDate: prices?.date,
    changes: {
      ...(rates && { rates: ratesOf(rates) }),
      ...(hours !== undefined && { hours }),
      ...(maxFailed && { maxFailed: given(maxFailed) }),
    },
    settings: { prices: prices?.models ?? {}, health: withoutNulls(health ?? {}) },
  };
}

type FileRates = NonNullable<z.infer<typeof configSchema>['rates']>;

function ratesOf(rates: FileRates): RateChanges {
  return Object.fromEntries(
    Object.entries(given(rates)).map(([account, limits]) => [
      parseAccount(account) ?? account,
      limits &&
        given({
          perSecond: limits.requestsPerSecond,
          perMinute: limits.requestsPerMinute,
          perDay: limits.requestsPerDay,
          tokensPerMinute: limits.tokensPerMinute,
          tokensPerDay: limits.tokensPerDay,
        }),
    ]),
  );
}

/** What is null was given as none. */
function given<T>(record: Record<string, T | undefined>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(record).filter((entry): entry is [string, T] => entry[1] !== undefined),
  );
}

/** Throws UsageError. */
function valuesOf(path: string, content: string): unknown {
  const document = parseDocument(content);
  const [fault] = document.errors;
  if (fault) throw new UsageError(`${path} is no YAML: ${firstLine(fault.message)}`, HINT, { cause: fault });
  try {
    return document.toJS();
  } catch (error) {
    throw new UsageError(`${path} is no YAML: ${(error as Error).message}`, HINT, { cause: error });
  }
}

const HINT = 'docs/configuration.md describes the file, docs/backfill.example.yaml is one';

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').replace(/:$/, '');
}
