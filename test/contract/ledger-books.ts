import { expect } from 'vitest';
import { utcDay } from '../../src/domain/pacing.ts';
import type { Hold, Run } from '../../src/domain/run.ts';
import type { RunState } from '../../src/domain/run-state.ts';
import type { Ledger } from '../../src/stores/ledger/ledger.ts';
import { callsOfRun } from '../../src/stores/ledger/page-log.ts';
import { callName, isUnknown } from '../../src/stores/ledger/settling.ts';
import type { Row, Table } from '../../src/stores/ledger/table.ts';
import type { Receipts } from './ledger-page.ts';
import { PAGES } from './ledger-plan.ts';
import type { WitnessProvider } from './ledger-provider.ts';

/** Looks at the ledger from outside, and compares it with what the provider has billed. */
export interface Books {
  table: Table;
  ledger: Ledger;
  /** What must hold at every moment. */
  look(runIds: readonly string[]): Promise<void>;
  /** What must hold besides once both runs have ended. */
  atTheEnd(runIds: readonly string[], receipts: Receipts): Promise<void>;
}

interface Day {
  holds: Record<string, Hold>;
  committed: number;
  spent: number;
}

export function createBooks(table: Table, ledger: Ledger, provider: WitnessProvider): Books {
  async function read(runIds: readonly string[]): Promise<{ runs: Run[]; day: Day; cap: number | null }> {
    const day = utcDay(Date.now());
    const rows = await table.getMany([
      ...runIds.map((runId) => ({ pk: `run#${runId}`, sk: 'run' })),
      { pk: 'days', sk: day },
      { pk: 'days', sk: 'cap' },
    ]);
    const byKey = new Map(rows.map((row) => [`${row.pk} ${row.sk}`, row]));
    const runs = runIds.map((runId) => byKey.get(`run#${runId} run`) as Row & Run);
    const { holds, committed, spent } = (byKey.get(`days ${day}`) ?? NO_DAY) as Row & Day;
    return { runs, day: { holds, committed, spent }, cap: byKey.get('days cap')?.cap as number | null };
  }

  /** Runs as they were at the last look. */
  const before = new Map<string, { state: RunState; amount: number }>();

  return {
    table,
    ledger,

    async look(runIds) {
      const paid = runIds.map((runId) => provider.paid.get(runId) ?? 0);
      const { runs, day, cap } = await read(runIds);
      for (const [n, run] of runs.entries()) {
        const budget = run.settings.budget as number;
        expect(run.available, 'what is available').toBeGreaterThanOrEqual(0);
        for (const { amount } of Object.values(run.holds)) expect(amount, 'a hold').toBeGreaterThanOrEqual(0);
        expect(run.available + held(run) + run.spent + run.unknownHeld, 'the budget').toBe(budget);
        expect(paid[n], 'really paid').toBeLessThanOrEqual(budget);
        const { state = 'running', amount = 0 } = before.get(run.runId) ?? {};
        if (state !== 'running' && run.state !== 'running')
          expect(held(run), `held while ${run.state}`).toBeLessThanOrEqual(amount);
        before.set(run.runId, { state: run.state, amount: held(run) });
      }
      const settled = sum(
        runs.flatMap(({ settlements }) => Object.values(settlements).map(({ cost }) => cost)),
      );
      const unknown = day.committed - day.spent - held(day);
      expect(unknown, "the day's money for calls of unknown outcome").toBeGreaterThanOrEqual(0);
      if (cap !== null) {
        // What a person finds out later counts on that day, whether it fits or not.
        expect(day.committed - settled, "the day's money").toBeLessThanOrEqual(cap);
        expect(sum(paid), 'really paid that day').toBeLessThanOrEqual(cap);
      }
    },

    async atTheEnd(runIds, receipts) {
      const { runs, day } = await read(runIds);
      // A worker that died when all was booked leaves a closed hold behind, which holds nothing.
      const open = Object.entries(day.holds).filter(([, { id }]) => !id.startsWith('closed '));
      expect(open, 'holds of the day').toEqual([]);
      let lateOfAll = 0;
      for (const run of runs) lateOfAll += await expectBooked(run, receipts);
      expect(
        Math.abs(day.spent - sum(runs.map(({ spent }) => spent))),
        "the day's spending",
      ).toBeLessThanOrEqual(lateOfAll);
    },
  };

  /** Returns how much of the unknown has become known too late to be booked. */
  async function expectBooked(run: Run, receipts: Receipts): Promise<number> {
    expect(run.holds, 'holds of the run').toEqual({});
    const booked = await Promise.all(PAGES.map(({ name }) => receipts.receipt(run.runId, name)));
    for (const name of ['written', 'failed'] as const)
      expect(run.counts[name], name).toBe(sum(booked.map((receipt) => receipt?.counts[name] ?? 0)));

    const calls = await callsOfRun(table, run.runId);
    const settled = calls.filter((call) => run.settlements[callName(call)]);
    expect(settled).toHaveLength(Object.keys(run.settlements).length);
    const rest = calls.filter((call) => !run.settlements[callName(call)]);
    const settledCost = sum(Object.values(run.settlements).map(({ cost }) => cost));
    const open = rest.filter(isUnknown);
    // An answer that a sleeper brings after its page was booked: the run goes on to count it as unknown.
    const late = run.unknownHeld - sum(open.map(({ worstCase }) => worstCase));
    const lateCost = sum(rest.map(({ cost }) => cost)) + settledCost - run.spent;
    expect(late, 'held for what came late').toBeGreaterThanOrEqual(0);
    expect(lateCost, 'what came late').toBeGreaterThanOrEqual(0);
    expect(lateCost, 'what came late').toBeLessThanOrEqual(late);
    if (run.unknownCalls === open.length) expect(late).toBe(0);
    expect(run.unknownCalls).toBeGreaterThanOrEqual(open.length);
    expect(sum(Object.values(run.spentBy)), 'spent by account').toBe(run.spent);
    expect(sum(Object.values(run.spentOn)), 'spent by day').toBe(run.spent);

    // The provider has billed what is known, and nothing beyond what the log keeps as unknown.
    const paid = provider.paid.get(run.runId) ?? 0;
    const known = sum(calls.map(({ cost }) => cost));
    expect(paid, 'really paid').toBeGreaterThanOrEqual(known);
    const worst = sum(calls.filter(isUnknown).map(({ worstCase }) => worstCase));
    expect(paid, 'really paid').toBeLessThanOrEqual(known + worst);
    return late;
  }
}

const NO_DAY = { holds: {}, committed: 0, spent: 0 };

function held({ holds }: Pick<Run, 'holds'>): number {
  return sum(Object.values(holds).map(({ amount }) => amount));
}

function sum(amounts: number[]): number {
  return amounts.reduce((all, amount) => all + amount, 0);
}
