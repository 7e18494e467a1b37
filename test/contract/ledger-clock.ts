import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { vi } from 'vitest';

/** What the ledger waits for between two looks; longer waits are somebody else's. */
const SHORT_MS = 250;

/**
 * Time that passes only when it is told to. Short waits end at once: whatever they wait for passes a turnstile, and
 * comes when the test lets it. So a schedule takes the same course whenever it is played.
 */
export interface Clock {
  /** Epoch milliseconds. */
  set(time: number): void;
  pass(ms: number): void;
  stop(): void;
}

export function takeOverClock(): Clock {
  const realTimeout = globalThis.setTimeout;
  const realSleep = timers.setTimeout;
  const realImmediate = timers.setImmediate;
  let now = 0;
  vi.useFakeTimers({ toFake: ['Date'] });
  globalThis.setTimeout = ((run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
    ms <= SHORT_MS ? setImmediate(run, ...args) : realTimeout(run, ms, ...args)) as typeof setTimeout;
  timers.setTimeout = ((ms: number, ...rest: []) =>
    ms <= SHORT_MS ? realImmediate(...rest) : realSleep(ms, ...rest)) as typeof realSleep;
  syncBuiltinESMExports();

  const set = (time: number) => {
    now = time;
    vi.setSystemTime(now);
  };
  return {
    set,
    pass: (ms) => set(now + ms),
    stop() {
      vi.useRealTimers();
      globalThis.setTimeout = realTimeout;
      timers.setTimeout = realSleep;
      syncBuiltinESMExports();
    },
  };
}
