import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseConfig, readConfigFile } from '../../src/config-file.ts';
import { DEFAULT_SETTINGS } from '../../src/domain/settings.ts';
import { applyTuning } from '../../src/domain/tuning.ts';

describe('the config file', () => {
  test('limits rates by account: what it names goes over the defaults, none lifts them', () => {
    const { changes } = parsed(`
      rates:
        openai: { requestsPerSecond: 20 }
        openai/gpt-4o: { requestsPerMinute: 5000, requestsPerDay: none, tokensPerMinute: 800000, tokensPerDay: 9000000 }
        rekognition: none
        host/Images.Example.com: { requestsPerSecond: 0.5 }
        host: null`);
    expect(applyTuning({ ...DEFAULT_SETTINGS, options: {} }, changes).rates).toEqual({
      openai: { perSecond: 20, perDay: 10_000 },
      'openai/gpt-4o': { perMinute: 5_000, tokensPerMinute: 800_000, tokensPerDay: 9_000_000 },
      rekognition: {},
      'host/images.example.com': { perSecond: 0.5 },
      host: {},
    });
  });

  test('prices one operation of a model by call', () => {
    const { settings } = parsed('prices: { openai/gpt-4o-mini/organise_image: { perCall: 0.0001 } }');
    expect(settings.prices).toEqual({ 'openai/gpt-4o-mini/organise_image': { perCall: 0.0001 } });
  });

  test('prices models: by token, or by call, with the date of the table', () => {
    const { settings, pricesDate } = parsed(`
      prices:
        date: 2026-06-01
        openai/a: { input: 2.5, cachedInput: 1.25, output: 10, image: { tiles: { base: 85, perTile: 170 } } }
        openai/b: { input: 0, output: 0, image: { patches: 1.62 } }
        rekognition/DetectLabels: { perCall: 0.0008 }`);
    expect(pricesDate).toBe('2026-06-01');
    expect(settings.prices).toEqual({
      'openai/a': {
        input: 2.5,
        cachedInput: 1.25,
        output: 10,
        image: { by: 'tiles', base: 85, perTile: 170 },
      },
      'openai/b': { input: 0, cachedInput: 0, output: 0, image: { by: 'patches', perPatch: 1.62 } },
      'rekognition/DetectLabels': { perCall: 0.0008 },
    });
  });

  test('says what input costs from the cache, where the file does not: as much as other input', () => {
    const { settings } = parsed('prices: { openai/b: { input: 2, output: 3, image: { patches: 1 } } }');
    expect(settings.prices['openai/b']).toMatchObject({ cachedInput: 2 });
  });

  test('limits the load of stores', () => {
    const { settings } = parsed(
      'health: { replicaLagSeconds: 10, lockWaits: 0, opensearchQueue: none, dynamodbThrottles: 3 }',
    );
    expect(settings.health).toEqual({ replicaLagSeconds: 10, lockWaits: 0, dynamodbThrottles: 3 });
  });

  test.for([
    ['hours: 22-06@Asia/Tokyo', { hours: { from: 1320, to: 360, timeZone: 'Asia/Tokyo' } }],
    ['hours: none', { hours: null }],
    ['hours:', { hours: null }],
    ['maxFailed: 5%', { maxFailed: { all: 0.05 } }],
    ['maxFailed: 0.05', { maxFailed: { all: 0.05 } }],
    ['maxFailed: none', { maxFailed: { all: null } }],
    ['maxFailed: { all: 5%, image-not-found: none }', { maxFailed: { all: 0.05, 'image-not-found': null } }],
    ['maxFailed:', {}],
    ['', {}],
    ['# nothing but this', {}],
    ['rates:\nprices:\nhealth:', {}],
    ['{"hours": "9-17@UTC"}', { hours: { from: 540, to: 1020, timeZone: 'UTC' } }],
  ] as const)('%s', ([content, changes]) => {
    expect(parsed(content)).toMatchObject({ changes, settings: { prices: {}, health: {} } });
    expect(parsed(content).changes).toEqual(changes);
  });
});

