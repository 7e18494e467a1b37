import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Nanodollars } from '../../domain/money.ts';
import type { PageClaim, Receipt } from '../../domain/page.ts';
import type { Settlement } from '../../domain/run.ts';
import { createAnswers } from './answers.ts';
import { createDays, type Days } from './days.ts';
import { createPacer } from './pacer.ts';
import { billOf } from './page-bill.ts';
import { createPageCalls, type PageCalls } from './page-calls.ts';
import { callsOfRun, type LoggedCall, openPageLog } from './page-log.ts';
import { createRuns, type Runs } from './runs.ts';
import { createTable } from './table.ts';

/** The durable record of paid calls, holds and runs, in one DynamoDB table. Uses no transactions. */
export interface Ledger {
  /** Creates the table where it is missing. */
  create(): Promise<void>;
  runs: Runs;
  /** Opens a page for paid calls; what an earlier attempt left in flight is settled. Null when the run is not running. */
  openPage(claim: PageClaim): Promise<PageCalls | null>;
  /** Books a page whose work was finished by an attempt that did not live to book it. */
  closeFinished(claim: PageClaim, receipt: Receipt): Promise<void>;
  /** Books or frees what is still held for pages that nobody will open again. `receiptOf`: of finished pages. */
  closeLeftovers(runId: string, receiptOf: (page: string) => Promise<Receipt | null>): Promise<void>;
  /**
   * Closes a call of unknown outcome (`<page>#<slot>.<index>`), once. `cost` null: its worst case was billed. Throws
   * UsageError when there is no such call, or it is not to be closed.
   */
  settle(runId: string, call: string, cost: Nanodollars | null, by: string): Promise<Settlement>;
  /** The budget of all runs for one day. */
  days: Days;
  audit(runId: string): Promise<Audit>;
}

/** What a run's log of calls tells, call by call. */
export interface Audit {
  calls: number;
  spent: Nanodollars;
  /** Calls of unknown outcome. `repaid`: the same question was answered, and billed, afterwards. */
  unknown: (LoggedCall & { repaid: boolean })[];
  /** Questions that were answered, and billed, more than once. */
  duplicates: { callKey: string; times: number; extraCost: Nanodollars }[];
  /** Upper bound of what was paid without need: repaid unknown calls and duplicates. */
  possiblyPaidTwice: Nanodollars;
}

export function createLedger(client: DynamoDBClient, tableName: string): Ledger {
  const table = createTable(client, tableName);
  const runs = createRuns(table);
  const answers = createAnswers(table);
  const pacer = createPacer(table);
  const sharing = new Map<string, Promise<unknown>>();

  async function close(claim: PageClaim, hold: string, receipt: Receipt | null): Promise<void> {
    if (receipt && receipt.hold !== hold) return runs.dropHold(claim.runId, claim.page, hold);
    const log = await openPageLog(table, answers, claim);
    await runs.closePage(claim.runId, claim.page, hold, receipt, billOf(await log.calls()));
  }

  return {
    create: () => table.create(),
    runs,

    async openPage(claim) {
      const run = await runs.openPage(claim.runId, claim.page);
      const hold = run?.holds[claim.page];
      if (!run || !hold) return null;
      const log = await openPageLog(table, answers, claim);
      return createPageCalls({ run, claim, hold: hold.id, log, runs, answers, pacer, sharing });
    },

    async closeFinished(claim, receipt) {
      const hold = (await runs.get(claim.runId))?.holds[claim.page];
      if (hold) await close(claim, hold.id, receipt);
    },

    async closeLeftovers(runId, receiptOf) {
      const run = await runs.get(runId);
      for (const [page, hold] of Object.entries(run?.holds ?? {})) {
        const claim = { runId, scope: '', page, fence: Number.MAX_SAFE_INTEGER };
        await close(claim, hold.id, await receiptOf(page));
      }
    },

    async audit(runId) {
      return auditOf(await callsOfRun(table, runId));
    },
  };
}

function auditOf(calls: LoggedCall[]): Audit {
  const answered = Map.groupBy(
    calls.filter(({ outcome }) => outcome === 'answered'),
    ({ callKey }) => callKey,
  );
  const unknown = calls
    .filter(({ outcome }) => outcome === 'unknown' || outcome === 'in-flight')
    .map((call) => ({ ...call, repaid: answered.has(call.callKey) }));
  const duplicates = [...answered]
    .filter(([, bought]) => bought.length > 1)
    .map(([callKey, bought]) => ({
      callKey,
      times: bought.length,
      extraCost: bought.slice(1).reduce((sum, { cost }) => sum + cost, 0),
    }));
  const repaid = unknown.filter((call) => call.repaid);
  return {
    calls: calls.length,
    spent: calls.reduce((sum, { cost }) => sum + cost, 0),
    unknown,
    duplicates,
    possiblyPaidTwice:
      repaid.reduce((sum, { worstCase }) => sum + worstCase, 0) +
      duplicates.reduce((sum, { extraCost }) => sum + extraCost, 0),
  };
}
