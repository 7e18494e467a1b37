import { randomUUID } from 'node:crypto';
import { COUNT_NAMES, type Counts, NO_COUNTS } from '../../domain/counts.ts';
import type { Nanodollars } from '../../domain/money.ts';
import { utcDay } from '../../domain/pacing.ts';
import type { PauseReason, Receipt } from '../../domain/page.ts';
import type { Hold, Run } from '../../domain/run.ts';
import { type RunState, statesBefore } from '../../domain/run-state.ts';
import type { PageBill } from './page-bill.ts';
import { ADDED_ONCE, additions, capOf, NEW_BOOKS, toRun } from './run-row.ts';
import { createSteering, type Steering } from './steering.ts';
import type { Table } from './table.ts';

export type Reservation = 'held' | 'not-running' | 'no-funds';

/**
 * Runs, one item each: state, counters and holds. Invariant: available + sum of holds + spent + unknownHeld
 * is the budget, at every moment, whatever crashes.
 */
export interface Runs extends Steering {
  create(run: NewRun): Promise<void>;
  get(runId: string): Promise<Run | undefined>;
  /** Newest first. */
  list(): Promise<Run[]>;
  /** Moves the run if its table of states allows it. Returns the run as it is afterwards, moved or not. */
  move(runId: string, to: RunState, reason?: PauseReason): Promise<Run>;
  /** Opens the page's hold, or joins that of an earlier attempt. Null when the run is not running. */
  openPage(runId: string, page: string): Promise<Run | null>;
  reserve(runId: string, page: string, amount: Nanodollars): Promise<Reservation>;
  /** Gives back what the page holds and needs no more. */
  release(runId: string, page: string, amount: Nanodollars): Promise<void>;
  /** Frees the page's hold and books its counters and costs, exactly once. False when that was done before. */
  closePage(
    runId: string,
    page: string,
    hold: Hold,
    receipt: Receipt | null,
    bill: PageBill,
  ): Promise<boolean>;
}

/** A run as it is planned; the ledger opens its books. */
export type NewRun = Pick<
  Run,
  | 'runId'
  | 'backfill'
  | 'workflowId'
  | 'rollbackOf'
  | 'sample'
  | 'canaryItems'
  | 'selection'
  | 'settings'
  | 'units'
  | 'estimated'
  | 'counts'
  | 'classes'
  | 'createdAt'
>;

