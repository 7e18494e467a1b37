import { describe, expect, test } from 'vitest';
import { expects } from '../../../src/backfills/vehicle-images/expects.ts';
import { options } from '../../../src/backfills/vehicle-images/options.ts';
import { estimateJson } from '../../../src/cli/estimate-json.ts';
import { estimateTable } from '../../../src/cli/estimate-table.ts';
import { nanodollars } from '../../../src/domain/money.ts';
import { DEFAULT_SETTINGS } from '../../../src/domain/settings.ts';
import { reckon } from '../../../src/reckon.ts';

/** The seed's: reads and updates are paid, analyses are not bought again. */
const side = {
  costs: [
    { what: 'cache reads', amount: 39_700, each: nanodollars(0.000_000_25) },
    { what: 'index updates', amount: 1_588, each: nanodollars(0.0001) },
  ],
  spared: [{ what: 'image analyses', amount: 39_700, each: nanodollars(0.0002) }],
};
const outlook = {
  items: 1_588,
  units: 1_588,
  skipped: {},
  selection: { only: 'missing' as const, watermark: '' },
  additions: [],
};

describe('an estimate of a backfill that asks nothing', () => {
  const estimate = reckon({
    backfill: 'listing-features',
    outlook,
    calls: [],
    settings: DEFAULT_SETTINGS,
    side,
    units: [],
    looked: [],
    known: false,
  });
  const table = estimateTable(estimate);

  test('tells what each read and update costs, their sum, and what is spared', () => {
    expect(table).toMatch(/^ +items +1,588 in 1,588 units$/m);
    expect(table).toMatch(/^ +model calls +\$0\.00, none$/m);
    expect(table).toMatch(/^ +39,700 cache reads +\$0\.0099$/m);
    expect(table).toMatch(/^ +1,588 index updates +\$0\.16$/m);
    expect(table).toMatch(/^ +cost +\$0\.17$/m);
    expect(table).toMatch(/^ +spared +39,700 image analyses at \$0\.0002: \$7\.94$/m);
    expect(table).toMatch(/^ +time +no rate limits it$/m);
  });

  test('has no table of accounts or units, and no word about answers, images and guesses', () => {
    expect(table).not.toMatch(/asked of|answered|nobody has looked|guess|--sample|unit +items/);
    expect(table.trimEnd()).toBe(table);
  });

  test('says the same to programs, in dollars, and keeps them out of what a budget is about', () => {
    const told = estimateJson(estimate);
    expect(told.cost).toEqual({
      expectedUsd: 0.168725,
      interval: { lowUsd: 0.168725, highUsd: 0.168725, confidence: 0.95 },
    });
    expect(told.sideCosts).toEqual([
      { what: 'cache reads', amount: 39_700, eachUsd: 0.000_000_25, usd: 0.009925 },
      { what: 'index updates', amount: 1_588, eachUsd: 0.0001, usd: 0.1588 },
    ]);
    expect(told.spared).toEqual([{ what: 'image analyses', amount: 39_700, eachUsd: 0.0002, usd: 7.94 }]);
    expect(told).toMatchObject({ free: null, accounts: [], units: [], timeSeconds: null, slowest: null });
    expect(estimate.cost).toEqual({ expected: 0, low: 0, high: 0 });
  });
});

test('paid calls and all else are one sum, and each is told', () => {
  const estimate = reckon({
    backfill: 'vehicle-images',
    outlook,
    calls: expects(options.parse({ steps: 'angle' })),
    settings: DEFAULT_SETTINGS,
    side,
    units: [],
    looked: [],
    known: true,
  });
  const table = estimateTable(estimate);
  expect(table).toMatch(/^ +model calls +\$1\.59$/m);
  expect(table).toMatch(/^ +cost +\$1\.76$/m);
  expect(table).toMatch(/^ +asked of +calls/m);
});

test('what nobody knows beforehand is told, and widens the interval of prices that are known', () => {
  const [label] = expects(options.parse({ steps: 'angle' }));
  const estimate = reckon({
    backfill: 'vehicle-images',
    outlook: { ...outlook, items: 1_000 },
    calls: [{ ...label!, share: 0.6, within: { low: 0.5, high: 1.5 } }],
    assuming: 'Six of ten photos are thought to be of use.',
    settings: DEFAULT_SETTINGS,
    side: null,
    units: [],
    looked: [],
    known: true,
  });
  const table = estimateTable(estimate);
  expect(table).toMatch(/^ +cost +\$0\.60, with 95 % confidence \$0\.30 to \$0\.90$/m);
  expect(table).toMatch(/^Six of ten photos are thought to be of use\.$/m);
  expect(estimateJson(estimate).assuming).toBe('Six of ten photos are thought to be of use.');
});
