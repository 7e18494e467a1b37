import { expect, test } from 'vitest';
import { followedAfter, type SeenCall, usage } from '../../../bench/rate-figures.ts';

test('what is used and refused is counted of the time that is asked about', () => {
  const calls = evenly(10, 0, 20_000, (at) => (at % 1_000 === 0 ? 'throttled' : 'answered'));
  expect(usage(calls, 10, 5_000, 15_000)).toEqual({
    arrived: 10,
    usedPercent: 90,
    refused: 10,
    refusedPercent: 10,
  });
});

test('a change is followed from when no window is above 110 % and hardly anything is refused', () => {
  const slow = [...evenly(100, 0, 4_000), ...evenly(50, 4_000, 20_000)];
  expect(followedAfter(slow, 50, 1_000, 20_000)).toBeCloseTo(3, 0);
  const refused = slow.map((call) => (call.at === 8_000 ? { ...call, fate: 'throttled' } : call));
  expect(followedAfter(refused, 50, 1_000, 20_000)).toBeCloseTo(3, 0);
  const oftenRefused = slow.map((call) =>
    call.at >= 8_000 && call.at < 8_200 ? { ...call, fate: 'throttled' } : call,
  );
  expect(followedAfter(oftenRefused, 50, 1_000, 20_000)).toBeCloseTo(7.25, 1);
  expect(followedAfter(evenly(100, 0, 20_000), 50, 1_000, 20_000)).toBeNull();
});

function evenly(perSecond: number, from: number, to: number, fate = (_at: number) => 'answered'): SeenCall[] {
  const interval = 1_000 / perSecond;
  return Array.from({ length: Math.round((to - from) / interval) }, (_, n) => from + n * interval).map(
    (at) => ({ at, fate: fate(at) }),
  );
}
