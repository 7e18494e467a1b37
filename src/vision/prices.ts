import { RunPaused } from '../domain/failure.ts';
import { type Nanodollars, nanodollars } from '../domain/money.ts';

/**
 * Prices of standard processing in US dollars, as the providers listed them in June 2026
 * (openai.com/api/pricing, and the model pages for models that left that list; aws.amazon.com/rekognition/pricing).
 * A price that is too low here lets a run spend more than its cap, so a reply above its worst case pauses the run.
 */

export interface ModelPrice {
  /** Per million tokens. */
  input: number;
  cachedInput: number;
  output: number;
  image: ImageTokens;
}

/** How `detail: high` is counted: in tiles of 512 pixels, or in patches of 32 pixels. */
export type ImageTokens =
  | { by: 'tiles'; base: number; perTile: number }
  | { by: 'patches'; perPatch: number };

const tiles = (base: number, perTile: number): ImageTokens => ({ by: 'tiles', base, perTile });
// For mini and nano models OpenAI documents more tokens per patch than it bills at times: the documented,
// larger number makes the worst case; what is paid comes from each reply's usage.
const patches = (perPatch: number): ImageTokens => ({ by: 'patches', perPatch });
const price = (input: number, cachedInput: number, output: number, image: ImageTokens): ModelPrice => ({
  input,
  cachedInput,
  output,
  image,
});

const OPENAI: Record<string, ModelPrice> = {
  'gpt-4o': price(2.5, 1.25, 10, tiles(85, 170)),
  'gpt-4o-2024-05-13': price(5, 5, 15, tiles(85, 170)),
  'gpt-4o-mini': price(0.15, 0.075, 0.6, tiles(2833, 5667)),
  'gpt-4.1': price(2, 0.5, 8, tiles(85, 170)),
  'gpt-4.1-mini': price(0.4, 0.1, 1.6, patches(1.62)),
  'gpt-4.1-nano': price(0.1, 0.025, 0.4, patches(2.46)),
  o3: price(2, 0.5, 8, tiles(75, 150)),
  'o4-mini': price(1.1, 0.275, 4.4, patches(1.72)),
  'gpt-5': price(1.25, 0.125, 10, tiles(70, 140)),
  'gpt-5-mini': price(0.25, 0.025, 2, patches(1.62)),
  'gpt-5-nano': price(0.05, 0.005, 0.4, patches(2.46)),
  'gpt-5.1': price(1.25, 0.125, 10, tiles(70, 140)),
  'gpt-5.2': price(1.75, 0.175, 14, patches(1.62)),
  'gpt-5.4': price(2.5, 0.25, 15, patches(1.62)),
  'gpt-5.4-mini': price(0.75, 0.075, 4.5, patches(1.62)),
  'gpt-5.4-nano': price(0.2, 0.02, 1.25, patches(2.46)),
  'gpt-5.5': price(5, 0.5, 30, patches(1.62)),
};

/** One image of DetectLabels in the first and dearest tier. */
export const REKOGNITION_IMAGE: Nanodollars = nanodollars(0.001);

/** A dated snapshot (`gpt-4o-2024-08-06`) costs what its model costs, unless it has a row. Throws RunPaused. */
export function modelPrice(model: string): ModelPrice {
  const found = OPENAI[model] ?? OPENAI[model.replace(/-\d{4}-\d{2}-\d{2}$/, '')];
  if (found !== undefined) return found;
  throw new RunPaused({
    kind: 'configuration',
    message:
      `There is no price for the model ${model}, so its cost has no bound. ` +
      `Use one of ${Object.keys(OPENAI).join(', ')}, or add its price to src/vision/prices.ts.`,
  });
}

/** Tokens that a reply was billed for. */
export interface TokenUsage {
  input: number;
  /** Of `input`. */
  cachedInput: number;
  output: number;
}

export function tokenCost(model: string, usage: TokenUsage): Nanodollars {
  const { input, cachedInput, output } = modelPrice(model);
  const perMillion =
    (usage.input - usage.cachedInput) * input + usage.cachedInput * cachedInput + usage.output * output;
  return nanodollars(perMillion / 1_000_000);
}
