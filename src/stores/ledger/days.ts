import { randomUUID } from 'node:crypto';
import type { Nanodollars } from '../../domain/money.ts';
import { utcDay } from '../../domain/pacing.ts';
import type { Hold } from '../../domain/run.ts';
import { NO_BILL, type PageBill } from './page-bill.ts';
import { ADDED_ONCE } from './run-row.ts';
import type { Row, Table } from './table.ts';

/** What all runs together spend on one UTC day. */
export interface DayBudget {
  /** `2026-11-21` */
  day: string;
  /** Null: none. */
  cap: Nanodollars | null;
  spent: Nanodollars;
  /** For calls in flight, not yet settled, or of unknown outcome. */
  held: Nanodollars;
}

/**
 * One item per UTC day, with the holds of all pages that were opened on it. The cap is an item of its own, good for
 * every day, and is copied to the item of the day on which it is set. Invariant: `committed` is what the day's pages
 * have spent, hold, or keep for calls of unknown outcome, also while there is no cap: one may be set at any moment.
 */
export interface Days {
  /** Of a day; default: today. */
  read(day?: string): Promise<DayBudget>;
  /** What pages of other runs have set aside today. */
  heldByOthers(runId: string): Promise<Nanodollars>;
  /** Binds whatever is held from now on. Null: no cap. */
  setCap(cap: Nanodollars | null): Promise<void>;
  /** Opens the page's hold on its day, or joins that of an earlier attempt. */
  open(page: PageOfDay): Promise<void>;
  reserve(page: PageOfDay, amount: Nanodollars): Promise<'held' | 'no-funds' | 'closed'>;
  release(page: PageOfDay, amount: Nanodollars): Promise<void>;
  /** Frees the page's hold and books its bill, exactly once; the hold stays as a closed one until it is forgotten. */
  close(page: PageOfDay, bill: Pick<PageBill, 'spent' | 'unknownHeld'>): Promise<void>;
  /** Once the run holds nothing for the page either, nobody closes it again: nothing of it stays. */
  forget(page: PageOfDay): Promise<void>;
  /**
   * A person has found out what a call of unknown outcome cost. What its day had kept for it is free again; what it cost
   * counts on the day on which that became known.
   */
  settle(call: { day: string; kept: Nanodollars; cost: Nanodollars }): Promise<void>;
}

export interface PageOfDay {
  runId: string;
  page: string;
  hold: Hold;
}

const PK = 'days';

