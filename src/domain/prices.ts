/** What a model costs, in US dollars. */
export interface TokenPrice {
  /** Per million tokens. */
  input: number;
  cachedInput: number;
  output: number;
  image: ImageTokens;
}

/** How many tokens an image is billed as. */
export type ImageTokens =
  /** In tiles of 512 pixels. */
  | { by: 'tiles'; base: number; perTile: number }
  /** In patches of 32 pixels. */
  | { by: 'patches'; perPatch: number };

/** Every request costs the same, in US dollars. */
export interface CallPrice {
  perCall: number;
}

/**
 * By `provider/model`: `openai/gpt-4o`, `rekognition/DetectLabels`. One operation of a model may have a price per call of its
 * own, which goes before the model's: `openai/gpt-4o/find_gaps`.
 */
export type PriceList = Record<string, TokenPrice | CallPrice>;
