import { expect, test } from 'vitest';
import { z } from 'zod';
import type { BackfillDefinition } from '../../src/backfills/define.ts';
import { pricesOf } from '../../src/backfills/prices.ts';

const options = z.object({ perCall: z.number().default(1) });

const definition = {
  options,
  prices: ({ perCall }: z.infer<typeof options>) => ({
    'openai/a/ask': { perCall },
    'openai/a/tell': { perCall },
  }),
} as unknown as BackfillDefinition;

test('what a user gives goes over what the options of a backfill ask for', () => {
  const prices = { 'openai/a/tell': { perCall: 5 }, 'openai/b': { perCall: 7 } };
  expect(pricesOf(definition, { options: { perCall: 2 }, prices })).toEqual({
    'openai/a/ask': { perCall: 2 },
    'openai/a/tell': { perCall: 5 },
    'openai/b': { perCall: 7 },
  });
});

test('a backfill without prices of its own has those of its user', () => {
  const plain = { ...definition, prices: undefined } as unknown as BackfillDefinition;
  const prices = { 'openai/b': { perCall: 7 } };
  expect(pricesOf(plain, { options: {}, prices })).toEqual(prices);
});
