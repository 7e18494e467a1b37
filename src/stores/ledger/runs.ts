import { randomUUID } from 'node:crypto';
import { COUNT_NAMES, type Counts, NO_COUNTS } from '../../domain/counts.ts';
import { formatUsd, type Nanodollars } from '../../domain/money.ts';
import { utcDay } from '../../domain/pacing.ts';
import type { PauseReason, Receipt } from '../../domain/page.ts';
import type { Hold, Pins, Run, Settlement } from '../../domain/run.ts';
import { isClosed, type RunState, statesBefore } from '../../domain/run-state.ts';
import { DEFAULT_SETTINGS } from '../../domain/settings.ts';
import { applyTuning, describeTuning, type Tuning, tuningProblem } from '../../domain/tuning.ts';
import type { PageBill } from './page-bill.ts';
import type { Row, Table } from './table.ts';

/** No cap: more than can ever be spent in safe integers. */
const UNCAPPED: Nanodollars = Number.MAX_SAFE_INTEGER;

export type Reservation = 'held' | 'not-running' | 'no-funds';

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

  /** Changes settings of an open run; the budget only as far as nothing is spent or held beyond it. */
  tune(runId: string, tuning: Tuning, by: string): Promise<Tuned>;
  /** Says who let the run go on after its canary. Null when it does not wait for that. */
  approve(runId: string, by: string): Promise<Run | null>;
  /** Keeps what the run is pinned to, the first time; returns what it has been pinned to since. */
  pin(runId: string, pins: Pins): Promise<Pins>;
  /** Keeps what `verify` said. */
  noteVerified(runId: string, verified: { passed: boolean; message: string }): Promise<Run>;
  /** Says why a worker goes slowly; no reasons: it does not. */
  noteSlow(runId: string, worker: string, reasons: string[]): Promise<void>;
  /** Books a call of unknown outcome that a person has closed, once. False when that was done before. */
  settle(runId: string, call: SettledCall): Promise<boolean>;
}

export type Tuned = { kind: 'tuned'; changes: string[]; run: Run } | { kind: 'refused'; why: string };