describe('a fault in the file is told with its place, what was expected and what was found', () => {
  const ACCOUNTS = 'openai, rekognition, one of their models (openai/gpt-4o), host, host/<name>';
  const TILES = 'prices: { openai/a: { input: 1, output: 1, image: ';
  test.for([
    ['rate: {}', "my.yaml: expected a section with rates, prices, health, hours, maxFailed, got 'rate'"],
    [
      'just words',
      "my.yaml: expected a section with rates, prices, health, hours, maxFailed, got 'just words'",
    ],
    ['- 1', 'my.yaml: expected a section with rates, prices, health, hours, maxFailed, got [1]'],
    ['rates: 5', 'my.yaml: rates: expected accounts, each with its limits, got 5'],
    ['rates: { azure: { requestsPerDay: 1 } }', `my.yaml: rates: expected one of ${ACCOUNTS}, got 'azure'`],
    [
      'rates: { openai: { rps: 5 } }',
      'my.yaml: rates.openai: expected a section with requestsPerSecond, requestsPerMinute, requestsPerDay, ' +
        "tokensPerMinute, tokensPerDay, got 'rps'",
    ],
    [
      'rates: { openai: { requestsPerSecond: many } }',
      "my.yaml: rates.openai.requestsPerSecond: expected a number above 0, or none, got 'many'",
    ],
    [
      'rates: { openai: { requestsPerMinute: 0 } }',
      'my.yaml: rates.openai.requestsPerMinute: expected a number above 0, or none, got 0',
    ],
    [
      'rates: { openai: { tokensPerDay: 1.5 } }',
      'my.yaml: rates.openai.tokensPerDay: expected a whole number above 0, or none, got 1.5',
    ],
    [
      'prices: { gpt-4o: { perCall: 1 } }',
      "my.yaml: prices: expected a model with its provider, as openai/gpt-4o, got 'gpt-4o'",
    ],
    [
      'prices: { host/a: { perCall: 1 } }',
      "prices: expected a model with its provider, as openai/gpt-4o, got 'host/a'",
    ],
    [
      'prices: { openai/a/b/c: { perCall: 1 } }',
      "prices: expected a model with its provider, as openai/gpt-4o, got 'openai/a/b/c'",
    ],
    [
      'prices: { openai/a/b: { input: 1, output: 1, image: { patches: 1 } } }',
      'prices.openai/a/b: expected perCall, as for any operation, got',
    ],
    ['prices: { date: June }', "my.yaml: prices.date: expected a date, as 2026-11-21, got 'June'"],
    [
      'prices: { openai/a: { perCall: -1 } }',
      'prices.openai/a.perCall: expected an amount in US dollars, got -1',
    ],
    [
      'prices: { openai/a: { input: 1 } }',
      'my.yaml: prices.openai/a: expected either perCall, or input, output and image, got {"input":1}',
    ],
    ['prices: { openai/a: { perCall: 1, input: 1 } }', 'expected either perCall, or input, output and image'],
    [
      `${TILES}{ tiles: { base: 85 } } } }`,
      'prices.openai/a.image.tiles.perTile: expected tokens, got nothing',
    ],
    [`${TILES}{} } }`, 'prices.openai/a.image: expected either tiles or patches, got {}'],
    [`${TILES}{ tiles: { base: 1, perTile: 1 }, patches: 1 } } }`, 'image: expected either tiles or patches'],
    [
      'health: { cpu: 5 }',
      "my.yaml: health: expected a section with replicaLagSeconds, lockWaits, opensearchQueue, dynamodbThrottles, got 'cpu'",
    ],
    [
      'health: { lockWaits: some }',
      "my.yaml: health.lockWaits: expected sessions that wait, or none, got 'some'",
    ],
    [
      'hours: 22',
      'my.yaml: hours: expected hours as 22-06, with a time zone as 22:30-06@Europe/Vienna, or none, got 22',
    ],
    ['hours: 22-06@Vienna', "or none, got '22-06@Vienna'"],
    ['maxFailed: 5', 'my.yaml: maxFailed: expected a share as 5% or 0.05, or none, got 5'],
    [
      'maxFailed: { all: much }',
      "my.yaml: maxFailed.all: expected a share as 5% or 0.05, or none, got 'much'",
    ],
    ['maxFailed: { typo: 5% }', 'my.yaml: maxFailed: expected one of all, image-not-found, '],
    ['hours: 9-17\nhours: 9-18', 'my.yaml is no YAML: Map keys must be unique at line 2, column 1'],
    ['rates: {', 'my.yaml is no YAML: '],
    ['a: *nowhere', 'my.yaml is no YAML: '],
  ] as const)('%s', ([content, told]) => {
    expect(() => parsed(content)).toThrow(told);
    expect(() => parsed(content)).toThrow(
      expect.objectContaining({ name: 'UsageError', hint: expect.any(String) }),
    );
  });
});

