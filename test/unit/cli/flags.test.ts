import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { options } from '../../../src/backfills/vehicle-images/options.ts';
import { addFlags, readFlags, wholeNumber } from '../../../src/cli/flags.ts';
import { startFlags, startRequest } from '../../../src/cli/start-flags.ts';
import { tuningFlags, tuningOf } from '../../../src/cli/tuning-flags.ts';
import { DEFAULT_SETTINGS } from '../../../src/domain/settings.ts';
import type { Tuning } from '../../../src/domain/tuning.ts';

describe('flags of a backfill come from its options', () => {
  test('a boolean is a switch, an array a comma list, camelCase is kebab-case', () => {
    expect(parsed(options, ['--sensitive-local', '--steps', 'angle,documents'])).toEqual({
      steps: ['angle', 'documents'],
      sensitiveLocal: true,
      model: 'gpt-4o',
    });
  });

  test('what is left out has its default', () => {
    expect(parsed(options, [])).toEqual({
      steps: ['angle', 'documents', 'appraise'],
      sensitiveLocal: false,
      model: 'gpt-4o',
    });
  });

  test('what is on by default can be switched off', () => {
    const schema = z.object({ wait: z.boolean().default(true).describe('do not wait') });
    expect(parsed(schema, [])).toEqual({ wait: true });
    expect(parsed(schema, ['--no-wait'])).toEqual({ wait: false });
  });

  test('the help shows each flag with its description', () => {
    const help = addFlags(new Command('x'), options).helpInformation();
    expect(help).toContain('--sensitive-local');
    expect(help).toMatch(/--model <text>.*OpenAI model/);
  });
});

const OR_NONE =
  ', or <account>=none; accounts: openai, rekognition, one of their models (openai/gpt-4o), host, host/<name>';

describe('a wrong flag is told by its name, with what was expected and what was got', () => {
  test.for([
    [['--limit', 'ten'], "--limit: expected a whole number (1 or more), got 'ten'"],
    [['--limit', '0'], "--limit: expected a whole number (1 or more), got '0'"],
    [['--limit', '1.5'], "--limit: expected a whole number (1 or more), got '1.5'"],
    [['--limit', ''], "--limit: expected a whole number (1 or more), got ''"],
    [['--window', '501'], "--window: expected a whole number from 1 to 500, got '501'"],
    [['--budget', '-3'], "--budget: expected an amount in dollars, above 0, or none, got '-3'"],
    [['--only', 'some'], "--only: expected one of: missing, incomplete, improved, failed, all, got 'some'"],
    [['--on-unknown', 'x'], "--on-unknown: expected one of: repay, hold, got 'x'"],
    [['--budget', '1000001'], '--budget: expected an amount of a million dollars at most, or none'],
    [['--budget', ''], "--budget: expected an amount in dollars, above 0, or none, got ''"],
    [
      ['--rps', 'rekognition'],
      `--rps: expected <account>=<requests per second>${OR_NONE}, got 'rekognition'`,
    ],
    [['--rps', 'openai=5', '--rps', 'azure=5'], "got 'azure=5'"],
    [['--rps', 'azure=5', '--rps', 'openai=5'], "got 'azure=5'"],
    [['--rpm', 'openai=-1'], `--rpm: expected <account>=<requests per minute>${OR_NONE}, got 'openai=-1'`],
    [['--rpd', 'openai=0'], `--rpd: expected <account>=<requests per UTC day>${OR_NONE}, got 'openai=0'`],
    [['--rpd', 'openai='], "got 'openai='"],
    [['--rpd', 'openai=many'], "got 'openai=many'"],
    [['--rpd', 'openai=1.5'], "got 'openai=1.5'"],
    [['--tpm', 'openai/=5'], '--tpm: expected <account>=<tokens per minute, input and output limit>'],
    [['--tpd', 'host/a b=5'], '--tpd: expected <account>=<tokens per UTC day, input and output limit>'],
    [
      ['--hours', '22'],
      "--hours: expected hours as 22-06, with a time zone as 22:30-06@Europe/Vienna, or none, got '22'",
    ],
    [['--hours', '22-06@Vienna'], "got '22-06@Vienna'"],
    [
      ['--max-failed', '5'],
      '--max-failed: expected a share as 5% or 0.05, or none, or <class>=<share>; classes: all, ',
    ],
    [['--max-failed', '5%', '--max-failed', 'typo=1%'], "got 'typo=1%'"],
    [['--canary', '0'], "--canary: expected a whole number (1 or more), got '0'"],
    [['--on-failure', 'undo'], "--on-failure: expected one of: rollback, keep, got 'undo'"],
    [['--priority', '0'], "--priority: expected a whole number from 1 to 5, got '0'"],
    [['--priority', '6'], "--priority: expected a whole number from 1 to 5, got '6'"],
    [['--order', ''], "--order: expected <column>, <column>:desc, units=<column> or items=<column>, got ''"],
    [['--order', 'created_at:down'], "got 'created_at:down'"],
    [['--order', 'rows=created_at'], "got 'rows=created_at'"],
    [
      ['--health', 'cpu=5'],
      '--health: expected <sign>=<number>, or <sign>=none; signs: ' +
        "replica-lag, lock-waits, opensearch-queue, dynamodb-throttles, got 'cpu=5'",
    ],
    [['--health', 'replica-lag'], "got 'replica-lag'"],
    [['--health', 'replica-lag=-1'], "got 'replica-lag=-1'"],
    [['--config', ''], "--config: expected a file, got ''"],
  ] as const)('%s', ([argv, message]) => {
    expect(() => parsed(startFlags, [...argv])).toThrow(message);
  });

  test('steps that do not exist are named', () => {
    expect(() => parsed(options, ['--steps', 'angel'])).toThrow(/--steps: .*angle.*got 'angel'/);
  });

  test('an upper bound is told with the lower one', () => {
    expect(() => wholeNumber(1, 9).parse(10)).toThrow('expected a whole number from 1 to 9');
  });
});

