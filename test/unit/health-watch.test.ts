import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHealthWatch } from '../../src/activities/health-watch.ts';
import type { HealthLimits } from '../../src/domain/health.ts';

const RUN = { runId: 'run-1', settings: { health: { lockWaits: 3 } } };

let reasons: string[];
let looks: number;
let notes: { reasons: string[]; at: number }[];
let begun: number;

beforeEach(() => {
  vi.useFakeTimers();
  begun = Date.now();
  reasons = [];
  looks = 0;
  notes = [];
});
afterEach(() => vi.useRealTimers());

const options = {
  async look(limits: HealthLimits) {
    expect(limits).toEqual(RUN.settings.health);
    looks += 1;
    return reasons;
  },
  async note(_run: string, told: string[]) {
    notes.push({ reasons: told, at: Date.now() - begun });
  },
};

test('the first look is over before a page begins', async () => {
  reasons = ['lock waits 4, above 3'];
  const watch = createHealthWatch(options);
  expect(watch.factor('run-1')).toBe(1);
  const seen = await watch.during(RUN, async () => watch.factor('run-1'));
  expect(seen).toBe(0.5);
  expect(notes).toEqual([{ reasons, at: 0 }]);
});

test('while a page is in work there is a look every five seconds, and none afterwards', async () => {
  const watch = createHealthWatch(options);
  await watch.during(RUN, () => vi.advanceTimersByTimeAsync(20_000));
  expect(looks).toBe(5);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(looks).toBe(5);
  expect(vi.getTimerCount()).toBe(0);
});

test('pages of one run share a look, also when short ones follow one another', async () => {
  const watch = createHealthWatch(options);
  const page = () => watch.during(RUN, () => vi.advanceTimersByTimeAsync(200));
  await Promise.all([page(), page(), page()]);
  for (let number = 0; number < 20; number += 1) await page();
  expect(looks).toBe(1);
  for (let number = 0; number < 20; number += 1) await page();
  expect(looks).toBe(2);
});

test('a run slows down while something is bad, and recovers step by step', async () => {
  const watch = createHealthWatch(options);
  const factors: number[] = [];
  await watch.during(RUN, async () => {
    for (const bad of [true, true, false, false, false, false, false]) {
      reasons = bad ? ['lock waits 4, above 3'] : [];
      await vi.advanceTimersByTimeAsync(5_000);
      factors.push(watch.factor('run-1'));
    }
  });
  expect(factors).toEqual([0.5, 0.25, 0.375, 0.5625, 0.84375, 1, 1]);
  expect(watch.factor('another')).toBe(1);
});

test('what is bad is told at once, when it changes, every ten seconds, and when it is over', async () => {
  const watch = createHealthWatch(options);
  reasons = ['four'];
  await watch.during(RUN, async () => {
    await vi.advanceTimersByTimeAsync(12_000);
    reasons = ['five'];
    await vi.advanceTimersByTimeAsync(5_000);
    reasons = [];
    await vi.advanceTimersByTimeAsync(30_000);
  });
  expect(notes).toEqual([
    { reasons: ['four'], at: 0 },
    { reasons: ['four'], at: 10_000 },
    { reasons: ['five'], at: 15_000 },
    { reasons: [], at: 20_000 },
  ]);
});

test('a ledger that cannot be reached delays no page, and is told later', async () => {
  let reachable = false;
  const watch = createHealthWatch({
    ...options,
    async note(run, told) {
      if (!reachable) throw new Error('the ledger is down');
      await options.note(run, told);
    },
  });
  reasons = ['four'];
  await watch.during(RUN, async () => {
    reachable = true;
    await vi.advanceTimersByTimeAsync(5_000);
  });
  expect(notes).toEqual([{ reasons: ['four'], at: 5_000 }]);
});

test('a run without limits is neither watched nor slowed down', async () => {
  const watch = createHealthWatch(options);
  reasons = ['four'];
  const without = { runId: 'run-2', settings: { health: {} } };
  await watch.during(without, () => vi.advanceTimersByTimeAsync(20_000));
  expect(looks).toBe(0);
  expect(watch.factor('run-2')).toBe(1);
});

test('a page that fails ends its watch', async () => {
  const watch = createHealthWatch(options);
  const failing = watch.during(RUN, () => Promise.reject(new Error('the page failed')));
  await expect(failing).rejects.toThrow('the page failed');
  expect(vi.getTimerCount()).toBe(0);
});
