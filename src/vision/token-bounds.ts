import type { ImageTokens } from '../domain/prices.ts';
import { LONG_SIDE, SHORT_SIDE } from './limits.ts';

/** Tokens that a request has besides its texts and its image: roles, separators, the schema's frame. */
const FRAME_TOKENS = 100;

/**
 * No fewer than the tokens of the texts. A token never has less than one byte, so every byte counts as one,
 * except in a word of lower-case letters: it counts half its letters and one more, which takes in the space
 * before it. (o200k_base: prose, JSON schemas and source code have 1 token per 4 bytes, and this bound 2 to 3
 * times as many; random letters stay below it in words of usual length.)
 */
export function textTokenBound(...texts: string[]): number {
  return texts.reduce((sum, text) => sum + boundOf(text), FRAME_TOKENS);
}

function boundOf(text: string): number {
  const inWords = text.match(WORD) ?? [];
  const saved = inWords.reduce((sum, word) => sum + word.length - (Math.ceil(word.length / 2) + 1), 0);
  return Buffer.byteLength(text) - saved;
}

const WORD = / ?[A-Z]?[a-z]{3,}/g;

/** About as many tokens as the texts have: prose and JSON schemas have one for four bytes. Good for pacing, not for money. */
export function textTokens(...texts: string[]): number {
  return Math.ceil(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 4);
}

/** No fewer than the tokens of an image within the limits that is sent with `detail: high`. */
export function imageTokenBound(rule: ImageTokens, width: number, height: number): number {
  if (rule.by === 'patches') return Math.ceil(cells(width, height, 32) * rule.perPatch);
  // Counted as if a small image were scaled up to the limits, since that is nowhere ruled out.
  const scale = Math.min(LONG_SIDE / Math.max(width, height), SHORT_SIDE / Math.min(width, height));
  return rule.base + rule.perTile * cells(Math.round(width * scale), Math.round(height * scale), 512);
}

function cells(width: number, height: number, side: number): number {
  return Math.ceil(width / side) * Math.ceil(height / side);
}
