import { describe, expect, test } from 'vitest';
import { parseAccount } from '../../src/domain/account.ts';
import { DEFAULT_SETTINGS, type RunSettings } from '../../src/domain/settings.ts';
import { applyTuning, describeTuning, type Tuning, tuningProblem } from '../../src/domain/tuning.ts';

const before: RunSettings = { ...DEFAULT_SETTINGS, options: { steps: ['angle'] } };
const hours = { from: 22 * 60, to: 6 * 60, timeZone: 'Europe/Vienna' };

describe('an account names what has limits of its own', () => {
  test.for([
    'openai',
    'rekognition',
    'openai/gpt-4o-2024-08-06',
    'openai/ft:gpt-4o:acme::x1',
    'rekognition/DetectLabels',
    'host',
    'host/images.example.com',
    'host/localhost:8080',
  ])('%s', (name) => {
    expect(parseAccount(name)).toBe(name);
  });

  test('host names are the same in any case of letters', () => {
    expect(parseAccount('host/Images.Example.COM')).toBe('host/images.example.com');
  });

  test.for([
    '',
    'azure',
    'OpenAI',
    'openai/',
    'openai/a/b',
    'openai/a b',
    'host/',
    'host/a..b',
    'host/https://a.b',
    'images.example.com',
  ])("'%s' is none", (name) => {
    expect(parseAccount(name)).toBeNull();
  });
});

describe('a tuning that cannot be is refused with the reason', () => {
  test.for<[unknown, string]>([
    [{}, 'nothing is to be changed'],
    [{ window: undefined, rates: {} }, 'nothing is to be changed'],
    [{ window: 0 }, 'window must be a whole number from 1 to 500, and is 0'],
    [{ window: 2.5 }, 'window must be a whole number from 1 to 500, and is 2.5'],
    [{ window: null }, 'window must have a value'],
    [{ concurrency: 1001 }, 'concurrency must be a whole number from 1 to 1000, and is 1001'],
    [{ budget: 0 }, 'the budget must be an amount above 0'],
    [{ budget: 0.5 }, 'the budget must be an amount above 0'],
    [{ budget: Number.NaN }, 'the budget must be an amount above 0'],
    [{ rates: { opnai: { perSecond: 1 } } }, "'opnai' has no rates"],
    [{ rates: { 'host/UPPER': { perSecond: 1 } } }, "'host/UPPER' has no rates"],
    [
      { rates: { openai: { perSecond: 0 } } },
      'requests per second of openai must be a number above 0, and is 0',
    ],
    [{ rates: { openai: { tokensPerDay: Number.POSITIVE_INFINITY } } }, 'tokens per day of openai'],
    [{ rates: { openai: { rps: 5 } } }, "a rate of openai is not called 'rps'"],
    [{ hours: { ...hours, timeZone: 'Vienna' } }, "'Vienna' is no time zone"],
    [{ hours: { ...hours, to: hours.from } }, 'have no length'],
    [{ maxFailed: { typo: 0.1 } }, "'typo' is no failure class"],
    [{ maxFailed: { all: 5 } }, 'between 0 and 1, and is 5'],
    [{ window: 5, page: 10 }, 'page cannot be changed while a run is under way'],
    [{ options: { model: 'o3' } }, 'options cannot be changed'],
  ])('%j', ([tuning, reason]) => {
    expect(tuningProblem(tuning as Tuning)).toContain(reason);
  });

  test.for<Tuning>([
    { window: 1 },
    { concurrency: 1_000 },
    { budget: 1 },
    { budget: null },
    { hours },
    { hours: null },
    { rates: { 'openai/gpt-4o': { perMinute: 500, perDay: null }, host: null } },
    { maxFailed: { all: null, 'image-not-found': 0 } },
  ])('%j is none of those', (tuning) => {
    expect(tuningProblem(tuning)).toBeNull();
  });
});

describe('a tuning changes what it names, and nothing else', () => {
  test('one limit of an account', () => {
    const tuned = applyTuning(before, { rates: { openai: { perSecond: 20 } } });
    expect(tuned.rates).toEqual({ rekognition: { perSecond: 5 }, openai: { perSecond: 20, perDay: 10_000 } });
    expect({ ...tuned, rates: before.rates }).toEqual(before);
  });

  test('null takes a limit away, and all limits of an account', () => {
    expect(applyTuning(before, { rates: { openai: { perDay: null }, rekognition: null } }).rates).toEqual({
      openai: {},
      rekognition: {},
    });
    const limited = { ...before, maxFailed: { all: 0.05, unexpected: 0.01 }, hours, budget: 5 };
    expect(applyTuning(limited, { maxFailed: { all: null }, hours: null, budget: null })).toMatchObject({
      maxFailed: { unexpected: 0.01 },
      hours: null,
      budget: null,
    });
  });

  test('a host of its own stays without a limit, where all others have one', () => {
    const tuned = applyTuning(before, { rates: { host: { perSecond: 5 }, 'host/fast.example': null } });
    expect(tuned.rates).toMatchObject({ host: { perSecond: 5 }, 'host/fast.example': {} });
  });

  test('what is no setting to be tuned stays, even when it is given', () => {
    expect(applyTuning(before, { maxHistory: 1, window: undefined } as unknown as Tuning)).toEqual(before);
  });
});

describe('a tuning is told in words', () => {
  test('each change with what was and what is', () => {
    const tuning: Tuning = {
      budget: 20_000_000_000,
      window: 5,
      hours,
      rates: { openai: { perDay: null, tokensPerMinute: 800_000 }, rekognition: { perSecond: 50 } },
      maxFailed: { all: 0.05, 'image-not-found': 0.005 },
    };
    expect(describeTuning({ ...before, budget: 10_000_000_000 }, tuning)).toEqual([
      'window 10 → 5',
      'budget $10.00 → $20.00',
      'rekognition requests per second 5 → 50',
      'openai requests per day 10000 → none',
      'hours none → 22:00-06:00 Europe/Vienna',
      'openai tokens per minute none → 800000',
      'failures allowed (all) none → 5 %',
      'failures allowed (image-not-found) none → 0.5 %',
    ]);
  });

  test('what stays as it was is not told', () => {
    expect(describeTuning(before, { window: 10, budget: null, rates: { openai: {} } })).toEqual([]);
  });

  test('amounts that differ by less than a cent are told apart', () => {
    const settings = { ...before, budget: 400_000_000 };
    expect(describeTuning(settings, { budget: 399_000_000 })).toEqual(['budget $0.40 → $0.399']);
    expect(describeTuning(settings, { budget: 400_000_001 })).toEqual(['budget $0.40 → $0.400000001']);
  });
});
