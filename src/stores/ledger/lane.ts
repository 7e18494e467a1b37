import { setTimeout as sleep } from 'node:timers/promises';
import { leastSpacing, type Slot, tolerance } from '../../domain/pacing.ts';
import type { RateLimit } from '../../domain/settings.ts';

/** The queue of one worker's calls at one account. Its loop runs while somebody waits. */
export interface Lane {
  /** Resolves at the call's turn. Rejects with the signal's reason. */
  wait(limit: RateLimit, tokens: number, signal: AbortSignal): Promise<Turn>;
}

export interface Turn {
  /** Number of its slot. */
  slot: number;
  /** To be called once the call is sent, or will not be. */
  sent(): void;
}

interface Waiter {
  tokens: number;
  resolve: (slot: number) => void;
  /** Resolves when its call is sent, or will not be. */
  sent: Promise<void>;
  reject: (error: unknown) => void;
}

/** A turn waits no longer than this for the call before it to be sent. */
const LONGEST_DECLARATION_MS = 1_000;
/** Asked for at once, at most. */
const LONGEST_CLAIM = 500;

/** More slots are taken when the last one is nearer than this: so there is no gap, and a dead worker wastes little. */
const NEAR_MS = 100;

/** `takeSlots`: for the first of the waiting calls, by their tokens. */
export function createLane(takeSlots: (limit: RateLimit, waiting: number[]) => Promise<Slot[]>): Lane {
  const queue: Waiter[] = [];
  let limit: RateLimit = {};
  let lastSent = 0;
  let running = false;

  async function serve(): Promise<void> {
    running = true;
    const slots: Slot[] = [];
    let taking: Promise<void> | null = null;
    let skipped = false;
    while (queue.length > 0) {
      const last = slots.at(-1);
      const scarce = slots.length <= 1 || (last !== undefined && last.at - Date.now() < NEAR_MS);
      if (scarce && taking === null && queue.length > slots.length)
        taking = takeMore(slots).finally(() => {
          taking = null;
        });
      const slot = slots.shift();
      if (slot === undefined) {
        await taking;
        continue;
      }
      const wait = Math.max(slot.at, lastSent + leastSpacing(limit)) - Date.now();
      if (wait > 1) await sleep(wait);
      skipped = !skipped && Date.now() - slot.at > tolerance(limit);
      if (!skipped) await pass(slot);
    }
    running = false;
  }

  async function takeMore(slots: Slot[]): Promise<void> {
    try {
      const waiting = queue.slice(slots.length, slots.length + LONGEST_CLAIM);
      slots.push(
        ...(await takeSlots(
          limit,
          waiting.map(({ tokens }) => tokens),
        )),
      );
    } catch (error) {
      // Who has a slot already keeps it.
      for (const waiter of queue.splice(slots.length)) waiter.reject(error);
    }
  }

  async function pass({ number }: Slot): Promise<void> {
    const next = queue.shift();
    next?.resolve(number);
    if (leastSpacing(limit) > 0) await Promise.race([next?.sent, sleep(LONGEST_DECLARATION_MS)]);
    lastSent = Date.now();
  }

  return {
    wait(current, tokens, signal) {
      limit = current;
      return new Promise<Turn>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const sent = Promise.withResolvers<void>();
        const leave = () => {
          queue.splice(queue.indexOf(waiter), 1);
          reject(signal.reason);
        };
        const waiter: Waiter = {
          tokens,
          sent: sent.promise,
          resolve: (slot) => {
            signal.removeEventListener('abort', leave);
            resolve({ slot, sent: sent.resolve });
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