export function createDays(table: Table): Days {
  /** By day, as last seen here. Each hold asserts that it knows the cap in force, so a new one binds at once. */
  const caps = new Map<string, Nanodollars | null>();
  const nameOf = ({ runId, page }: PageOfDay) => `${runId}/${page}`;

  async function readCap(): Promise<Nanodollars | null> {
    return ((await table.get(PK, 'cap'))?.cap as Nanodollars | null | undefined) ?? null;
  }

  async function ensureRow(day: string): Promise<void> {
    if ((await table.get(PK, day)) !== undefined) return;
    const cap = await readCap();
    await table.putNew({ pk: PK, sk: day, holds: {}, committed: 0, spent: 0, ...(cap !== null && { cap }) });
  }

  function heldIn(row: Row | undefined, page: PageOfDay): Hold | undefined {
    const hold = (row?.holds as Record<string, Hold> | undefined)?.[nameOf(page)];
    return hold?.id === page.hold.id ? hold : undefined;
  }

  async function heldFor(page: PageOfDay): Promise<Hold | undefined> {
    return heldIn(await table.get(PK, page.hold.day), page);
  }

  /** `room`: a condition, and its values. */
  const add = (page: PageOfDay, amount: Nanodollars, once: string, room: [string, Record<string, number>]) =>
    table.update(PK, page.hold.day, {
      UpdateExpression: `SET committed = committed + :amount, ${ADDED_ONCE.set}`,
      ConditionExpression: `holds.#page.id = :id AND ${room[0]} AND ${ADDED_ONCE.condition}`,
      ExpressionAttributeNames: { '#page': nameOf(page) },
      ExpressionAttributeValues: { ':amount': amount, ':id': page.hold.id, ':once': once, ...room[1] },
      ReturnValues: 'NONE',
    });

  async function close(page: PageOfDay, bill: Pick<PageBill, 'spent' | 'unknownHeld'>): Promise<void> {
    for (;;) {
      const held = await heldFor(page);
      if (!held) return;
      const closed = await table.update(PK, page.hold.day, {
        UpdateExpression:
          'SET committed = committed + :change, spent = spent + :spent, holds.#page = :closed',
        ConditionExpression: 'holds.#page.id = :id AND holds.#page.amount = :held',
        ExpressionAttributeNames: { '#page': nameOf(page) },
        ExpressionAttributeValues: {
          ':change': bill.spent + bill.unknownHeld - held.amount,
          ':spent': bill.spent,
          ':id': held.id,
          ':held': held.amount,
          ':closed': closedHold(page),
        },
        ReturnValues: 'NONE',
      });
      if (closed !== null) return;
    }
  }

  async function remove(page: PageOfDay): Promise<boolean> {
    const removed = await table.update(PK, page.hold.day, {
      UpdateExpression: 'REMOVE holds.#page',
      ConditionExpression: 'holds.#page.id = :closed',
      ExpressionAttributeNames: { '#page': nameOf(page) },
      ExpressionAttributeValues: { ':closed': closedHold(page).id },
      ReturnValues: 'NONE',
    });
    return removed !== null;
  }

  async function change(day: string, by: { committed: Nanodollars; spent: Nanodollars }): Promise<void> {
    await ensureRow(day);
    await table.update(PK, day, {
      UpdateExpression: 'SET committed = committed + :committed, spent = spent + :spent, latest = :once',
      // As with holds: what is repeated, as its acknowledgement was lost, is counted once.
      ConditionExpression: 'attribute_not_exists(latest) OR latest <> :once',
      ExpressionAttributeValues: { ':committed': by.committed, ':spent': by.spent, ':once': randomUUID() },
      ReturnValues: 'NONE',
    });
  }

  return {
    async read(day = utcDay(Date.now())) {
      const [row, limit] = await Promise.all([table.get(PK, day), readCap()]);
      const spent = (row?.spent as number | undefined) ?? 0;
      return { day, cap: limit, spent, held: ((row?.committed as number | undefined) ?? 0) - spent };
    },

    async heldByOthers(runId) {
      const holds = ((await table.get(PK, utcDay(Date.now())))?.holds ?? {}) as Record<string, Hold>;
      const others = Object.entries(holds).filter(([page]) => !page.startsWith(`${runId}/`));
      return others.reduce((sum, [, { amount }]) => sum + amount, 0);
    },

    async setCap(limit) {
      await table.put({ pk: PK, sk: 'cap', cap: limit });
      const day = utcDay(Date.now());
      await ensureRow(day);
      await table.update(PK, day, {
        UpdateExpression: limit === null ? 'REMOVE cap' : 'SET cap = :cap',
        ...(limit !== null && { ExpressionAttributeValues: { ':cap': limit } }),
        ReturnValues: 'NONE',
      });
    },

    async open(page) {
      const { id, day } = page.hold;
      await ensureRow(day);
      await table.update(PK, day, {
        UpdateExpression: 'SET holds.#page = if_not_exists(holds.#page, :hold)',
        ExpressionAttributeNames: { '#page': nameOf(page) },
        ExpressionAttributeValues: { ':hold': { id, amount: 0 } },
        ReturnValues: 'NONE',
      });
    },

    async reserve(page, amount) {
      // All of it is held for the page already.
      if (amount === 0) return 'held';
      const { day } = page.hold;
      const once = randomUUID();
      for (;;) {
        const cap = caps.get(day) ?? null;
        if ((await add(page, amount, once, roomUnder(cap, amount))) !== null) return 'held';
        const row = await table.get(PK, day);
        const held = heldIn(row, page);
        if (held?.latest === once) return 'held';
        if (!held) return 'closed';
        const inForce = (row?.cap as Nanodollars | undefined) ?? null;
        if (inForce === cap) return 'no-funds';
        caps.set(day, inForce);
      }
    },

    async release(page, amount) {
      await add(page, -amount, randomUUID(), ['holds.#page.amount >= :least', { ':least': amount }]);
    },

    close,

    async forget(page) {
      if (await remove(page)) return;
      // Opened between the two, by a worker that was frozen before: nothing was spent by it.
      await close(page, NO_BILL);
      await remove(page);
    },

    async settle({ day, kept, cost }) {
      await change(day, { committed: -kept, spent: 0 });
      await change(utcDay(Date.now()), { committed: cost, spent: cost });
    },
  };
}

function roomUnder(cap: Nanodollars | null, amount: Nanodollars): [string, Record<string, number>] {
  if (cap === null) return ['attribute_not_exists(cap)', {}];
  return ['cap = :cap AND committed <= :most', { ':cap': cap, ':most': cap - amount }];
}

/** A worker that was frozen before it opened the hold finds it closed, and does not open it again. */
function closedHold({ hold }: PageOfDay) {
  return { id: `closed ${hold.id}`, amount: 0 };
}
