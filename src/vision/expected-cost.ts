import { accountOf } from '../domain/account.ts';
import type { ExpectedCall } from '../domain/call.ts';
import type { CostInterval } from '../domain/estimate.ts';
import type { PriceList } from '../domain/prices.ts';
import { costOf, imageTokensOf, priceOf } from './prices.ts';
import { imageTokenBound } from './token-bounds.ts';

/**
 * How far the cost of calls billed by token may lie from what is expected of them beforehand, as factors. How long
 * a model answers depends on photos and words: between a quarter of what was thought, where there is little to say,
 * and half as much again, where an output limit ends it. No statistics: only a sample says more.
 */
const BY_TOKEN = { low: 0.25, high: 1.5 };

/** What so many items will cost by the calls that they are expected to make. Throws RunPaused for a model without a price. */
export function expectedCost(
  calls: readonly ExpectedCall[],
  items: number,
  prices: PriceList = {},
): CostInterval {
  const cost = { expected: 0, low: 0, high: 0 };
  for (const call of calls) {
    const { each, low, high } = perCall(call, prices);
    const asked = items * call.share;
    const within = call.within ?? { low: 1, high: 1 };
    cost.expected += asked * each;
    cost.low += asked * each * low * within.low;
    cost.high += asked * each * high * within.high;
  }
  return { expected: Math.round(cost.expected), low: Math.floor(cost.low), high: Math.ceil(cost.high) };
}

/** Tokens of one typical request and its answer. */
export function expectedTokens({ provider, model, tokens }: ExpectedCall, prices: PriceList = {}): number {
  if (!tokens) return 0;
  return tokens.input + imageTokens(`${provider}/${model}`, prices) + tokens.output;
}

function perCall(call: ExpectedCall, prices: PriceList) {
  const price = priceOf(accountOf(call), prices, call.operation);
  const { input, output } = call.tokens ?? { input: 0, output: 0 };
  const each = costOf(price, {
    input: input + imageTokens(accountOf(call), prices),
    cachedInput: 0,
    output,
  });
  return { each, ...('perCall' in price ? { low: 1, high: 1 } : BY_TOKEN) };
}

function imageTokens(account: string, prices: PriceList): number {
  return imageTokenBound(imageTokensOf(account, prices), TYPICAL.width, TYPICAL.height);
}

/** Of a photo as it is sent. */
const TYPICAL = { width: 1024, height: 768 };
