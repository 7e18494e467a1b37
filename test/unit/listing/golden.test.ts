import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  type Analysis,
  type SplitOptions,
  splitVisualFeatures,
  type Vocabulary,
} from '../../../src/domain/listing/split.ts';

/** Written for uploaders in other languages, and produced by an implementation that shares nothing with ours. */
interface Golden {
  vocabulary: Vocabulary;
  cases: { name: string; analyses: Analysis[]; options?: SplitOptions; expected: unknown }[];
}

const FILE = new URL('../../../docs/golden/listing-features.json', import.meta.url);
const { vocabulary, cases }: Golden = JSON.parse(readFileSync(FILE, 'utf8'));

test.each(cases)('as another implementation has it: $name', ({ analyses, options, expected }) => {
  expect(splitVisualFeatures(analyses, { amenities: vocabulary, ...options })).toEqual(expected);
});
