import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createFailureWindow,
  describeExcess,
  type Excess,
  type FailureLimits,
  failureLimitProblem,
  LEAST_ITEMS,
  parseFailureLimit,
} from '../../src/domain/failure-window.ts';

describe('a limit is read as people write it', () => {
  test.for([
    ['5%', ['all', 0.05]],
    ['0.05', ['all', 0.05]],
    ['.05', ['all', 0.05]],
    ['2.9%', ['all', 0.029]],
    ['0', ['all', 0]],
    ['100%', ['all', 1]],
    ['none', ['all', null]],
    ['all=none', ['all', null]],
    ['image-not-found=1%', ['image-not-found', 0.01]],
    ['call-unknown=none', ['call-unknown', null]],
  ] as const)('%s', ([given, limit]) => {
    expect(parseFailureLimit(given)).toEqual(limit);
  });

  test.for([
    '',
    '%',
    '5',
    '101%',
    '-1%',
    'many',
    'image-not-found',
    'image-not-found=',
    'typo=1%',
    '=5%',
    '1e-2',
    'all=5%=6%',
  ])("'%s' is refused", (given) => {
    expect(parseFailureLimit(given)).toBeNull();
  });

  test('what a program gives is told by its fault', () => {
    expect(failureLimitProblem('all', 0.5)).toBeNull();
    expect(failureLimitProblem('al', 0.5)).toMatch(
      /^'al' is no failure class; there are: all, image-not-found, /,
    );
    expect(failureLimitProblem('all', 5)).toContain('between 0 and 1, and is 5');
    expect(failureLimitProblem('all', Number.NaN)).toContain('between 0 and 1');
  });
});

describe('a run pauses when too many of its latest items failed', () => {
  test('not before 50 items have come to an end', () => {
    expect(firstExcess(Array(49).fill('image-not-found'), { all: 0.05 })).toBeNull();
    expect(firstExcess(Array(50).fill('image-not-found'), { all: 0.05 })?.at).toBe(50);
  });

  test('also when the item that completes the 50 went well', () => {
    const results = [...Array(10).fill('call-rejected'), ...Array(40).fill(null)];
    expect(firstExcess(results, { all: 0.05 })?.at).toBe(50);
  });

  test('a share that is just allowed does not pause it', () => {
    const results = (failed: number) => [
      ...Array(100 - failed).fill(null),
      ...Array(failed).fill('unexpected'),
    ];
    for (let percent = 1; percent < 100; percent++) {
      const limit = parseFailureLimit(`${percent}%`)?.[1] as number;
      expect(firstExcess(results(percent), { all: limit }), `${percent}%`).toBeNull();
      expect(firstExcess(results(percent + 1), { all: limit }), `${percent}%`).not.toBeNull();
    }
  });

  test('a limit of 0 allows no failure at all', () => {
    expect(firstExcess([...Array(80).fill(null), 'unexpected'], { all: 0 })?.at).toBe(81);
  });

  test('failures of long ago do not count', () => {
    const results = [
      ...Array(9).fill('unexpected'),
      ...Array(200).fill(null),
      ...Array(9).fill('unexpected'),
    ];
    expect(firstExcess(results, { all: 0.05 }, 180)).toBeNull();
  });

  test('a class has a limit of its own, and others do not count against it', () => {
    const results = [
      ...Array(94).fill(null),
      ...Array(3).fill('unexpected'),
      ...Array(3).fill('image-not-found'),
    ];
    expect(firstExcess(results, { 'image-not-found': 0.03 })).toBeNull();
    expect(firstExcess(results, { 'image-not-found': 0.02 })?.excess).toEqual({
      limit: 'image-not-found',
      allowed: 0.02,
      failed: 2,
      items: 99,
      top: [{ class: 'image-not-found', items: 2, message: 'item 99' }],
    });
  });

  test('without a limit nothing pauses it', () => {
    expect(firstExcess(Array(500).fill('unexpected'), {})).toBeNull();
  });

  test('a limit that is lowered meanwhile counts from the next item on', () => {
    const window = createFailureWindow();
    for (let item = 0; item < 100; item++)
      window.push({ failed: item < 10 ? 'unexpected' : null }, { all: 0.2 });
    expect(window.push({ failed: null }, { all: 0.05 })).toMatchObject({ failed: 10, items: 101 });
  });

  test('whatever the results: it pauses exactly when the share among the latest 200 is above the limit', () => {
    const result = fc.option(fc.constantFrom('unexpected', 'image-not-found'), { freq: 4 });
    fc.assert(
      fc.property(
        fc.array(result, { maxLength: 400 }),
        fc.record({ all: fc.integer({ min: 0, max: 100 }), unexpected: fc.integer({ min: 0, max: 100 }) }),
        (results, percents) => {
          const limits = { all: percents.all / 100, unexpected: percents.unexpected / 100 };
          const window = createFailureWindow();
          results.forEach((failed, index) => {
            const seen = results.slice(Math.max(0, index - 199), index + 1);
            const above =
              seen.length >= LEAST_ITEMS &&
              (100 * seen.filter(Boolean).length > percents.all * seen.length ||
                100 * seen.filter((one) => one === 'unexpected').length > percents.unexpected * seen.length);
            expect(window.push({ failed }, limits) !== null).toBe(above);
          });
        },
      ),
      { numRuns: 50 },
    );
  });
});

test('a person reads how many failed, what was allowed, and the top errors', () => {
  const results = [
    ...Array(40).fill(null),
    ...Array(6).fill('image-not-found'),
    ...Array(5).fill('unexpected'),
    ...Array(4).fill('call-rejected'),
    ...Array(3).fill('row-invalid'),
    ...Array(2).fill(null),
  ];
  const { excess } = firstExcess(results, { all: 0.29 }) as { excess: Excess };
  expect(describeExcess(excess)).toBe(
    '17 of the latest 57 items failed (29.8 %, allowed 29 %): ' +
      'image-not-found 6 (item 46); unexpected 5 (item 51); call-rejected 4 (item 55)',
  );
  const unspoken = {
    ...excess,
    limit: 'row-invalid',
    top: [{ class: 'row-invalid', items: 3, message: '' }],
  };
  expect(describeExcess(unspoken)).toContain(
    'items failed with row-invalid (29.8 %, allowed 29 %): row-invalid 3',
  );
});

/** The first excess, and after how many items it was told; `from`: what is told before is let pass. */
function firstExcess(results: (string | null)[], limits: FailureLimits, from = 0) {
  const window = createFailureWindow();
  for (const [index, failed] of results.entries()) {
    const excess = window.push({ failed, message: `item ${index + 1}` }, limits);
    if (excess && index >= from) return { at: index + 1, excess };
  }
  return null;
}
