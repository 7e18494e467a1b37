import { describe, expect, test } from 'vitest';
import { canaryReport } from '../../src/canary-report.ts';
import { canaryTable } from '../../src/cli/canary-table.ts';
import { confidenceSpread } from '../../src/domain/confidence.ts';
import { NO_COUNTS } from '../../src/domain/counts.ts';
import type { RecordedItem, WrittenField } from '../../src/stores/journal.ts';

const CENT = 10_000_000;

/** 4 of 100 items are through; 7 more were skipped when the run was planned. */
const RUN = {
  canaryItems: 4,
  counts: { ...NO_COUNTS, total: 107, written: 2, skipped: 8, failed: 1 },
  spent: 8 * CENT,
  estimated: { expected: 150 * CENT, low: 100 * CENT, high: 200 * CENT },
};

function failed(item: string, name: string, message: string): RecordedItem {
  return { item, unit: 'u', status: 'failed', class: name, message, tries: 1 };
}

function field(item: string, name: string, after: WrittenField['after']): WrittenField {
  return { item, table: 'photos', row: item, field: name, before: null, after };
}

describe('the report of a canary', () => {
  test('sets its cost against the estimate, per item and for the whole, without what was never to be worked on', () => {
    const { items, ofItems, cost } = canaryReport(RUN, [], []);
    expect({ items, ofItems }).toEqual({ items: 4, ofItems: 100 });
    expect(cost).toEqual({
      spentUsd: 0.08,
      perItemUsd: 0.02,
      estimatedPerItemUsd: 0.015,
      projectedUsd: 2,
      estimatedUsd: 1.5,
    });
  });

  test('without an estimate it says what was spent, and compares it to nothing', () => {
    const { estimated: _, ...plain } = RUN;
    const canary = canaryReport(plain, [], []);
    expect(canary.cost).toMatchObject({ estimatedPerItemUsd: null, estimatedUsd: null, projectedUsd: 2 });
    expect(canaryTable(canary)).not.toContain('estimated');
  });

  test('groups failures by class, the most frequent first, each with an example and its message', () => {
    const failures = [
      failed('a', 'image-not-found', 'HTTP 404'),
      failed('b', 'call-rejected', 'too dark'),
      failed('c', 'call-rejected', 'too bright'),
    ];
    expect(canaryReport(RUN, failures, []).failures).toEqual([
      { class: 'call-rejected', status: 'failed', items: 2, item: 'b', message: 'too dark' },
      { class: 'image-not-found', status: 'failed', items: 1, item: 'a', message: 'HTTP 404' },
    ]);
  });

  test('shows before and after for three items, and reckons the spread over all', () => {
    const written = ['a', 'b', 'c', 'd'].flatMap((item, index) => [
      field(item, 'angle', 'front'),
      field(item, 'angle_confidence', index / 4),
    ]);
    const canary = canaryReport(RUN, [], written);
    expect(new Set(canary.changes.map(({ item }) => item))).toEqual(new Set(['a', 'b', 'c']));
    expect(canary.confidence).toEqual([
      { field: 'photos.angle_confidence', key: '', n: 4, min: 0, median: 0.375, max: 0.75 },
    ]);
    const table = canaryTable(canary);
    expect(table).toContain('Before and after of c');
    expect(table).toMatch(/photos\.angle_confidence +– +4 +0 +0\.375 +0\.75/);
  });
});

describe('before and after, for a person', () => {
  test('leaves out what stays, and tells of rows of findings by their number and one of them', () => {
    const row = (id: string, label: string): WrittenField => ({
      ...field('a', '*', { id, photo: 'a', label, box: null }),
      table: 'public.tags',
      row: id,
    });
    const written = [
      field('a', 'kind', null),
      field('a', 'angle', 'front'),
      row('t1', 'Car'),
      row('t2', 'Wheel'),
    ];
    const table = canaryTable(canaryReport(RUN, [], written));
    expect(table).not.toContain('photos.kind');
    expect(table).toMatch(/photos\.angle +– +front/);
    expect(table).toMatch(/ tags +– +2 rows, as \{"label":"Car"\}/);
  });
});

describe('how sure models are', () => {
  test('is found in documents, lists and whole rows, each place by itself', () => {
    const labels = [
      { Name: 'Car', Confidence: 99 },
      { Name: 'Wheel', Confidence: 51 },
    ];
    const written = [
      { table: 'photos', field: 'scan', after: { labels, summary: { overallConfidence: 0.5, width: 3 } } },
      { table: 'paint', field: '*', after: { id: 4, confidence: 0.25 } },
    ];
    expect(confidenceSpread(written)).toEqual([
      { field: 'photos.scan', key: 'labels.Confidence', n: 2, min: 51, median: 75, max: 99 },
      { field: 'photos.scan', key: 'summary.overallConfidence', n: 1, min: 0.5, median: 0.5, max: 0.5 },
      { field: 'paint', key: 'confidence', n: 1, min: 0.25, median: 0.25, max: 0.25 },
    ]);
  });

  test('every number below a name that speaks of confidence counts; nothing else does', () => {
    const after = { confidence: { make: 0.9, model: [0.8, 'high', null] }, doors: 4 };
    expect(confidenceSpread([{ table: 't', field: 'f', after }]).map(({ key, n }) => [key, n])).toEqual([
      ['confidence.make', 1],
      ['confidence.model', 1],
    ]);
    expect(confidenceSpread([{ table: 't', field: 'f', after: null }])).toEqual([]);
  });
});