export interface SettledCall {
  id: string;
  account: string;
  worstCase: Nanodollars;
  settlement: Settlement;
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

const CLOSED_BOOKS = {
  spent: 0,
  spentBy: {},
  spentOn: {},
  unknownHeld: 0,
  unknownCalls: 0,
  settlements: {},
  epoch: 0,
  tunings: [],
  slow: {},
};

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
      const available = run.settings.budget ?? UNCAPPED;
      await table.put({
        ...CLOSED_BOOKS,
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

    async release(runId, page, amount) {
      await table.update(...key(runId), {
        UpdateExpression:
          'SET available = available + :amount, holds.#page.amount = holds.#page.amount - :amount',
        ConditionExpression: 'holds.#page.amount >= :amount',
        ExpressionAttributeNames: { '#page': page },
        ExpressionAttributeValues: { ':amount': amount },
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

    async tune(runId, tuning, by) {
      for (;;) {
        const run = await existing(runId);
        const why = problemOf(run, tuning);
        if (why) return { kind: 'refused', why };
        const changes = describeTuning(run.settings, tuning);
        const settings = applyTuning(run.settings, tuning);
        const delta = capOf(settings.budget) - capOf(run.settings.budget);
        const tuned = await table.update(...key(runId), {
          UpdateExpression:
            'SET settings = :settings, available = available + :delta, tunings = list_append(tunings, :tuning)',
          // Whoever tuned in between has changed what these changes are about.
          ConditionExpression: 'size(tunings) = :seen AND available >= :taken',
          ExpressionAttributeValues: {
            ':settings': settings,
            ':delta': delta,
            ':taken': -delta,
            ':seen': run.tunings.length,
            ':tuning': [{ at: new Date().toISOString(), by, changes }],
          },
        });
        if (tuned) return { kind: 'tuned', changes, run: toRun(tuned) };
        const now = await existing(runId);
        if (now.available < -delta) return { kind: 'refused', why: belowSpent(now) };
      }
    },

    async approve(runId, by) {
      const approved = await table.update(...key(runId), {
        UpdateExpression: 'SET approval = if_not_exists(approval, :approval)',
        ConditionExpression: '#state = :waiting',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: {
          ':approval': { by, at: new Date().toISOString() },
          ':waiting': 'awaiting-approval',
        },
      });
      return approved && toRun(approved);
    },

    async pin(runId, pins) {
      const pinned = await table.update(...key(runId), {
        UpdateExpression: 'SET pins = if_not_exists(pins, :pins)',
        ExpressionAttributeValues: { ':pins': pins },
      });
      return (pinned as Row & { pins: Pins }).pins;
    },

    async noteVerified(runId, verified) {
      const noted = await table.update(...key(runId), {
        UpdateExpression: 'SET verified = :verified',
        ExpressionAttributeValues: { ':verified': verified },
      });
      return toRun(noted as Row);
    },

    async noteSlow(runId, worker, reasons) {
      await table.update(...key(runId), {
        UpdateExpression: reasons.length > 0 ? 'SET slow.#worker = :note' : 'REMOVE slow.#worker',
        ConditionExpression: 'attribute_exists(slow)',
        ExpressionAttributeNames: { '#worker': worker },
        ...(reasons.length > 0 && { ExpressionAttributeValues: { ':note': { reasons, at: Date.now() } } }),
        ReturnValues: 'NONE',
      });
    },

    async settle(runId, { id, account, worstCase, settlement }) {
      const { cost } = settlement;
      const settled = await table.update(...key(runId), {
        ...additions(
          [
            ['available', worstCase - cost],
            ['unknownHeld', -worstCase],
            ['unknownCalls', -1],
            ['spent', cost],
            [`spentBy.${account}`, cost],
            [`spentOn.${utcDay(Date.now())} ${account}`, cost],
          ],
          {
            expression: ', settlements.#call = :settlement',
            condition: 'attribute_not_exists(settlements.#call)',
            names: { '#call': id },
            values: { ':settlement': settlement },
          },
        ),
        ReturnValues: 'NONE',
      });
      return settled !== null;
    },
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

function problemOf(run: Run, tuning: Tuning): string | null {
  if (isClosed(run.state) || run.state === 'cancelling') return `run ${run.runId} is ${run.state}`;
  if (run.rollbackOf && (tuning.budget !== undefined || tuning.rates))
    return 'a rollback asks nobody: it has no costs';
  const problem = tuningProblem(tuning);
  if (problem) return problem;
  return describeTuning(run.settings, tuning).length === 0 ? 'all of that is so already' : null;
}

function belowSpent({ spent, unknownHeld, holds }: Run): string {
  const held = Object.values(holds).reduce((sum, { amount }) => sum + amount, 0);
  return (
    `the budget cannot be less than what is gone or bound already: ${formatUsd(spent)} spent, ` +
    `${formatUsd(held)} held for calls under way, ${formatUsd(unknownHeld)} kept for calls of unknown outcome`
  );
}

function capOf(budget: Nanodollars | null): Nanodollars {
  return budget ?? UNCAPPED;
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

/** An update that adds amounts to attributes, and to keys of maps (`counts.written`), and does one thing more. */
function additions(
  amounts: [path: string, amount: number][],
  also: {
    expression: string;
    condition: string;
    names: Record<string, string>;
    values: Record<string, unknown>;
  },
) {
  const names: Record<string, string> = { ...also.names };
  const values: Record<string, unknown> = { ...also.values, ':zero': 0 };
  const sets = amounts.map(([path, amount], index) => {
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
    UpdateExpression: `SET ${sets.join(', ')}${also.expression}`,
    ConditionExpression: also.condition,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

/** Runs of earlier versions lack what came later. */
function toRun({ pk: _pk, sk: _sk, ...row }: Row): Run {
  const run = row as unknown as Run;
  return { ...CLOSED_BOOKS, ...run, settings: { ...DEFAULT_SETTINGS, ...run.settings } };
}
