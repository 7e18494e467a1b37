import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { PaidCall } from '../../domain/call.ts';
import type { HostPace } from '../../domain/host-pace.ts';
import type { Nanodollars } from '../../domain/money.ts';
import type { PageClaim, Receipt } from '../../domain/page.ts';
import type { Hold, Run, Settlement } from '../../domain/run.ts';
import type { Rates } from '../../domain/settings.ts';
import { type BoughtAnswer, createAnswers } from './answers.ts';
import { callKey } from './call-key.ts';
import { createDays, type Days, type PageOfDay } from './days.ts';
import { createHostPace } from './host-pace.ts';
import { createLiveRuns, type LiveRuns } from './live-runs.ts';
import { createPacer, type Standing } from './pacer.ts';
import { billOf, NO_BILL, type PageBill } from './page-bill.ts';
import { createPageCalls, type PageCalls } from './page-calls.ts';
import { callsOfRun, type LoggedCall, openPageLog } from './page-log.ts';
import { createPageMoney } from './page-money.ts';
import { createRuns, type Runs } from './runs.ts';
import { callName, isUnknown, noSuchCall, settledBefore, settlementOf } from './settling.ts';
import { createTable } from './table.ts';

/** The durable record of paid calls, holds and runs, in one DynamoDB table. Uses no transactions. */
export interface Ledger {
  /** Creates the table where it is missing. */
  create(): Promise<void>;
  runs: Runs;
  /** Opens a page for paid calls; what an earlier attempt left in flight is settled. Null when the run is not running. */
  openPage(claim: PageClaim): Promise<PageCalls | null>;
  /**
   * Books a page that no attempt lived to book; without a receipt, one that none lived to finish: then it must not be
   * opened again. False, and nothing done, where it holds nothing: it was booked before, or never opened.
   */
  closePage(claim: PageClaim, receipt: Receipt | null): Promise<boolean>;
  /** Books or frees what is still held for pages that nobody will open again. `receiptOf`: of finished pages. */
  closeLeftovers(runId: string, receiptOf: (page: string) => Promise<Receipt | null>): Promise<void>;
  /**
   * Closes a call of unknown outcome (`<page>#<slot>.<index>`), once. `cost` null: its worst case was billed. Throws
   * UsageError when there is no such call, or it is not to be closed.
   */
  settle(runId: string, call: string, cost: Nanodollars | null, by: string): Promise<Settlement>;
  /** The budget of all runs for one day. */
  days: Days;
  live: LiveRuns;
  /** Paces the run's requests to image hosts, where it limits them. */
  hosts(runId: string): HostPace;
  audit(runId: string): Promise<Audit>;
  /** What the run has paid, by item. */
  costs(runId: string): Promise<Map<string, Nanodollars>>;
  /** What the same question was answered before, by anyone. Asks and buys nothing. */
  answered(call: Omit<PaidCall<unknown>, 'parse' | 'prepare'>): Promise<BoughtAnswer | undefined>;
  /** How accounts stand towards their limits; those that were never paced are left out. */
  paces(accounts: readonly string[], rates: Rates): Promise<Standing[]>;
}

/** What a run's log of calls tells, call by call. */
export interface Audit {
  calls: number;
  spent: Nanodollars;
  /** Calls of unknown outcome. `repaid`: the same question was answered, and billed, afterwards. */
  unknown: (LoggedCall & { repaid: boolean })[];
  /** Calls of unknown outcome that a person has closed, with what they cost. */
  settled: (LoggedCall & Settlement)[];
  /** Questions that were answered, and billed, more than once. */
  duplicates: { callKey: string; times: number; extraCost: Nanodollars }[];
  /** Answers that were billed and could not be used. */
  unusable: { calls: number; cost: Nanodollars };
  /** Upper bound of what was paid without need: repaid unknown calls and duplicates. */
  possiblyPaidTwice: Nanodollars;
}

