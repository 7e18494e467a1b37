import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { eachLine } from '../../../src/cli/each-line.ts';
import { paceOf, progressSummary } from '../../../src/cli/progress-summary.ts';
import { NO_COUNTS } from '../../../src/domain/counts.ts';

const START = '2026-11-21T12:00:00Z';
const COUNTS = { ...NO_COUNTS, total: 1_234, written: 240, cached: 8, failed: 2 };
const RUNNING = { counts: COUNTS, state: 'running' as const, createdAt: START };
const now = Date.parse(START) + 512_000;

test('a summary has total, processed with its share, succeeded, failed, elapsed, average and time left', () => {
  const ended = { ...RUNNING, state: 'done' as const, finishedAt: '2026-11-21T12:08:32Z' };
  expect(progressSummary(ended, null)).toBe(
    [
      '  total         1,234 items',
      '  processed     250 (20.3 %)',
      '  succeeded     248',
      '  failed        2',
      '  elapsed       8 min 32 s',
      '  avg per item  2,048 ms',
      '  ETA           –',
    ].join('\n'),
  );
});

test('what is left is told by the rate of late, else by the average', () => {
  expect(paceOf(RUNNING, 9.84, now).left).toBeCloseTo(100_000);
  expect(paceOf(RUNNING, null, now).left).toBeCloseTo(2_048 * 984);
});

test('nobody knows what is left of a run that is paused, or has done nothing yet; of one that is through, nothing', () => {
  expect(paceOf({ ...RUNNING, state: 'paused' }, 5, now).left).toBeNull();
  const counts = { ...NO_COUNTS, total: 10 };
  expect(paceOf({ ...RUNNING, counts }, null, now)).toMatchObject({ perItem: null, left: null });
  expect(paceOf({ ...RUNNING, counts: { ...counts, written: 10 }, state: 'done' }, null, now).left).toBe(0);
});

test('what another program says is told line by line, and cannot steer the terminal', async () => {
  const lines: string[] = [];
  const chunks = [
    'one\ntw',
    'o\u001b[2J\u0007\r\n',
    Buffer.from('ä').subarray(0, 1),
    Buffer.from('ä').subarray(1),
    'x'.repeat(9_000),
  ];
  const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  eachLine(stream, (line) => lines.push(line));
  await new Promise((resolve) => stream.once('end', resolve));
  expect(lines.slice(0, 2)).toEqual(['one', 'two']);
  expect(lines.slice(2).join('')).toBe(`ä${'x'.repeat(9_000)}`);
  expect(lines.slice(2).every((line) => line.length <= 4_000)).toBe(true);
});
