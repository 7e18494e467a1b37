import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAcceptance } from '../../src/domain/acceptance.ts';

const NOON = Date.UTC(2026, 10, 21, 12);

/** What the last of these attempts, so many milliseconds apart, tells. `x`: throttled. */
function after(attempts: string, { everyMs = 10, since = 0 } = {}): number | null {
  const seen = createAcceptance();
  let told: number | null = null;
  for (const [n, attempt] of [...attempts].entries()) {
    const sentAt = NOON + n * everyMs;
    told = seen.add({ sentAt, throttled: attempt === 'x' }, since, sentAt + 5);
  }
  return told;
}

test('one refusal alone may be chance, two are not', () => {
  expect(after('.........x')).toBeNull();
  expect(after('.....x...x')).toBeCloseTo(0.8);
});

test('a request that went well says nothing by itself', () => {
  expect(after('xxxxx.')).toBeNull();
});

test('what the provider took is told as a share of what was sent', () => {
  expect(after('.x'.repeat(50))).toBeCloseTo(0.5);
  expect(after('...x'.repeat(50))).toBeCloseTo(0.75);
  expect(after('x'.repeat(30))).toBe(0);
});

test('at high rates two seconds count, so that a change is seen soon', () => {
  // 100 a second: five seconds of good luck, then every other one is refused for two.
  expect(after('.'.repeat(500) + '.x'.repeat(100))).toBeCloseTo(0.5, 1);
});

test('at low rates at least the last twenty count, as far as ten seconds back', () => {
  // Five a second: 2 seconds hold ten.
  expect(after(`x${'.'.repeat(18)}x`, { everyMs: 200 })).toBeCloseTo(0.9);
  expect(after(`x${'.'.repeat(25)}x`, { everyMs: 200 })).toBeNull();
  // One a second: what is older than ten seconds speaks of another time.
  expect(after(`x${'.'.repeat(8)}x`, { everyMs: 1_000 })).toBeCloseTo(0.8);
  expect(after(`x${'.'.repeat(12)}x`, { everyMs: 1_000 })).toBeNull();
});

test('what was sent at another rate is forgotten', () => {
  expect(after(`xxxx${'.'.repeat(9)}x`, { since: NOON + 35 })).toBeNull();
  expect(after(`xxxx${'.'.repeat(8)}xx`, { since: NOON + 35 })).toBeCloseTo(0.8);
});

test('a share is told with a refusal only, and is always from 0 to below 1', () => {
  const attempts = fc.array(
    fc.record({ afterMs: fc.integer({ min: 0, max: 3_000 }), throttled: fc.boolean() }),
  );
  fc.assert(
    fc.property(attempts, (made) => {
      const seen = createAcceptance();
      let now = NOON;
      for (const { afterMs, throttled } of made) {
        now += afterMs;
        const taken = seen.add({ sentAt: now, throttled }, 0, now);
        if (taken === null) continue;
        expect(throttled).toBe(true);
        expect(taken).toBeGreaterThanOrEqual(0);
        expect(taken).toBeLessThan(1);
      }
    }),
  );
});
