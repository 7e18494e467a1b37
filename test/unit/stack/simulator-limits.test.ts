import { expect, test } from 'vitest';
import { Gate } from '../../../src/stack/simulator/gate.ts';
import { imageTokens, OPENAI_PRICES } from '../../../src/stack/simulator/prices.ts';
import type { Limit } from '../../../src/stack/simulator/settings.ts';

test('a limit per second lets through its rate, and a quarter of a second at once', () => {
  const gate = gateOf({ requestsPerSecond: 20 });
  expect(accepted(gate, 100, 0)).toBe(5);
  expect(accepted(gate, 100, 100)).toBe(2);
  // However long nothing came, no more comes at once.
  expect(accepted(gate, 100, 60_000)).toBe(5);
});

test('a limit per minute lets a minute’s worth through at once, and refills evenly', () => {
  const gate = gateOf({ requestsPerMinute: 600 });
  expect(accepted(gate, 1_000, 0)).toBe(600);
  expect(gate.refuses(0, 0)).toMatchObject({ of: 'requests', limit: 600, used: 600, waitMs: 100 });
  expect(accepted(gate, 1_000, 1_000)).toBe(10);
});

test('tokens are counted whole: a request waits until all of its own are there', () => {
  const gate = gateOf({ tokensPerMinute: 30_000 });
  expect(accepted(gate, 100, 0, 7_000)).toBe(4);
  expect(gate.refuses(7_000, 0)).toEqual({
    of: 'tokens',
    limit: 30_000,
    used: 28_000,
    requested: 7_000,
    waitMs: 10_000,
  });
  expect(gate.refuses(2_000, 0)).toBeNull();
  expect(gate.refuses(7_000, 10_000)).toBeNull();
  expect(gate.refuses(30_001, 60_000)).toMatchObject({ waitMs: Number.POSITIVE_INFINITY });
});

test('a changed limit holds at once, with the same share of its bucket left and of the day used', () => {
  const before = gateOf({ requestsPerMinute: 100, requestsPerDay: 70 });
  accepted(before, 60, 0);
  const after = gateOf({ requestsPerMinute: 50, requestsPerDay: 90 }).inheriting(before, 0);
  expect(after.requests(0)).toEqual([
    { limit: 90, remaining: 30, resetMs: 86_400_000 },
    { limit: 50, remaining: 20, resetMs: 36_000 },
  ]);
  expect(accepted(after, 100, 0)).toBe(20);
});

test('images count tiles or patches, as documented for the model', () => {
  const tokens = (model: string, width: number, height: number, detail: 'low' | 'high' = 'high') =>
    imageTokens(OPENAI_PRICES[model]!, { width, height }, detail);
  expect(tokens('gpt-4o', 1024, 1024)).toBe(765);
  expect(tokens('gpt-5', 2048, 4096)).toBe(70 + 6 * 140);
  expect(tokens('gpt-4.1-mini', 1024, 1024)).toBe(Math.ceil(1024 * 1.62));
  // 57 × 75 patches shrink to 33 × 44 = 1452, the documented example.
  expect(tokens('gpt-5-nano', 1800, 2400)).toBe(Math.ceil(1452 * 2.46));
  expect(tokens('o4-mini', 1800, 2400, 'low')).toBeLessThanOrEqual(Math.ceil(256 * 1.72));
});

function gateOf(limit: Omit<Limit, 'dayMs'>): Gate {
  return new Gate({ dayMs: 86_400_000, ...limit }, 0);
}

/** How many of `count` that come at once get in. */
function accepted(gate: Gate, count: number, now: number, tokens = 0): number {
  let through = 0;
  for (let request = 0; request < count; request += 1) {
    if (gate.refuses(tokens, now) !== null) continue;
    gate.enter(tokens, now);
    through += 1;
  }
  return through;
}
