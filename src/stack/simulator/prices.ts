/**
 * Public prices in nanodollars. This table is the simulator's own, on purpose: a witness does not copy the
 * price table of the one it testifies about.
 */
export interface ModelPrice {
  /** What the name stands for when it is not a snapshot itself. */
  snapshot: string;
  inputToken: number;
  outputToken: number;
  /** Input tokens of an image: once, and per tile of 512 x 512. */
  imageBase: number;
  imageTile: number;
}

const GPT_4O = { inputToken: 2_500, outputToken: 10_000, imageBase: 85, imageTile: 170 };
const GPT_4O_MINI = { inputToken: 150, outputToken: 600, imageBase: 2_833, imageTile: 5_667 };

export const OPENAI_PRICES: Record<string, ModelPrice> = {
  'gpt-4o': { snapshot: 'gpt-4o-2024-08-06', ...GPT_4O },
  'gpt-4o-2024-08-06': { snapshot: 'gpt-4o-2024-08-06', ...GPT_4O },
  'gpt-4o-2024-11-20': { snapshot: 'gpt-4o-2024-11-20', ...GPT_4O },
  'gpt-4o-mini': { snapshot: 'gpt-4o-mini-2024-07-18', ...GPT_4O_MINI },
  'gpt-4o-mini-2024-07-18': { snapshot: 'gpt-4o-mini-2024-07-18', ...GPT_4O_MINI },
};

export const REKOGNITION_IMAGE = 1_000_000;

export interface Size {
  width: number;
  height: number;
}

/** As documented: fit into 2048 x 2048, then shortest side to 768, then count tiles. Never scaled up. */
export function imageTokens(price: ModelPrice, size: Size, detail: 'low' | 'high' | 'auto'): number {
  if (detail === 'low') return price.imageBase;
  const fit = Math.min(1, 2048 / Math.max(size.width, size.height));
  const scale = fit * Math.min(1, 768 / (Math.min(size.width, size.height) * fit));
  const tiles = (side: number) => Math.ceil(Math.round(side * scale) / 512);
  return price.imageBase + price.imageTile * tiles(size.width) * tiles(size.height);
}
