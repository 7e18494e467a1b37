import { RunPaused } from '../domain/failure.ts';
import { type Nanodollars, nanodollars } from '../domain/money.ts';
import type { CallPrice, ImageTokens, PriceList, TokenPrice } from '../domain/prices.ts';

export type Price = TokenPrice | CallPrice;

/** When the table below was last compared with what the providers list. */
export const PRICES_AS_OF = '2026-06';

const tiles = (base: number, perTile: number): ImageTokens => ({ by: 'tiles', base, perTile });
// For mini and nano models OpenAI documents more tokens per patch than it bills at times: the documented,
// larger number makes the worst case; what is paid comes from each reply's usage.
const patches = (perPatch: number): ImageTokens => ({ by: 'patches', perPatch });
const price = (input: number, cachedInput: number, output: number, image: ImageTokens): TokenPrice => ({
  input,
  cachedInput,
  output,
  image,
});

/**
 * Prices of standard processing in US dollars (openai.com/api/pricing, and the model pages for models that left that
 * list; aws.amazon.com/rekognition/pricing, the first and dearest tier). A user's own list goes over it. A price that
 * is too low here lets a run spend more than its cap, so a reply above its worst case pauses the run.
 */
const PRICES: PriceList = {
  'openai/gpt-4o': price(2.5, 1.25, 10, tiles(85, 170)),
  'openai/gpt-4o-2024-05-13': price(5, 5, 15, tiles(85, 170)),
  'openai/gpt-4o-mini': price(0.15, 0.075, 0.6, tiles(2833, 5667)),
  'openai/gpt-4.1': price(2, 0.5, 8, tiles(85, 170)),
  'openai/gpt-4.1-mini': price(0.4, 0.1, 1.6, patches(1.62)),
  'openai/gpt-4.1-nano': price(0.1, 0.025, 0.4, patches(2.46)),
  'openai/o3': price(2, 0.5, 8, tiles(75, 150)),
  'openai/o4-mini': price(1.1, 0.275, 4.4, patches(1.72)),
  'openai/gpt-5': price(1.25, 0.125, 10, tiles(70, 140)),
  'openai/gpt-5-mini': price(0.25, 0.025, 2, patches(1.62)),
  'openai/gpt-5-nano': price(0.05, 0.005, 0.4, patches(2.46)),
  'openai/gpt-5.1': price(1.25, 0.125, 10, tiles(70, 140)),
  'openai/gpt-5.2': price(1.75, 0.175, 14, patches(1.62)),
  'openai/gpt-5.4': price(2.5, 0.25, 15, patches(1.62)),
  'openai/gpt-5.4-mini': price(0.75, 0.075, 4.5, patches(1.62)),
  'openai/gpt-5.4-nano': price(0.2, 0.02, 1.25, patches(2.46)),
  'openai/gpt-5.5': price(5, 0.5, 30, patches(1.62)),
  'rekognition/DetectLabels': { perCall: 0.001 },
};

/** `account`: `provider/model`. `own` goes over the table, and the price of an operation before its model's. Throws RunPaused. */
export function priceOf(account: string, own: PriceList = {}, operation?: string): Price {
  const found = (operation && find(account, own, `/${operation}`)) || find(account, own);
  if (found) return found;
  const provider = account.split('/')[0] ?? '';
  const models = Object.keys({ ...PRICES, ...own }).filter((name) => name.split('/').length === 2);
  const known = models.filter((name) => name.startsWith(`${provider}/`));
  throw noPrice(
    `There is no price for ${account}, so its cost has no bound. Add it to 'prices' in the config file` +
      (known.length > 0 ? `, or use one of ${known.join(', ')}.` : '.'),
  );
}

/** What every call of the account costs. Throws RunPaused for a price by token, as nothing counts them there. */
export function callPriceOf(account: string, own: PriceList = {}): Nanodollars {
  const found = priceOf(account, own);
  if ('perCall' in found) return nanodollars(found.perCall);
  throw noPrice(`${account} is billed per call: give it 'perCall' in 'prices' of the config file.`);
}

export function hasPrice(account: string, own: PriceList = {}): boolean {
  return find(account, own) !== undefined;
}

/** A dated snapshot (`gpt-4o-2024-08-06`) costs what its model costs, unless it has a row. */
function find(account: string, own: PriceList, operation = ''): Price | undefined {
  const all: PriceList = { ...PRICES, ...own };
  return all[account + operation] ?? all[account.replace(/-\d{4}-\d{2}-\d{2}$/, '') + operation];
}

function noPrice(message: string): RunPaused {
  return new RunPaused({ kind: 'configuration', message });
}

/** Tokens that a reply was billed for. */
export interface TokenUsage {
  input: number;
  /** Of `input`. */
  cachedInput: number;
  output: number;
}

export function costOf(price: Price, usage: TokenUsage): Nanodollars {
  if ('perCall' in price) return nanodollars(price.perCall);
  const { input, cachedInput, output } = price;
  const perMillion =
    (usage.input - usage.cachedInput) * input + usage.cachedInput * cachedInput + usage.output * output;
  return nanodollars(perMillion / 1_000_000);
}

/** How an image is counted, against rate limits too; as most models do, where the model's price does not say. */
export function imageTokensOf(account: string, own: PriceList = {}): ImageTokens {
  const price = find(account, own);
  return price && 'image' in price ? price.image : tiles(85, 170);
}
