import { setTimeout as sleep } from 'node:timers/promises';
import { intervalOf } from '../../domain/pacing.ts';
import type { RateLimit } from '../../domain/settings.ts';

/** The queue of one worker's calls at one account. Its loop runs while somebody waits. */
export interface Lane {
  /** Resolves at the call's turn, with what to call once it is sent. Rejects with the signal's reason. */
  wait(limit: RateLimit, tokens: number, signal: AbortSignal): Promise<() => void>;
}

interface Waiter {
  tokens: number;
  resolve: () => void;
  /** Resolves when its call is sent, or will not be. */
  sent: Promise<void>;
  reject: (error: unknown) => void;
}

/** A turn waits no longer than this for the call before it to be sent. */
const LONGEST_DECLARATION_MS = 1_000;
/** Asked for at once, at most. */
const LONGEST_CLAIM = 500;

/** `takeSlots`: epoch milliseconds for the first of the waiting calls, by their tokens. */
export function createLane(takeSlots: (limit: RateLimit, waiting: number[]) => Promise<number[]>): Lane {
  const queue: Waiter[] = [];
  let limit: RateLimit = {};
  let lastSent = 0;
  let running = false;

  async function serve(): Promise<void> {
    running = true;
    while (queue.length > 0) {
      try {
        const waiting = queue.slice(0, LONGEST_CLAIM).map(({ tokens }) => tokens);
        for (const slot of await takeSlots(limit, waiting)) {
          const spacing = leastSpacing(limit);
          const wait = Math.max(slot, lastSent + spacing) - Date.now();
          if (wait > 1) await sleep(wait);
          const next = queue.shift();
          next?.resolve();
          if (spacing > 0) await Promise.race([next?.sent, sleep(LONGEST_DECLARATION_MS)]);
          lastSent = Date.now();
        }
      } catch (error) {
        for (const waiter of queue.splice(0)) waiter.reject(error);
      }
    }
    running = false;
  }

  return {
    wait(current, tokens, signal) {
      limit = current;
      return new Promise<() => void>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const sent = Promise.withResolvers<void>();
        const leave = () => {
          queue.splice(queue.indexOf(waiter), 1);
          reject(signal.reason);
        };
        const waiter: Waiter = {
          tokens,
          sent: sent.promise,
          resolve: () => {
            signal.removeEventListener('abort', leave);
            resolve(sent.resolve);
          },
          reject: (error) => {
            signal.removeEventListener('abort', leave);
            reject(error);
          },
        };
        queue.push(waiter);
        signal.addEventListener('abort', leave, { once: true });
        if (!running) void serve();
      });
    },
  };
}

/**
 * A call that was sent late (a busy machine, a slow declaration) must not be followed too soon by one that is
 * in time: a provider with a small burst would refuse it. At high rates bursts are larger than such delays.
 */
function leastSpacing(limit: RateLimit): number {
  const spacing = intervalOf({ ...limit, tokensPerMinute: 0 });
  return spacing < 100 ? 0 : spacing * 0.95;
}