export function createLedger(client: DynamoDBClient, tableName: string): Ledger {
  const table = createTable(client, tableName);
  const runs = createRuns(table);
  const answers = createAnswers(table);
  const pacer = createPacer(table);
  const days = createDays(table);
  const live = createLiveRuns(runs);
  const sharing = new Map<string, Promise<unknown>>();

  /** The day first: until the run's hold is gone, both are done again, and what was done stays as it is. */
  async function close(claim: PageClaim, hold: Hold, receipt: Receipt | null): Promise<void> {
    const page = { runId: claim.runId, page: claim.page, hold };
    // A frozen attempt has opened the page again after it was booked: its hold is nobody's.
    const stray = receipt !== null && receipt.hold !== hold.id;
    const bill = stray ? NO_BILL : billOf(await (await openPageLog(table, answers, claim)).callsToBook());
    await closeBooks(page, stray ? null : receipt, bill);
  }

  async function closeBooks(page: PageOfDay, receipt: Receipt | null, bill: PageBill): Promise<void> {
    await days.close(page, bill);
    await runs.closePage(page.runId, page.page, page.hold, receipt, bill);
    await days.forget(page);
  }

  /** False when the page has been closed meanwhile: a frozen worker may have opened the day's hold after that. */
  async function openDay(page: PageOfDay): Promise<boolean> {
    await days.open(page);
    if ((await runs.get(page.runId))?.holds[page.page]?.id === page.hold.id) return true;
    await days.forget(page);
    return false;
  }

  return {
    create: () => table.create(),
    runs,
    days,
    live,

    async openPage(claim) {
      const run = await runs.openPage(claim.runId, claim.page);
      const hold = run?.holds[claim.page];
      if (!run || !hold) return null;
      const page = { runId: claim.runId, page: claim.page, hold };
      if (!(await openDay(page))) return null;
      const log = await openPageLog(table, answers, claim);
      return createPageCalls({
        run,
        claim,
        log,
        money: createPageMoney({ run, page, runs, days }),
        answers,
        pacer,
        live: () => live.get(run.runId),
        async close(receipt) {
          await closeBooks(page, receipt, billOf(await log.callsToBook()));
        },
        sharing,
      });
    },

    async closePage(claim, receipt) {
      const hold = (await runs.get(claim.runId))?.holds[claim.page];
      if (!hold) return false;
      await close(claim, hold, receipt);
      return true;
    },

    async closeLeftovers(runId, receiptOf) {
      const run = await runs.get(runId);
      for (const [page, hold] of Object.entries(run?.holds ?? {})) {
        const claim = { runId, scope: '', page, fence: Number.MAX_SAFE_INTEGER };
        await close(claim, hold, await receiptOf(page));
      }
    },

    hosts: (runId) => createHostPace({ runId, live, pacer }),

    async settle(runId, id, cost, by) {
      const run = await runs.get(runId);
      const calls = run ? await callsOfRun(table, runId) : [];
      const call = calls.find((one) => callName(one) === id);
      if (!run || !call) throw noSuchCall(runId, id);
      const settlement = settlementOf(run, call, cost, by);
      const settled = { id, account: call.account, worstCase: call.worstCase, settlement };
      if (!(await runs.settle(runId, settled))) throw settledBefore(id);
      await days.settle({ day: call.day, kept: call.worstCase, cost: settlement.cost });
      return settlement;
    },

    async audit(runId) {
      const [run, calls] = await Promise.all([runs.get(runId), callsOfRun(table, runId)]);
      return auditOf(calls, run?.settlements ?? {});
    },

    async costs(runId) {
      const costs = new Map<string, Nanodollars>();
      for (const { item, cost } of await callsOfRun(table, runId))
        costs.set(item, (costs.get(item) ?? 0) + cost);
      return costs;
    },

    answered: (call) => answers.find(callKey(call)),
    paces: (accounts, rates) => pacer.standing(accounts, rates),
  };
}

function auditOf(calls: LoggedCall[], settlements: Run['settlements']): Audit {
  const answered = Map.groupBy(
    calls.filter(({ outcome }) => outcome === 'answered'),
    ({ callKey }) => callKey,
  );
  const open = calls.filter(isUnknown);
  const settled = open.flatMap((call) => {
    const settlement = settlements[callName(call)];
    return settlement ? [{ ...call, ...settlement }] : [];
  });
  const unknown = open
    .filter((call) => !settlements[callName(call)])
    .map((call) => ({ ...call, repaid: answered.has(call.callKey) }));
  const duplicates = [...answered]
    .filter(([, bought]) => bought.length > 1)
    .map(([callKey, bought]) => ({
      callKey,
      times: bought.length,
      extraCost: bought.slice(1).reduce((sum, { cost }) => sum + cost, 0),
    }));
  const repaid = unknown.filter((call) => call.repaid);
  const unusable = calls.filter(({ outcome }) => outcome === 'unusable');
  return {
    calls: calls.length,
    spent: [...calls, ...settled].reduce((sum, { cost }) => sum + cost, 0),
    unknown,
    settled,
    duplicates,
    unusable: { calls: unusable.length, cost: unusable.reduce((sum, { cost }) => sum + cost, 0) },
    possiblyPaidTwice:
      repaid.reduce((sum, { worstCase }) => sum + worstCase, 0) +
      duplicates.reduce((sum, { extraCost }) => sum + extraCost, 0),
  };
}