describe('what a start asks for', () => {
  test('rates merge over the defaults, one flag per provider', async () => {
    const flags = parsed(startFlags, ['--rps', 'rekognition=50', '--rps', 'openai=0.5']);
    const { settings } = await startRequest('vehicle-images', flags, {});
    expect(settings?.rates).toEqual({
      rekognition: { perSecond: 50 },
      openai: { perSecond: 0.5, perDay: 10_000 },
    });
  });

  test('day quotas merge over the defaults and the rates, one flag per provider', async () => {
    const argv = ['--rpd', 'openai=50000', '--rps', 'openai=20', '--rpd', 'rekognition=1000'];
    const { settings } = await startRequest('vehicle-images', parsed(startFlags, argv), {});
    expect(settings?.rates).toEqual({
      rekognition: { perSecond: 5, perDay: 1_000 },
      openai: { perSecond: 20, perDay: 50_000 },
    });
  });

  test('a day quota of none is no quota', async () => {
    const flags = parsed(startFlags, ['--rpd', 'openai=none']);
    const { settings } = await startRequest('vehicle-images', flags, {});
    expect(settings?.rates).toEqual({ rekognition: { perSecond: 5 }, openai: {} });
  });

  test('without --rps and --rpd the limits of the providers hold', async () => {
    const { settings } = await startRequest('vehicle-images', parsed(startFlags, []), {});
    expect(settings?.rates).toEqual({ rekognition: { perSecond: 5 }, openai: { perDay: 10_000 } });
  });

  test('a model and image hosts have rates of their own, by second, minute and day', async () => {
    const argv = [
      '--rpm',
      'openai/gpt-4o=500',
      '--tpm',
      'openai/gpt-4o=800000',
      '--tpd',
      'openai/gpt-4o=9000000',
    ];
    const settings = await settingsOf([...argv, '--rps', 'host=5', '--rps', 'host/Fast.example=none']);
    expect(settings.rates).toEqual({
      ...DEFAULT_SETTINGS.rates,
      'openai/gpt-4o': { perMinute: 500, tokensPerMinute: 800_000, tokensPerDay: 9_000_000 },
      host: { perSecond: 5 },
      'host/fast.example': {},
    });
  });

  test('of two amounts for the same account the later one counts', async () => {
    const { rates } = await settingsOf(['--rps', 'openai=5', '--rps', 'openai=6']);
    expect(rates?.openai?.perSecond).toBe(6);
  });

  test('a budget is kept to the nanodollar, and no budget is no cap', async () => {
    expect((await settingsOf(['--budget', '0.021'])).budget).toBe(21_000_000);
    expect((await settingsOf(['--budget', 'none'])).budget).toBeNull();
    expect((await settingsOf([])).budget).toBeNull();
  });

  test('without a flag the defaults hold', async () => {
    const { options: _, ...defaults } = { ...DEFAULT_SETTINGS, options: {} };
    expect(await settingsOf([])).toEqual(defaults);
  });

  test('hours are those of the one who starts, or of the time zone that is named', async () => {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    expect((await settingsOf(['--hours', '22-06'])).hours).toEqual({ from: 1320, to: 360, timeZone });
    const { hours } = await settingsOf(['--hours', '22:30-6:15@Asia/Tokyo']);
    expect(hours).toEqual({ from: 1350, to: 375, timeZone: 'Asia/Tokyo' });
  });

  test('failures are limited in all, and by class', async () => {
    const { maxFailed } = await settingsOf(['--max-failed', '5%', '--max-failed', 'image-not-found=0.01']);
    expect(maxFailed).toEqual({ all: 0.05, 'image-not-found': 0.01 });
  });

  test('stores have limits of their load', async () => {
    const { health } = await settingsOf(['--health', 'replica-lag=10', '--health', 'dynamodb-throttles=0']);
    expect(health).toEqual({ replicaLagSeconds: 10, dynamodbThrottles: 0 });
  });

  test('a canary, a priority, and what becomes of a failed run', async () => {
    const settings = await settingsOf(['--canary', '50', '--priority', '1', '--on-failure', 'rollback']);
    expect(settings).toMatchObject({ canary: 50, priority: 1, onFailure: 'rollback' });
  });

  test.for([
    [[], undefined],
    [['created_at:desc'], { units: 'created_at:desc', items: 'created_at:desc' }],
    [['created_at:asc'], { units: 'created_at', items: 'created_at' }],
    [['units=created_at:desc'], { units: 'created_at:desc' }],
    [['items=file_name', 'units=year'], { items: 'file_name', units: 'year' }],
    [['created_at', 'items=file_name'], { units: 'created_at', items: 'file_name' }],
  ] as const)('--order %s orders units and items', async ([given, order]) => {
    const flags = parsed(
      startFlags,
      given.flatMap((one) => ['--order', one]),
    );
    expect((await startRequest('vehicle-images', flags, {})).selection.order).toEqual(order);
  });

  test('a file of ids that is not there is refused by its name', async () => {
    const flags = parsed(startFlags, ['--ids', '/nowhere/ids.txt']);
    await expect(startRequest('vehicle-images', flags, {})).rejects.toThrow(
      '--ids: cannot read /nowhere/ids.txt',
    );
  });
});

