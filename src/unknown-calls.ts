import { toUsd } from './domain/money.ts';
import type { Audit } from './stores/ledger/ledger.ts';
import { callName } from './stores/ledger/settling.ts';

/** A call of which nobody knows whether it was billed. */
export interface UnknownCall {
  /** `<run>/<page>#<slot>.<index>`: what `backfill settle` takes. */
  call: string;
  item: string;
  /** `provider/model`. */
  account: string;
  callKey: string;
  worstCaseUsd: number;
  /** The same question was asked, and billed, again. */
  repaid: boolean;
}

/** One that a person has closed. */
export interface SettledCall {
  call: string;
  item: string;
  account: string;
  /** 0: it was not billed. */
  costUsd: number;
  by: string;
  /** ISO time. */
  at: string;
}

export function openUnknownCalls(runId: string, { unknown }: Audit): UnknownCall[] {
  return unknown.map((call) => ({
    call: `${runId}/${callName(call)}`,
    item: call.item,
    account: call.account,
    callKey: call.callKey,
    worstCaseUsd: toUsd(call.worstCase),
    repaid: call.repaid,
  }));
}

/** In the order in which they were closed. */
export function settledCalls(runId: string, { settled }: Audit): SettledCall[] {
  const calls = settled.map((call) => ({
    call: `${runId}/${callName(call)}`,
    item: call.item,
    account: call.account,
    costUsd: toUsd(call.cost),
    by: call.by,
    at: call.at,
  }));
  return calls.sort((a, b) => a.at.localeCompare(b.at));
}
