import { expect, test } from 'vitest';
import { readAnalysis } from '../../../src/domain/listing/read-analysis.ts';

const ANALYSIS = { image_type: 'exterior', features: ['front porch'], architecture_style: null };

test('an analysis is read from a map and from its JSON, also wrapped once more', () => {
  expect(readAnalysis(ANALYSIS)).toEqual(ANALYSIS);
  expect(readAnalysis(JSON.stringify(ANALYSIS))).toEqual(ANALYSIS);
  expect(readAnalysis({ analysis: ANALYSIS, llm_response: '…' })).toEqual(ANALYSIS);
  expect(readAnalysis(JSON.stringify({ analysis: ANALYSIS }))).toEqual(ANALYSIS);
  expect(readAnalysis({ analysis: JSON.stringify(ANALYSIS) })).toEqual(ANALYSIS);
});

test.each([
  ['nothing', undefined],
  ['null', null],
  ['no JSON', 'I cannot see a house in this photo.'],
  ['JSON that was cut off', '{"image_type": "exterior", "features": ["fro'],
  ['an empty text', ''],
  ['JSON null', 'null'],
  ['a list', [ANALYSIS]],
  ['a list as JSON', '[]'],
  ['a number', 3],
  ['a wrapped null', { analysis: null }],
])('%s is no analysis', (_, cached) => {
  expect(readAnalysis(cached)).toBeNull();
});
