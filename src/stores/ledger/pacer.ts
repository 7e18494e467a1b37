import { setTimeout as sleep } from 'node:timers/promises';
import { RunPaused } from '../../domain/failure.ts';
import {
  AHEAD_MS,
  type Claim,
  claimSlots,
  factorAt,
  holdUntil,
  isLate,
  NEW_PACE,
  nextSlot,
  type PaceState,
  postpone,
  refuse,
  type Slot,
} from '../../domain/pacing.ts';
import type { RateLimit, Rates } from '../../domain/settings.ts';
import { createLane, type Lane } from './lane.ts';
import type { Table } from './table.ts';

/** Spreads the calls of all workers evenly over the limits of their accounts. */
export interface Pacer {
  /**
   * Resolves when it is this call's turn at each of the accounts that has a limit, the last one last. Rejects with
   * the signal's reason, or RunPaused on a used-up day. `rates`: as they are by now, since they may be tuned meanwhile.
   */
  turn(
    accounts: readonly string[],
    rates: () => Promise<Rates>,
    tokens: number,
    signal: AbortSignal,
  ): Promise<TurnAtAll>;
  /** How a request fared; `waitMs`: what the provider asked to wait before the next. */
  fared(accounts: readonly string[], rates: Rates, fate: Fate): Promise<void>;
  /** Where accounts stand; those that were never paced are left out. */
  standing(accounts: readonly string[], rates: Rates): Promise<Standing[]>;
}

export interface TurnAtAll {
  /** By account, the numbers of its slots. */
  slots: Record<string, number>;
  /** To be called as soon as the call is sent: others learn how late it was. */
  sent(): void;
}

export interface Fate {
  slots: Record<string, number>;
  throttled: boolean;
  waitMs: number | undefined;
}

export interface Standing {
  account: string;
  /** Share of the limit in use: below 1 after the provider has throttled. */
  factor: number;
  /** How long a call that comes now waits for its turn. */
  waitingMs: number;
}

export function createPacer(table: Table): Pacer {
  const accounts = new Map<
    string,
    { lane: Lane; refused: number[]; reporting: boolean; heldUntil: number; toldUntil: number }
  >();

  function of(account: string) {
    const existing = accounts.get(account);
    if (existing) return existing;
    const lane = createLane((limit, waiting) => takeSlots(account, limit, waiting));
    const created = { lane, refused: [] as number[], reporting: false, heldUntil: 0, toldUntil: 0 };
    accounts.set(account, created);
    return created;
  }

  async function takeSlots(account: string, limit: RateLimit, waiting: number[]) {
    let claim = {} as Claim;
    await change(table, account, (state) => {
      claim = claimSlots(state, limit, Date.now(), waiting);
      return claim.kind === 'slots' ? claim.state : null;
    });
    if (claim.kind === 'exhausted') throw quotaUsedUp(account, limit, claim.until);
    return claim;
  }

  /** One write at a time: what is refused meanwhile goes with the next one. */
  async function report(account: string, limit: RateLimit): Promise<void> {
    const known = of(account);
    if (known.reporting) return;
    known.reporting = true;
    try {
      while (known.refused.length > 0 || known.heldUntil > known.toldUntil) {
        let reported = 0;
        let until = 0;
        await change(table, account, (state) => {
          reported = known.refused.length;
          until = known.heldUntil;
          return holdUntil(refuse(state, limit, Date.now(), known.refused), until);
        });
        known.refused.splice(0, reported);
        known.toldUntil = until;
      }
    } finally {
      known.reporting = false;
    }
  }

  return {
    async turn(named, rates, tokens, signal) {
      const now = await rates();
      const limited = named.filter((account) => Object.keys(now[account] ?? {}).length > 0);
      // An account without a limit has no lane; still, it waits when it was told to.
      const told = Math.max(0, ...named.map((account) => of(account).heldUntil)) - Date.now();
      if (told > 0 && limited.length < named.length) await sleep(told, undefined, { signal });
      const taken: [account: string, slot: Slot][] = [];
      for (const account of limited) {
        const limit = async () => (await rates())[account] ?? {};
        taken.push([account, await of(account).lane.wait(limit, tokens, signal)]);
      }
      return {
        slots: Object.fromEntries(taken.map(([account, { number }]) => [account, number])),
        sent() {
          const sentAt = Date.now();
          for (const [account, slot] of taken) {
            // If that fails, the next call may be refused: no worse.
            if (isLate(slot, sentAt))
              change(table, account, (state) => postpone(state, slot, sentAt)).catch(() => undefined);
          }
        },
      };
    },

    async fared(named, rates, { slots, throttled, waitMs }) {
      const now = Date.now();
      for (const account of named) {
        const known = of(account);
        const limit = rates[account];
        const slot = slots[account];
        if (waitMs !== undefined) known.heldUntil = Math.max(known.heldUntil, now + waitMs);
        if (throttled && slot !== undefined) known.refused.push(slot);
        if (limit) await report(account, limit);
      }
    },

    async standing(named, rates) {
      const now = Date.now();
      const rows = await table.getMany(named.map((account) => ({ pk: `rate#${account}`, sk: 'pace' })));
      return rows.map((row) => {
        const account = row.pk.slice('rate#'.length);
        const limit = rates[account] ?? {};
        const state = { ...NEW_PACE, ...(row.state as PaceState) };
        const factor = factorAt(state, limit, now);
        return { account, factor, waitingMs: Math.max(0, nextSlot(state, limit, now) - now) };
      });
    },
  };
}

/** Compare and set on the shared state: tried again on what is newest until nobody came between. Null: it is to stay. */
async function change(
  table: Table,
  account: string,
  next: (state: PaceState) => PaceState | null,
): Promise<void> {
  const pk = `rate#${account}`;
  for (;;) {
    const row = await table.get(pk, 'pace');
    const version = (row?.version as number | undefined) ?? 0;
    const state = next({ ...NEW_PACE, ...(row?.state as PaceState | undefined) });
    if (state === null) return;
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

function quotaUsedUp(account: string, { perDay, tokensPerDay }: RateLimit, until: number): RunPaused {
  const quota = [perDay && `${perDay} requests`, tokensPerDay && `${tokensPerDay} tokens`].filter(Boolean);
  return new RunPaused({
    kind: 'quota',
    until,
    message: `the day's quota of ${account} (${quota.join(', ')}) is used up; it renews at ${new Date(until).toISOString()}`,
  });
}
