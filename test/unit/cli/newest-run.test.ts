import { expect, test } from 'vitest';
import { listingFeatures } from '../../../src/backfills/listing-features/index.ts';
import { newestRun } from '../../../src/cli/per-backfill.ts';
import type { BackfillClient } from '../../../src/client.ts';

const definition = listingFeatures as never;
const options = { index: 'listings-v2', weighConfidence: false, maxInterior: 10 };

test('verify and one take the options of the newest run that wrote, and those that a flag names', async () => {
  const client = withRuns(
    { backfill: 'vehicle-images', settings: { options: { index: 'none' } } },
    { backfill: 'listing-features', rollbackOf: 'r', settings: { options: { index: 'none' } } },
    {
      backfill: 'listing-features',
      settings: { options: { ...options, weighConfidence: true, maxInterior: 5 } },
    },
    { backfill: 'listing-features', settings: { options: { ...options, index: 'older' } } },
  );
  const chosen = { maxInterior: 7 };
  expect(await newestRun(client, { definition, options: { ...options, ...chosen }, chosen })).toEqual({
    index: 'listings-v2',
    weighConfidence: true,
    maxInterior: 7,
  });
});

test('where there was no run, they take what was asked for', async () => {
  expect(await newestRun(withRuns(), { definition, options, chosen: {} })).toEqual(options);
});

function withRuns(...runs: object[]): BackfillClient {
  return { runs: async () => runs } as unknown as BackfillClient;
}