describe('which file is read', () => {
  let folder: string;
  const before = process.cwd();

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'config-file-'));
    process.chdir(folder);
  });
  afterEach(async () => {
    process.chdir(before);
    await rm(folder, { recursive: true });
  });

  test('the one of the flag, else the one of the variable', async () => {
    const [byFlag, byVariable] = ['flag.yaml', 'variable.yaml'].map((name) => path.join(folder, name)) as [
      string,
      string,
    ];
    await writeFile(byFlag, 'hours: 1-2@UTC');
    await writeFile(byVariable, 'hours: 3-4@UTC');
    expect(await readConfigFile(byFlag, byVariable)).toMatchObject({
      path: byFlag,
      changes: { hours: { from: 60 } },
    });
    expect(await readConfigFile(undefined, byVariable)).toMatchObject({ path: byVariable });
  });

  test('one that is named must be there', async () => {
    const missing = path.join(folder, 'nowhere.yaml');
    await expect(readConfigFile(missing, undefined)).rejects.toThrow(
      `--config: cannot read ${missing}: ENOENT`,
    );
    await expect(readConfigFile(undefined, missing)).rejects.toThrow(
      `BACKFILL_CONFIG: cannot read ${missing}: ENOENT`,
    );
    await expect(readConfigFile(folder, undefined)).rejects.toThrow('--config: cannot read');
  });

  test('without these, backfill.yaml of the current folder, if it is there', async () => {
    expect(await readConfigFile(undefined, undefined)).toBeNull();
    await writeFile('backfill.yaml', 'hours: 5-6@UTC');
    expect(await readConfigFile(undefined, '')).toMatchObject({
      path: 'backfill.yaml',
      changes: { hours: { from: 300 } },
    });
  });

  test('one in the current folder that does not fit is told, not passed over', async () => {
    await writeFile('backfill.yaml', 'hour: 5-6');
    await expect(readConfigFile(undefined, undefined)).rejects.toThrow(
      'backfill.yaml: expected a section with',
    );
  });
});

test('the example in the documentation is one', async () => {
  const { settings, changes, pricesDate } = parsed(await readFile(EXAMPLE, 'utf8'));
  expect(pricesDate).toBe('2026-06-01');
  expect(Object.keys(settings.prices)).toHaveLength(3);
  expect(Object.keys(settings.health)).toHaveLength(4);
  expect(changes).toMatchObject({
    hours: { from: 1320, to: 360, timeZone: 'Europe/Vienna' },
    maxFailed: { all: 0.05, 'image-not-found': 0.01 },
    rates: { openai: { perDay: null }, host: { perSecond: 20 } },
  });
});

const EXAMPLE = path.resolve(import.meta.dirname, '../../docs/backfill.example.yaml');

function parsed(content: string) {
  return parseConfig('my.yaml', content);
}
