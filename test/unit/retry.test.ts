import { describe, expect, test } from 'vitest';
import { FAILURE_CLASSES, type FailureClass } from '../../src/domain/failure.ts';
import { retryVerdict } from '../../src/domain/retry.ts';

const NOW = 1_000_000;

describe('an item is tried again', () => {
  test('three times in all, each wait twice as long as the one before', () => {
    expect(retryVerdict({ code: 'call-unknown' }, 0, NOW)).toEqual({
      kind: 'again',
      dueAt: NOW + 2_000,
      tries: 1,
    });
    expect(retryVerdict({ code: 'call-unknown' }, 1, NOW)).toEqual({
      kind: 'again',
      dueAt: NOW + 4_000,
      tries: 2,
    });
    expect(retryVerdict({ code: 'call-unknown' }, 2, NOW)).toEqual({ kind: 'failed', tries: 3 });
  });

  test('when the provider says so, where it says when', () => {
    const failure = { code: 'call-unknown', retryAfterMs: 7_000 } as const;
    expect(retryVerdict(failure, 0, NOW)).toEqual({ kind: 'again', dueAt: NOW + 7_000, tries: 1 });
  });

  test.each(['call-throttled', 'provider-unreachable', 'interrupted'] as const)(
    'without end and without using up a try after %s',
    (code) => {
      expect(retryVerdict({ code }, 2, NOW)).toMatchObject({ kind: 'again', tries: 2 });
      expect(retryVerdict({ code }, 1_000, NOW)).toMatchObject({ kind: 'again', tries: 1_000 });
    },
  );

  test('at once when only a pause came between', () => {
    expect(retryVerdict({ code: 'interrupted' }, 0, NOW)).toMatchObject({ dueAt: NOW });
  });
});

test.each(Object.entries(FAILURE_CLASSES).filter(([, { tries }]) => tries === 1))(
  'an item fails at once where trying again cannot help: %s',
  (code) => {
    expect(retryVerdict({ code: code as FailureClass }, 0, NOW)).toEqual({ kind: 'failed', tries: 1 });
  },
);

test('every class comes to an end, or is one that waiting helps', () => {
  for (const [code, { tries }] of Object.entries(FAILURE_CLASSES)) {
    let used = 0;
    for (let round = 0; round < 10; round += 1) {
      const verdict = retryVerdict({ code: code as FailureClass }, used, NOW);
      used = verdict.tries;
      if (verdict.kind === 'failed') break;
    }
    expect(used, code).toBe(Number.isFinite(tries) ? tries : 0);
  }
});
