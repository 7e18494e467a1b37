import { describe, expect, test } from 'vitest';
import { reviewDayPause } from '../../src/domain/day-pause.ts';
import type { PauseReason } from '../../src/domain/page.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const TOMORROW = Date.UTC(2026, 10, 22);
const REASON: PauseReason = { kind: 'day-budget', needs: 20, until: TOMORROW, message: 'no room' };
const DAY = { cap: 100, spent: 50, held: 40, heldByOthers: 0 };

describe('a run that was short of the day’s budget', () => {
  test('goes on at once when there is room again, now that it holds nothing, or no limit any more', () => {
    expect(reviewDayPause(REASON, { ...DAY, held: 30 }, NOW)).toMatchObject({ until: NOW });
    expect(reviewDayPause(REASON, { ...DAY, cap: null }, NOW)).toMatchObject({ until: NOW });
    expect(reviewDayPause(REASON, { ...DAY, held: 31 }, NOW)).toEqual(REASON);
  });

  test('looks again in a while as long as other runs hold what it needs, and says so', () => {
    const reviewed = reviewDayPause(REASON, { ...DAY, heldByOthers: 10 }, NOW);
    expect(reviewed).toMatchObject({
      until: NOW + 15_000,
      message: expect.stringContaining('other runs hold'),
    });
  });

  test('waits for the next day when that would not be enough, or would come later', () => {
    expect(reviewDayPause(REASON, { ...DAY, heldByOthers: 9 }, NOW)).toEqual(REASON);
    expect(reviewDayPause(REASON, { ...DAY, heldByOthers: 10 }, TOMORROW - 10_000)).toEqual(REASON);
  });
});