describe('flags and config file', () => {
  let file: string;

  beforeEach(async () => {
    file = path.join(await mkdtemp(path.join(tmpdir(), 'flags-')), 'my.yaml');
    await writeFile(
      file,
      `
rates: { openai: { requestsPerSecond: 9, requestsPerDay: none }, rekognition: { requestsPerSecond: 50 } }
prices: { openai/new: { perCall: 0.5 } }
health: { replicaLagSeconds: 10, lockWaits: 5 }
hours: 1-2@UTC
maxFailed: { all: 5%, unexpected: 1% }`,
    );
  });
  afterEach(() => rm(path.dirname(file), { recursive: true }));

  test('the file goes over the defaults', async () => {
    expect(await settingsOf(['--config', file])).toEqual({
      ...(await settingsOf([])),
      rates: { openai: { perSecond: 9 }, rekognition: { perSecond: 50 } },
      prices: { 'openai/new': { perCall: 0.5 } },
      health: { replicaLagSeconds: 10, lockWaits: 5 },
      hours: { from: 60, to: 120, timeZone: 'UTC' },
      maxFailed: { all: 0.05, unexpected: 0.01 },
    });
  });

  test('flags go over the file, limit by limit', async () => {
    const argv = [
      '--rps',
      'openai=1',
      '--hours',
      'none',
      '--max-failed',
      'all=none',
      '--health',
      'lock-waits=none',
    ];
    expect(await settingsOf(['--config', file, ...argv])).toMatchObject({
      rates: { openai: { perSecond: 1 }, rekognition: { perSecond: 50 } },
      hours: null,
    });
    const { maxFailed, health } = await settingsOf(['--config', file, ...argv]);
    expect(maxFailed).toEqual({ unexpected: 0.01 });
    expect(health).toEqual({ replicaLagSeconds: 10 });
  });
});

describe('what a tuning changes is what its flags name', () => {
  const schema = z.object(tuningFlags);
  test.for<[string[], Tuning]>([
    [[], {}],
    [['--budget', '20'], { budget: 20_000_000_000 }],
    [['--budget', 'none'], { budget: null }],
    [['--window', '5', '--concurrency', '8'], { window: 5, concurrency: 8 }],
    [['--rps', 'openai=5', '--tpm', 'openai=9'], { rates: { openai: { perSecond: 5, tokensPerMinute: 9 } } }],
    [['--rpd', 'openai=none'], { rates: { openai: { perDay: null } } }],
    [['--hours', '9-17@UTC'], { hours: { from: 540, to: 1020, timeZone: 'UTC' } }],
    [['--hours', 'none'], { hours: null }],
    [
      ['--max-failed', '1%', '--max-failed', 'unexpected=none'],
      { maxFailed: { all: 0.01, unexpected: null } },
    ],
    [['--max-failed', 'all=none'], { maxFailed: { all: null } }],
  ])('%j', ([argv, tuning]) => {
    expect(tuningOf(parsed(schema, argv))).toEqual(tuning);
  });
});

async function settingsOf(argv: string[]) {
  const { settings } = await startRequest('vehicle-images', parsed(startFlags, argv), {});
  return settings ?? {};
}

function parsed<Schema extends z.ZodObject>(schema: Schema, argv: string[]): z.infer<Schema> {
  const command = addFlags(new Command('x').exitOverride(), schema);
  command.parse(argv, { from: 'user' });
  return readFlags(command, schema);
}
