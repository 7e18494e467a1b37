/**
 * Public prices in nanodollars. This table is the simulator's own, on purpose: a witness does not copy the
 * price table of the one it testifies about.
 */
export interface ModelPrice {
  /** What the name stands for. */
  snapshot: string;
  inputToken: number;
  outputToken: number;
  image: ImageRule;
}

/** Input tokens of an image. */
export type ImageRule =
  /** Once, and per tile of 512 x 512. */
  | { base: number; tile: number }
  /** Per patch of 32 x 32. */
  | { patch: number };

const GPT_4O = { inputToken: 2_500, outputToken: 10_000, image: { base: 85, tile: 170 } };
const GPT_5 = { inputToken: 1_250, outputToken: 10_000, image: { base: 70, tile: 140 } };

const FAMILIES: Record<string, ModelPrice> = {
  'gpt-4o': { snapshot: 'gpt-4o-2024-08-06', ...GPT_4O },
  'gpt-4o-mini': model('gpt-4o-mini-2024-07-18', 150, 600, { base: 2_833, tile: 5_667 }),
  'gpt-4.1': model('gpt-4.1-2025-04-14', 2_000, 8_000, { base: 85, tile: 170 }),
  'gpt-4.1-mini': model('gpt-4.1-mini-2025-04-14', 400, 1_600, { patch: 1.62 }),
  'gpt-4.1-nano': model('gpt-4.1-nano-2025-04-14', 100, 400, { patch: 2.46 }),
  o3: model('o3-2025-04-16', 2_000, 8_000, { base: 75, tile: 150 }),
  'o4-mini': model('o4-mini-2025-04-16', 1_100, 4_400, { patch: 1.72 }),
  'gpt-5': { snapshot: 'gpt-5-2025-08-07', ...GPT_5 },
  'gpt-5-mini': model('gpt-5-mini-2025-08-07', 250, 2_000, { patch: 1.62 }),
  'gpt-5-nano': model('gpt-5-nano-2025-08-07', 50, 400, { patch: 2.46 }),
  'gpt-5.1': { snapshot: 'gpt-5.1-2025-11-13', ...GPT_5 },
  'gpt-5.2': model('gpt-5.2-2025-12-11', 1_750, 14_000, { patch: 1.62 }),
  'gpt-5.4': model('gpt-5.4-2026-03-05', 2_500, 15_000, { patch: 1.62 }),
  'gpt-5.4-mini': model('gpt-5.4-mini-2026-03-17', 750, 4_500, { patch: 1.62 }),
  'gpt-5.4-nano': model('gpt-5.4-nano-2026-03-17', 200, 1_250, { patch: 2.46 }),
  'gpt-5.5': model('gpt-5.5-2026-04-23', 5_000, 30_000, { patch: 1.62 }),
};

/** By every name that they can be asked under. */
export const OPENAI_PRICES: Record<string, ModelPrice> = {
  ...Object.fromEntries(Object.values(FAMILIES).map((price) => [price.snapshot, price])),
  ...FAMILIES,
  'gpt-4o-2024-05-13': model('gpt-4o-2024-05-13', 5_000, 15_000, GPT_4O.image),
  'gpt-4o-2024-11-20': { snapshot: 'gpt-4o-2024-11-20', ...GPT_4O },
};

export const REKOGNITION_IMAGE = 1_000_000;

export interface Size {
  width: number;
  height: number;
}

export function imageTokens({ image }: ModelPrice, size: Size, detail: 'low' | 'high' | 'auto'): number {
  if ('patch' in image) return Math.ceil(image.patch * patches(size, detail === 'low' ? 256 : 1_536));
  return detail === 'low' ? image.base : image.base + image.tile * tiles(size);
}

/** As documented: fit into 2048 x 2048, then shortest side to 768, then count tiles. Never scaled up. */
function tiles({ width, height }: Size): number {
  const fit = Math.min(1, 2048 / Math.max(width, height));
  const scale = fit * Math.min(1, 768 / (Math.min(width, height) * fit));
  const along = (side: number) => Math.ceil(Math.round(side * scale) / 512);
  return along(width) * along(height);
}

/** As documented: an image of more than `most` patches shrinks until it has no more, one side a whole number of them. */
function patches({ width, height }: Size, most: number): number {
  const [across, down] = [width / 32, height / 32];
  const plain = Math.ceil(across) * Math.ceil(down);
  if (plain <= most) return plain;
  const shrink = Math.sqrt(most / (across * down));
  const whole = (side: number) => Math.floor(side * shrink) / (side * shrink);
  const scale = shrink * Math.min(whole(across), whole(down));
  return Math.min(most, Math.ceil(across * scale - 1e-9) * Math.ceil(down * scale - 1e-9));
}

function model(snapshot: string, inputToken: number, outputToken: number, image: ImageRule): ModelPrice {
  return { snapshot, inputToken, outputToken, image };
}