export function createRuns(table: Table): Runs {
  const key = (runId: string) => [`run#${runId}`, 'run'] as const;

  async function get(runId: string): Promise<Run | undefined> {
    const row = await table.get(...key(runId));
    return row && toRun(row);
  }

  async function existing(runId: string): Promise<Run> {
    const run = await get(runId);
    if (!run) throw new Error(`run ${runId} is not in the ledger (table ${table.name})`);
    return run;
  }

  return {
    get,

    async create(run) {
      const [pk, sk] = key(run.runId);
      await table.put({ pk: 'runs', sk: run.runId });
      const available = capOf(run.settings.budget);
      await table.put({
        ...NEW_BOOKS,
        ...run,
        pk,
        sk,
        state: 'planned',
        reason: null,
        available,
        holds: {},
      });
    },

    async list() {
      const index = await table.query('runs', '');
      const rows = await table.getMany(index.map(({ sk }) => ({ pk: `run#${sk}`, sk: 'run' })));
      return rows.map(toRun).sort((a, b) => b.createdAt.localeCompare(a.createdAt));
    },

    async move(runId, to, reason) {
      const from = statesBefore(to);
      const allowed = Object.fromEntries(from.map((state, index) => [`:from${index}`, state]));
      const also = SET_WITH[to]?.() ?? { expression: '', values: {} };
      const moved = await table.update(...key(runId), {
        UpdateExpression: `SET #state = :to, #reason = :reason${also.expression}`,
        ConditionExpression: `#state IN (${Object.keys(allowed).join(', ')})`,
        ExpressionAttributeNames: { '#state': 'state', '#reason': 'reason' },
        ExpressionAttributeValues: { ':to': to, ':reason': reason ?? null, ...allowed, ...also.values },
      });
      return moved ? toRun(moved) : existing(runId);
    },

    async openPage(runId, page) {
      const hold: Hold = { id: randomUUID(), amount: 0, day: utcDay(Date.now()) };
      const row = await table.update(...key(runId), {
        UpdateExpression: 'SET holds.#page = if_not_exists(holds.#page, :new)',
        ConditionExpression: '#state = :running',
        ExpressionAttributeNames: { '#page': page, '#state': 'state' },
        ExpressionAttributeValues: { ':new': hold, ':running': 'running' },
      });
      return row && toRun(row);
    },

    async reserve(runId, page, amount) {
      const once = randomUUID();
      const held = await table.update(...key(runId), {
        UpdateExpression: `SET available = available - :amount, ${ADDED_ONCE.set}`,
        ConditionExpression: `#state = :running AND available >= :amount AND attribute_exists(holds.#page) AND ${ADDED_ONCE.condition}`,
        ExpressionAttributeNames: { '#page': page, '#state': 'state' },
        ExpressionAttributeValues: { ':amount': amount, ':running': 'running', ':once': once },
        ReturnValues: 'NONE',
      });
      if (held !== null) return 'held';
      const run = await get(runId);
      if (run?.holds[page]?.latest === once) return 'held';
      return run?.state === 'running' && page in run.holds ? 'no-funds' : 'not-running';
    },

    async release(runId, page, amount) {
      await table.update(...key(runId), {
        UpdateExpression: `SET available = available - :amount, ${ADDED_ONCE.set}`,
        ConditionExpression: `holds.#page.amount >= :least AND ${ADDED_ONCE.condition}`,
        ExpressionAttributeNames: { '#page': page },
        ExpressionAttributeValues: { ':amount': -amount, ':least': amount, ':once': randomUUID() },
        ReturnValues: 'NONE',
      });
    },

    async closePage(runId, page, { id }, receipt, bill) {
      for (;;) {
        const held = (await get(runId))?.holds[page];
        if (held?.id !== id) return false;
        // A reservation that came between changes the hold: then the refund is reckoned again.
        const closed = await table.update(...key(runId), closing(page, held, receipt, bill));
        if (closed !== null) return true;
      }
    },

    ...createSteering(table, key, existing),
  };
}

/** What else is written with a move. */
const SET_WITH: Partial<Record<RunState, () => { expression: string; values: Record<string, unknown> }>> = {
  running: () => ({
    expression: ', epoch = if_not_exists(epoch, :none) + :one',
    values: { ':none': 0, ':one': 1 },
  }),
  done: finished,
  cancelled: finished,
};

function finished() {
  return { expression: ', finishedAt = :finishedAt', values: { ':finishedAt': new Date().toISOString() } };
}

/** The one write that frees a page's hold and books its counters and costs. */
function closing(page: string, held: Hold, receipt: Receipt | null, bill: PageBill) {
  const counts: Counts = receipt?.counts ?? NO_COUNTS;
  const amounts = [
    ['available', held.amount - bill.spent - bill.unknownHeld],
    ['spent', bill.spent],
    ['unknownHeld', bill.unknownHeld],
    ['unknownCalls', bill.unknownCalls],
    ...COUNT_NAMES.map((name) => [`counts.${name}`, counts[name]] as const),
    ...Object.entries(receipt?.classes ?? {}).map(([name, items]) => [`classes.${name}`, items] as const),
    ...Object.entries(bill.spentBy).flatMap(([account, cost]) => [
      [`spentBy.${account}`, cost] as const,
      [`spentOn.${held.day} ${account}`, cost] as const,
    ]),
  ] as [string, number][];
  return {
    ...additions(amounts, {
      expression: ' REMOVE #holds.#page',
      condition: '#holds.#page.id = :id AND #holds.#page.amount = :held',
      names: { '#holds': 'holds', '#page': page },
      values: { ':held': held.amount, ':id': held.id },
    }),
    ReturnValues: 'NONE' as const,
  };
}
