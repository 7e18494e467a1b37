import { setTimeout as sleep } from 'node:timers/promises';
import { type Claim, isTooLate, NEAR_MS, type Slot } from '../../domain/pacing.ts';
import type { RateLimit } from '../../domain/settings.ts';

/** The queue of one worker's calls at one account. Its loop runs while somebody waits. */
export interface Lane {
  /** Resolves with its slot at the call's turn. Rejects with the signal's reason. `limit`: as it is by now. */
  wait(limit: () => Promise<RateLimit>, tokens: number, signal: AbortSignal): Promise<Slot>;
}

interface Waiter {
  limit: () => Promise<RateLimit>;
  tokens: number;
  resolve: (slot: Slot) => void;
  reject: (error: unknown) => void;
}

/** Asked for at once, at most. */
const LONGEST_CLAIM = 500;
/** The limit may be tuned, and the next slot be nearer then. */
const LOOK_AGAIN_MS = 500;
/** Workers that wait for the same slot do not all ask at the same moment. */
const APART_MS = 5;

type Taken = Exclude<Claim, { kind: 'exhausted' }>;

/** `take`: slots for the first of the waiting calls, by their tokens. Rejects when there are none today. */
export function createLane(take: (limit: RateLimit, waiting: number[]) => Promise<Taken>): Lane {
  const queue: Waiter[] = [];
  /** In hand, for the first of the queue. */
  const slots: Slot[] = [];
  let running = false;

  async function serve(): Promise<void> {
    running = true;
    let taking: Promise<void> | null = null;
    let skipped = false;
    // What is being taken belongs to this loop: the next one would not know of it.
    while (queue.length > 0 || taking !== null) {
      if (taking === null && queue.length > slots.length && scarce(slots)) {
        taking = takeMore().finally(() => {
          taking = null;
        });
      }
      const slot = queue.length > 0 ? slots[0] : undefined;
      if (slot === undefined) {
        await taking;
        continue;
      }
      const wait = slot.at - Date.now();
      if (wait > 1) await sleep(wait);
      slots.shift();
      skipped = !skipped && isTooLate(slot, Date.now());
      if (!skipped) queue.shift()?.resolve(slot);
    }
    slots.length = 0;
    running = false;
  }

  async function takeMore(): Promise<void> {
    const waiting = queue.slice(slots.length, slots.length + LONGEST_CLAIM);
    try {
      const limit = await (waiting[0] as Waiter).limit();
      const tokens = waiting.map((waiter) => waiter.tokens);
      const taken = await take(limit, tokens);
      if (taken.kind === 'slots') slots.push(...taken.slots);
      else await sleep(Math.min(LOOK_AGAIN_MS, taken.at - Date.now()) + APART_MS * Math.random());
    } catch (error) {
      // Who has a slot already keeps it, and who came meanwhile has not been asked for.
      for (const waiter of queue.slice(slots.length).filter((waiter) => waiting.includes(waiter))) {
        queue.splice(queue.indexOf(waiter), 1);
        waiter.reject(error);
      }
    }
  }

  return {
    wait(limit, tokens, signal) {
      return new Promise<Slot>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const leave = () => {
          queue.splice(queue.indexOf(waiter), 1);
          reject(signal.reason);
        };
        const waiter: Waiter = {
          limit,
          tokens,
          resolve: (slot) => {
            signal.removeEventListener('abort', leave);
            resolve(slot);
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

/** More slots are taken a little before the last one: so there is no gap, and a dead worker wastes little. */
function scarce(slots: Slot[]): boolean {
  const last = slots.at(-1);
  return slots.length <= 1 || last === undefined || last.at - Date.now() < NEAR_MS;
}
