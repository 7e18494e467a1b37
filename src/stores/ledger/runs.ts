import { randomUUID } from 'node:crypto';
import { COUNT_NAMES, type Counts, NO_COUNTS } from '../../domain/counts.ts';
import type { Nanodollars } from '../../domain/money.ts';
import type { PauseReason, Receipt } from '../../domain/page.ts';
import type { Hold, Run } from '../../domain/run.ts';
import { type RunState, statesBefore } from '../../domain/run-state.ts';
import type { Row, Table } from './table.ts';

/** No cap: more than can ever be spent in safe integers. */
const UNCAPPED: Nanodollars = Number.MAX_SAFE_INTEGER;

const NO_BILL: PageBill = { spent: 0, spentBy: {}, unknownHeld: 0, unknownCalls: 0 };

export type Reservation = 'held' | 'not-running' | 'no-funds';

/** What a page cost, by the end of it. */
export interface PageBill {
  spent: Nanodollars;
  spentBy: Record<string, Nanodollars>;
  unknownHeld: Nanodollars;
  unknownCalls: number;
}

/**
 * Runs, one item each: state, counters and holds. Invariant: available + sum of holds + spent + unknownHeld
 * is the budget, at every moment, whatever crashes.
 */
export interface Runs {
  create(run: NewRun): Promise<void>;
  get(runId: string): Promise<Run | undefined>;
  /** Newest first. */
  list(): Promise<Run[]>;
  /** Moves the run if its table of states allows it. Returns the run as it is afterwards, moved or not. */
  move(runId: string, to: RunState, reason?: PauseReason): Promise<Run>;
  /** Opens the page's hold, or joins that of an earlier attempt. Null when the run is not running. */
  openPage(runId: string, page: string): Promise<Run | null>;
  reserve(runId: string, page: string, amount: Nanodollars): Promise<Reservation>;
  /** Frees the page's hold and books its counters and costs, exactly once. False when that was done before. */
  closePage(
    runId: string,
    page: string,
    hold: string,
    receipt: Receipt | null,
    bill: PageBill,
  ): Promise<boolean>;
  /** Frees a hold that a process opened after its page had been booked. */
  dropHold(runId: string, page: string, hold: string): Promise<void>;
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

  return {
    get,

    async create(run) {
      const [pk, sk] = key(run.runId);
      await table.put({ pk: 'runs', sk: run.runId });
      await table.put({
        ...run,
        pk,
        sk,
        state: 'planned',
        reason: null,
        available: run.settings.budget ?? UNCAPPED,
        holds: {},
        spent: 0,
        spentBy: {},
        unknownHeld: 0,
        unknownCalls: 0,
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
      const finishing = to === 'done' || to === 'cancelled';
      const finished = finishing ? { ':finishedAt': new Date().toISOString() } : {};
      const moved = await table.update(...key(runId), {
        UpdateExpression: `SET #state = :to, #reason = :reason${finishing ? ', finishedAt = :finishedAt' : ''}`,
        ConditionExpression: `#state IN (${Object.keys(allowed).join(', ')})`,
        ExpressionAttributeNames: { '#state': 'state', '#reason': 'reason' },
        ExpressionAttributeValues: { ':to': to, ':reason': reason ?? null, ...allowed, ...finished },
      });
      if (moved) return toRun(moved);
      const run = await get(runId);
      if (!run) throw new Error(`run ${runId} is not in the ledger (table ${table.name})`);
      return run;
    },

    async openPage(runId, page) {
      const row = await table.update(...key(runId), {
        UpdateExpression: 'SET holds.#page = if_not_exists(holds.#page, :new)',
        ConditionExpression: '#state = :running',
        ExpressionAttributeNames: { '#page': page, '#state': 'state' },
        ExpressionAttributeValues: { ':new': { id: randomUUID(), amount: 0 }, ':running': 'running' },
      });
      return row && toRun(row);
    },

    async reserve(runId, page, amount) {
      const held = await table.update(...key(runId), {
        UpdateExpression:
          'SET available = available - :amount, holds.#page.amount = holds.#page.amount + :amount',
        ConditionExpression: '#state = :running AND available >= :amount AND attribute_exists(holds.#page)',
        ExpressionAttributeNames: { '#page': page, '#state': 'state' },
        ExpressionAttributeValues: { ':amount': amount, ':running': 'running' },
        ReturnValues: 'NONE',
      });
      if (held !== null) return 'held';
      const run = await get(runId);
      return run?.state === 'running' && page in run.holds ? 'no-funds' : 'not-running';
    },

    async closePage(runId, page, hold, receipt, bill) {
      for (;;) {
        const held = (await get(runId))?.holds[page];
        if (held?.id !== hold) return false;
        // A reservation that came between changes the hold: then the refund is reckoned again.
        const closed = await table.update(...key(runId), closing(page, held, receipt, bill));
        if (closed !== null) return true;
      }
    },

    async dropHold(runId, page, hold) {
      await this.closePage(runId, page, hold, null, NO_BILL);
    },
  };
}

/** The one write that frees a page's hold and books its counters and costs. */
function closing(page: string, held: Hold, receipt: Receipt | null, bill: PageBill) {
  const counts: Counts = receipt?.counts ?? NO_COUNTS;
  const additions = [
    ['available', held.amount - bill.spent - bill.unknownHeld],
    ['spent', bill.spent],
    ['unknownHeld', bill.unknownHeld],
    ['unknownCalls', bill.unknownCalls],
    ...COUNT_NAMES.map((name) => [`counts.${name}`, counts[name]] as const),
    ...Object.entries(receipt?.classes ?? {}).map(([name, items]) => [`classes.${name}`, items] as const),
    ...Object.entries(bill.spentBy).map(([account, cost]) => [`spentBy.${account}`, cost] as const),
  ] as [string, number][];
  const names: Record<string, string> = { '#holds': 'holds', '#page': page };
  const values: Record<string, number> = { ':held': held.amount, ':zero': 0 };
  const sets = additions.map(([path, amount], index) => {
    values[`:v${index}`] = amount;
    // A map's key may hold dots and slashes itself (`openai/gpt-4.1`): only the first dot divides.
    const dot = path.indexOf('.');
    const parts = dot < 0 ? [path] : [path.slice(0, dot), path.slice(dot + 1)];
    const name = parts.map((part, depth) => {
      names[`#n${index}_${depth}`] = part;
      return `#n${index}_${depth}`;
    });
    return `${name.join('.')} = if_not_exists(${name.join('.')}, :zero) + :v${index}`;
  });
  return {
    UpdateExpression: `SET ${sets.join(', ')} REMOVE #holds.#page`,
    ConditionExpression: '#holds.#page.id = :id AND #holds.#page.amount = :held',
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: { ...values, ':id': held.id },
    ReturnValues: 'NONE' as const,
  };
}

function toRun({ pk: _pk, sk: _sk, ...run }: Row): Run {
  return run as unknown as Run;
}
