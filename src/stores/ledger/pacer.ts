import { setTimeout as sleep } from 'node:timers/promises';
import type { Provider } from '../../domain/call.ts';
import { RunPaused } from '../../domain/failure.ts';
import { AHEAD_MS, claimSlots, NEW_PACE, type PaceState, slowDown } from '../../domain/pacing.ts';
import type { RateLimit } from '../../domain/settings.ts';
import type { Table } from './table.ts';

/** Spreads the calls of all workers evenly over each provider's limit. */
export interface Pacer {
  /**
   * Resolves when it is this call's turn, with what to call once it is sent (or will not be). Rejects with the
   * signal's reason, or RunPaused on a used-up day.
   */
  turn(provider: Provider, limit: RateLimit | undefined, signal: AbortSignal): Promise<() => void>;
  /** The provider has asked to slow down. */
  throttled(provider: Provider, retryAfterMs: number | undefined): Promise<void>;
}

/** A turn waits no longer than this for the call before it to be sent. */
const LONGEST_DECLARATION_MS = 1_000;

interface Waiter {
  resolve: () => void;
  /** Resolves when its call is sent, or will not be. */
  sent: Promise<void>;
  reject: (error: unknown) => void;
}

export function createPacer(table: Table): Pacer {
  const lanes = new Map<Provider, Lane>();
  const lane = (provider: Provider) => {
    const existing = lanes.get(provider);
    if (existing) return existing;
    const created = createLane(table, provider);
    lanes.set(provider, created);
    return created;
  };

  return {
    async turn(provider, limit, signal) {
      return limit ? lane(provider).wait(limit, signal) : () => undefined;
    },
    async throttled(provider, retryAfterMs) {
      await change(table, provider, (state) => slowDown(state, Date.now(), retryAfterMs));
    },
  };
}

interface Lane {
  wait(limit: RateLimit, signal: AbortSignal): Promise<() => void>;
}

/** One queue per provider and worker. Its loop runs while somebody waits. */
function createLane(table: Table, provider: Provider): Lane {
  const queue: Waiter[] = [];
  let limit: RateLimit = {};
  let lastSent = 0;
  let running = false;

  async function serve(): Promise<void> {
    running = true;
    while (queue.length > 0) {
      try {
        for (const slot of await takeSlots(table, provider, limit, queue.length)) {
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
    wait(current, signal) {
      limit = current;
      return new Promise<() => void>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const sent = Promise.withResolvers<void>();
        const leave = () => {
          queue.splice(queue.indexOf(waiter), 1);
          reject(signal.reason);
        };
        const waiter: Waiter = {
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
function leastSpacing({ perSecond }: RateLimit): number {
  const spacing = 1000 / (perSecond ?? Number.POSITIVE_INFINITY);
  return spacing < 100 ? 0 : spacing * 0.95;
}

async function takeSlots(
  table: Table,
  provider: Provider,
  limit: RateLimit,
  wanted: number,
): Promise<number[]> {
  let slots: number[] = [];
  await change(table, provider, (state) => {
    const claim = claimSlots(state, limit, Date.now(), wanted);
    if (claim.kind === 'exhausted') throw quotaUsedUp(provider, limit, claim.until);
    slots = claim.slots;
    return claim.state;
  });
  return slots;
}

/** Compare and set on the shared state: tried again on what is newest until nobody came between. */
async function change(
  table: Table,
  provider: Provider,
  next: (state: PaceState) => PaceState,
): Promise<void> {
  const pk = `rate#${provider}`;
  for (;;) {
    const row = await table.get(pk, 'pace');
    const version = (row?.version as number | undefined) ?? 0;
    const state = next((row?.state as PaceState | undefined) ?? NEW_PACE);
    const updated = await table.update(pk, 'pace', {
      UpdateExpression: 'SET #state = :state, version = :next',
      ConditionExpression: version === 0 ? 'attribute_not_exists(version)' : 'version = :seen',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: {
        ':state': state,
        ':next': version + 1,
        ...(version > 0 && { ':seen': version }),
      },
      ReturnValues: 'NONE',
    });
    if (updated !== null) return;
    await sleep(Math.random() * Math.min(20, AHEAD_MS));
  }
}

function quotaUsedUp(provider: Provider, limit: RateLimit, until: number): RunPaused {
  return new RunPaused({
    kind: 'quota',
    until,
    message: `the day's quota of ${limit.perDay} ${provider} requests is used up; it renews at ${new Date(until).toISOString()}`,
  });
}
