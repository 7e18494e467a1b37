import { accountOf } from '../../domain/account.ts';
import type { PaidCall } from '../../domain/call.ts';
import type { Nanodollars } from '../../domain/money.ts';
import type { LoggedCall } from './page-log.ts';

/** What a page cost, by the end of it. */
export interface PageBill {
  spent: Nanodollars;
  spentBy: Record<string, Nanodollars>;
  unknownHeld: Nanodollars;
  unknownCalls: number;
}

export const NO_BILL: PageBill = { spent: 0, spentBy: {}, unknownHeld: 0, unknownCalls: 0 };

/** What a page's calls cost, by every attempt that worked on it. */
export function billOf(calls: LoggedCall[]): PageBill {
  const bill: PageBill = { spent: 0, spentBy: {}, unknownHeld: 0, unknownCalls: 0 };
  for (const { outcome, cost, account, worstCase } of calls) {
    bill.spent += cost;
    if (cost > 0) bill.spentBy[account] = (bill.spentBy[account] ?? 0) + cost;
    if (outcome === 'unknown' || outcome === 'in-flight') {
      bill.unknownHeld += worstCase;
      bill.unknownCalls += 1;
    }
  }
  return bill;
}

/** The accounts whose limits a call keeps to, the widest last. */
export function accountsOf(call: PaidCall<unknown>): string[] {
  return [accountOf(call), call.provider];
}
