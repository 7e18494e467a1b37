import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration } from '../../../src/cli/duration.ts';
import { progressBar, progressLine } from '../../../src/cli/progress-bar.ts';
import { createRateMeter, timeLeft } from '../../../src/cli/rate-meter.ts';
import { formatTable, shorten, wrap } from '../../../src/cli/table.ts';
import { NO_COUNTS } from '../../../src/domain/counts.ts';

const RUN = {
  backfill: 'vehicle-images',
  state: 'running' as const,
  reason: null,
  counts: { ...NO_COUNTS, total: 200, written: 90, cached: 5, skipped: 2, failed: 3 },
  spent: 1_250_000_000,
};

describe('the progress of a run', () => {
  test('the bar shows share, count, rate, time left, money, failures and state', () => {
    expect(progressBar(RUN, 12.5, 120)).toBe(
      'vehicle-images  ████████████░░░░░░░░░░░░  100/200  50%  13/s  ETA 8 s  $1.25  3 failed  running',
    );
  });

  test('never is a bar wider than its terminal', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 200 }), fc.nat(200), (columns, written) => {
        const run = { ...RUN, counts: { ...NO_COUNTS, total: 200, written } };
        expect(progressBar(run, 3, columns).length).toBeLessThan(columns);
      }),
    );
  });

  test('100% is not said before the last item', () => {
    const almost = { ...RUN, counts: { ...NO_COUNTS, total: 2_000, written: 1_999 } };
    expect(progressLine(almost, null)).toContain('99%');
  });

  test('a paused run says why, and promises no time', () => {
    const reason = { kind: 'operator' as const, message: 'paused by ann' };
    const line = progressLine({ ...RUN, state: 'paused', reason }, 12);
    expect(line).toContain('paused (paused by ann)');
    expect(line).not.toContain('ETA');
  });
});

describe('the rate', () => {
  test('tells nothing from less than a second', () => {
    const meter = createRateMeter();
    meter.read(0, 0);
    expect(meter.read(10, 500)).toBeNull();
  });

  test('is that of the last seconds, not of the whole run', () => {
    const meter = createRateMeter();
    for (let second = 0; second <= 100; second++) meter.read(second * 100, second * 1_000);
    for (let second = 101; second <= 140; second++) meter.read(10_000, second * 1_000);
    expect(meter.read(10_050, 141_000)).toBe(2.5);
  });

  test('tells nothing while nothing is booked: a page books all its items when it ends', () => {
    const meter = createRateMeter();
    for (let second = 0; second <= 5; second++) expect(meter.read(100, second * 1_000)).toBeNull();
    expect(meter.read(160, 6_000)).toBe(10);
  });

  test('without movement there is no time left to tell', () => {
    expect(timeLeft(10, 0)).toBeNull();
    expect(timeLeft(10, 2)).toBe(5_000);
  });
});

describe('tables', () => {
  test('numbers stand to the right, text to the left, nothing is a dash', () => {
    expect(
      formatTable(
        ['class', 'items'],
        [
          ['image-not-found', 3],
          ['gone', null],
          ['x', 1_200],
        ],
      ),
    ).toBe(
      [
        'class            items',
        '───────────────  ─────',
        'image-not-found      3',
        'gone                 –',
        'x                1,200',
      ].join('\n'),
    );
  });

  test('a number that is small is not nothing', () => {
    const cells = formatTable(
      ['cost'],
      [[0.0002], [0.000_348_7], [-0.001_28], [0.584_31], [1_234.567_8], [0]],
    )
      .split('\n')
      .slice(2);
    expect(cells.map((cell) => cell.trim())).toEqual([
      '0.0002',
      '0.00035',
      '-0.0013',
      '0.584',
      '1,234.568',
      '0',
    ]);
  });

  test('a line break inside a cell does not break the table', () => {
    expect(formatTable(['a'], [['one\ntwo']])).toBe('a\n───────\none two');
  });

  test('on a terminal the widest text is cut first, so that a line stays a line', () => {
    const rows = [['6eb52e01-c099', 1_234_567, 'a long explanation of what has happened']];
    expect(formatTable(['item', 'tries', 'message'], rows, 40).split('\n')).toEqual([
      'item               tries  message',
      '─────────────  ─────────  ──────────────',
      '6eb52e01-c099  1,234,567  a long explan…',
    ]);
  });

  test('a sentence is broken at spaces, and goes on indented', () => {
    expect(wrap('  tables image_tags, component_conditions', 24)).toBe(
      '  tables image_tags,\n    component_conditions',
    );
  });

  test('long text is cut with an ellipsis', () => {
    expect(shorten('a  b\nc', 10)).toBe('a b c');
    expect(shorten('abcdef', 4)).toBe('abc…');
  });
});

test.for([
  [0, '0 s'],
  [59_499, '59 s'],
  [65_000, '1 min 05 s'],
  [7_620_000, '2 h 07 min'],
] as const)('%i ms are shown as %s', ([ms, shown]) => {
  expect(formatDuration(ms)).toBe(shown);
});
